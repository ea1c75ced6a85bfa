"""The import of the window takes the format that a file is of, or says what the file is."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from app.formats.registry import formats
from app.ui.dialogs.formats import ImportDialog
from tests.ui.conftest import ANSWER_MS


def chosen(opened, monkeypatch, file, row=0):
    """Goes through the questions; returns the pattern of the second one."""
    asked = []

    def answer(_parent, _title, _folder, *pattern):
        asked.extend(pattern)
        return (str(file), "") if pattern else str(file)

    def accept():
        dialog = opened.findChild(ImportDialog)
        dialog.list.setCurrentRow(row)
        dialog.accept()

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer)
    QTimer.singleShot(0, accept)
    opened.exchange.ask_import()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return asked


def test_a_file_or_folder_of_any_format_comes_first(opened, qtbot):
    dialog = ImportDialog(opened)
    qtbot.addWidget(dialog)
    told = [dialog.list.item(row).text().splitlines() for row in range(dialog.list.count())]
    assert told[:2] == [["A file", "its content tells the format"], ["A folder", "its content tells the format"]]
    assert [title for title, _ in told[2:]] == [str(each.title) for each in formats()]
    assert (dialog.choice.format, dialog.choice.is_folder) == (None, False)
    dialog.list.setCurrentRow(2 + [each.name for each in formats()].index("voc"))
    assert (dialog.choice.format.name, dialog.choice.is_folder) == ("voc", True)


def test_a_file_of_cvat_is_read_without_saying_so(opened, monkeypatch, qtbot, tmp_path):
    image = opened.workspace.session.image
    file = tmp_path / "in.xml"
    file.write_text(
        f'<annotations><version>1.1</version><meta/><image id="0" name="{image.path}" width="{image.width}" '
        f'height="{image.height}"><polygon label="cat" points="10,10;30,10;30,20;10,20"/></image></annotations>'
    )
    assert chosen(opened, monkeypatch, file) == ["All files (*)"]
    project = opened.workspace.project
    qtbot.waitUntil(lambda: len(project.annotations(image.id)) == 1, timeout=ANSWER_MS)


@pytest.mark.parametrize("row", [0, 2])
def test_a_file_of_captions_is_called_so(opened, monkeypatch, qtbot, tmp_path, row):
    row += row and [each.name for each in formats()].index("coco")
    file = tmp_path / "in.json"
    annotations = [{"id": 1, "image_id": 1, "caption": "a cat"}]
    file.write_text(json.dumps({"images": [{"id": 1, "file_name": "a.png"}], "annotations": annotations}))
    chosen(opened, monkeypatch, file, row)
    told = "in.json is a COCO captions file; it holds no masks."
    qtbot.waitUntil(lambda: told in opened.toast.text(), timeout=ANSWER_MS)


def test_a_folder_of_yolo_is_read_without_saying_so(opened, monkeypatch, qtbot, tmp_path):
    image = opened.workspace.session.image
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / f"{image.path.rpartition('.')[0]}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    assert chosen(opened, monkeypatch, tmp_path, 1) == []
    project = opened.workspace.project
    qtbot.waitUntil(lambda: len(project.annotations(image.id)) == 1, timeout=ANSWER_MS)
