"""The list of images tells what cannot be read, without opening it."""

from __future__ import annotations

import shutil

from PySide6.QtCore import Qt

from app.ui.panels.images import RECORD, UNREADABLE
from tests.ui.conftest import ANSWER_MS


def test_an_image_that_is_gone_or_broken_is_marked(opened, photos, qtbot):
    workspace = opened.workspace
    count = len(workspace.project.images()) + 2
    (photos / "broken.png").write_bytes(b"no picture")
    (photos / "gone.png").write_bytes(b"no picture either")
    opened.scan()
    qtbot.waitUntil(lambda: len(workspace.project.images()) == count)
    (photos / "gone.png").unlink()
    model = workspace.images.model
    by_name = {record.path: model.index(model.row(record.id)) for record in workspace.project.images()}
    for index in by_name.values():
        model.data(index, Qt.ItemDataRole.DecorationRole)
    qtbot.waitUntil(lambda: all(by_name[name].data(UNREADABLE) for name in ("broken.png", "gone.png")))
    marked = [name for name, index in by_name.items() if index.data(UNREADABLE)]
    assert sorted(marked) == ["broken.png", "gone.png"]
    assert by_name["gone.png"].data(Qt.ItemDataRole.ToolTipRole).endswith("cannot be read")
    opened.grab()
    shutil.copy(photos / "astronaut.png", photos / "gone.png")
    workspace.session.open_image(by_name["gone.png"].data(RECORD).id)
    qtbot.waitUntil(lambda: not by_name["gone.png"].data(UNREADABLE), timeout=ANSWER_MS)
    assert by_name["broken.png"].data(UNREADABLE)
