import sys

import pytest

from app.paths import data_dir, models_dir


def checks(outcome):
    return {check["name"]: check for check in outcome.json["checks"]}


def test_all_is_well_here(run):
    outcome = run("doctor", "--json", QT_QPA_PLATFORM="offscreen")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.json["ok"]
    found = checks(outcome)
    assert "platform offscreen" in found["Qt"]["found"]
    assert " thread" in found["torch"]["found"]  # "1 thread" where there is one
    assert found["model starter"]["ok"]
    assert all(check["advice"] == "" for check in found.values())


def test_without_a_screen_it_says_what_to_do(run):
    outcome = run("doctor", QT_QPA_PLATFORM="xcb", DISPLAY="", WAYLAND_DISPLAY="")
    assert outcome.code == 1
    assert "PROBLEM  Qt: " in outcome.out
    assert "set DISPLAY" in outcome.out
    assert "ok       torch: " in outcome.out


def test_a_damaged_model_and_a_folder_that_cannot_be_written_are_problems(run):
    models_dir().mkdir(parents=True)
    (models_dir() / "mobile_sam.pt").write_text("half")
    (data_dir().parent / "cache").write_text("a file where the folder should be")
    outcome = run("doctor", "--json", QT_QPA_PLATFORM="offscreen")
    assert outcome.code == 1
    found = checks(outcome)
    assert "the model needs 41 MB" in found["model mobile_sam"]["found"]
    assert "Delete " in found["model mobile_sam"]["advice"]
    assert not found["folder of cache"]["ok"]
    assert "MASKWRIGHT_HOME" in found["folder of cache"]["advice"]


@pytest.mark.parametrize("is_frozen", [False, True])
def test_only_who_has_pip_is_sent_to_it(call, monkeypatch, is_frozen):
    monkeypatch.setattr(sys, "frozen", is_frozen, raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(sys, "executable", "/bin/false")  # Qt does not start
    monkeypatch.setenv("DISPLAY", ":0")
    found = checks(call("doctor", "--json"))
    advice = [found[name]["advice"] for name in ("torch", "Qt")]
    if is_frozen:
        assert advice == ["Install Maskwright again."] * 2
    else:
        assert [each.split()[-1] for each in advice] == ["torch", "PySide6-Essentials"]
        assert all("pip install --force-reinstall" in each for each in advice)
