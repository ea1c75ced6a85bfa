"""The program that is started once more is this one, wherever one works."""

from __future__ import annotations

import os

from app import text
from app.support.own_program import answer_of, english_environment


def test_another_app_in_the_folder_one_works_in_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "app.py").write_text("print('a stranger')")
    monkeypatch.chdir(tmp_path)
    assert answer_of("--version").startswith("maskwright ")


def test_what_is_read_by_who_mends_the_program_is_in_english(monkeypatch):
    monkeypatch.setattr(text, "languages", lambda: ["en", "ko"])
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert text.use("") == "ko"
    monkeypatch.setattr(os, "environ", english_environment())
    assert text.use("") == "en"
