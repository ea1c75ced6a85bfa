"""File, Open recent: the projects that were opened last."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtWidgets import QPushButton

from tests.ui.conftest import ANSWER_MS


def test_a_project_is_opened_again_from_the_menu(window, photos, tmp_path, qtbot):
    menu = window._recent_menu
    menu.aboutToShow.emit()
    assert [(each.text(), each.isEnabled()) for each in menu.actions()] == [("No project was opened yet", False)]
    window.open_path(photos)
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=ANSWER_MS)
    opened = window.workspace.project.path
    window.leave_project()
    qtbot.waitUntil(lambda: window.workspace is None, timeout=ANSWER_MS)
    menu.aboutToShow.emit()
    [entry] = menu.actions()
    assert entry.text().startswith(opened.stem)
    entry.trigger()
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=ANSWER_MS)
    assert window.workspace.project.path == opened


def listed(window, qtbot):
    window.recent.look()
    qtbot.waitUntil(lambda: not window.recent._thread.is_alive(), timeout=ANSWER_MS)
    return window.recent.listed()


def links(window):
    return [each for each in window.first_page.findChildren(QPushButton, "link") if each.isVisible()]


def test_a_project_on_a_drive_that_is_away_is_there_again_when_the_drive_is(window, tmp_path, qtbot):
    away, here, other = (tmp_path / f"{name}.maskwright" for name in ("away", "here", "other"))
    for file in (away, here, other):
        file.touch()
        window.settings.add_recent(file)
    away.unlink()
    assert listed(window, qtbot) == [other, here]
    window.settings.add_recent(here)
    away.touch()
    assert listed(window, qtbot) == [here, other, away]


def test_projects_on_a_server_that_does_not_answer_are_listed_until_it_does(window, tmp_path, qtbot, monkeypatch):
    far, here = (tmp_path / f"{name}.maskwright" for name in ("far", "here"))
    here.touch()
    for file in (far, here):
        window.settings.add_recent(file)
    answers, look = threading.Event(), Path.is_file

    def slow(path, **named):
        assert threading.current_thread() is not threading.main_thread()
        if path == far:
            answers.wait(20)
        return look(path, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_file", slow)
        menu = window._recent_menu
        menu.aboutToShow.emit()
        window._show_first_page()
        assert [each.text()[:4] for each in menu.actions()] == ["here", "far "]
        qtbot.waitUntil(lambda: len(links(window)) == 2, timeout=ANSWER_MS)
        answers.set()
        qtbot.waitUntil(lambda: [each.text()[:4] for each in menu.actions()] == ["here"], timeout=ANSWER_MS)
        qtbot.waitUntil(lambda: len(links(window)) == 1, timeout=ANSWER_MS)
