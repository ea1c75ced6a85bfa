"""File, Open recent: the projects that were opened last."""

from __future__ import annotations

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
