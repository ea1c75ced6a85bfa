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


def test_a_project_on_a_drive_that_is_away_is_there_again_when_the_drive_is(window, tmp_path):
    away, here, other = (tmp_path / f"{name}.maskwright" for name in ("away", "here", "other"))
    for file in (away, here, other):
        file.touch()
        window.settings.add_recent(file)
    away.unlink()
    assert window.settings.recent() == [other, here]
    window.settings.add_recent(here)
    away.touch()
    assert window.settings.recent() == [here, other, away]
