"""Where the work is, noted in its pauses: when that cannot be done it is a sentence, and no fault of the program."""

from __future__ import annotations

from app.ui.bookmark import PAUSE_MS


def test_a_note_that_the_project_cannot_take_is_a_sentence(opened, qtbot):
    workspace = opened.workspace
    qtbot.wait(2 * PAUSE_MS)  # what the opening moved is noted
    opened.toast.hide()
    db = workspace.project.file.db
    db.execute("ALTER TABLE setting RENAME TO elsewhere")
    try:
        with qtbot.captureExceptions() as raised:
            workspace.canvas.zoom(1)
            qtbot.wait(2 * PAUSE_MS)
    finally:
        db.execute("ALTER TABLE elsewhere RENAME TO setting")
    assert raised == []
    assert opened.toast.isVisible()
    assert workspace.project.path.name in opened.toast.text()
