"""`maskwright --self-test`: what an installer is judged by."""

import sys

import pytest

from app.cli import self_test
from app.project.sqlite_version import has_wal_reset_fix

LINES = ["versions", "SQLite", "resources", "model", "segmenting", "saving", "opening again", "export", "Qt"]


def test_all_is_well_here_without_a_screen(run, tmp_path):
    outcome = run("--self-test", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert (outcome.code, outcome.err) == (0, "")
    assert [line[9:].split(":")[0] for line in outcome.out.splitlines()] == LINES
    assert all(line.startswith("ok ") for line in outcome.out.splitlines())
    assert outcome.out.splitlines()[-1].endswith("there is no screen")
    assert not list((tmp_path / "home").rglob("*.maskwright"))


def test_where_qt_cannot_start_it_fails_and_tells_the_rest(run):
    outcome = run("--self-test", DISPLAY=":7654", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="xcb")
    assert outcome.code == 1
    assert [line[:8].strip() for line in outcome.out.splitlines() if line[:8].strip()] == ["ok"] * 8 + ["PROBLEM"]


def test_a_copy_without_its_model_fails_there_and_tries_nothing_after_it(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("app.sam.load.path_of", lambda model: tmp_path / model.file)
    assert self_test.self_test() == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[:8].strip() for line in lines] == ["ok", "ok", "ok", *["PROBLEM"] * 5, "ok"]
    assert "starter" in lines[3]
    assert all("not tried" in line for line in lines[4:8])


@pytest.mark.parametrize(
    ("version", "fixed"),
    [((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 7), True),
     ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 0), True)],
)  # fmt: skip
def test_the_fix_of_the_wal_reset_is_known_by_its_versions(version, fixed):
    assert has_wal_reset_fix(version) == fixed


def test_a_frozen_program_must_bring_an_sqlite_with_the_fix(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr("app.project.sqlite_version.has_wal_reset_fix", lambda: False)
    monkeypatch.setattr("app.cli.self_test.window_checks", lambda: iter(()))
    assert not self_test._checked("SQLite", self_test._sqlite).ok
