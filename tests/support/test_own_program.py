"""The program that is started once more is this one, wherever one works."""

from __future__ import annotations

from app.support.own_program import answer_of


def test_another_app_in_the_folder_one_works_in_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "app.py").write_text("print('a stranger')")
    monkeypatch.chdir(tmp_path)
    assert answer_of("--version").startswith("maskwright ")
