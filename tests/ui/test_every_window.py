"""Every window in a language made up for tests: nothing is shown that no catalogue knows, and no button is cut off."""

from __future__ import annotations

import os
import pkgutil
import re
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QFileDialog,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTableWidget,
    QTreeWidget,
    QWidget,
)

import app.ui
from app import text
from app.formats.kit.fields import FIELDS, MATTERS
from app.formats.kit.report import BOX_ALONE, Report, several_classes
from app.masks.rle import Mask
from app.project.history import journal
from app.project.records import Annotation
from app.project.replaced import Replaced
from app.project.whereabouts import Whereabouts
from app.sam.catalog import find
from app.ui.dialogs.download import DownloadDialog
from app.ui.panel import panels
from tests.sentences import pseudo
from tests.sentences.extraction import extracted
from tests.ui.conftest import ANSWER_MS

SHOTS = os.environ.get("MASKWRIGHT_SHOTS")
"""A folder to keep pictures of what the test saw, for human eyes."""
KEYS = {"Alt", "Backspace", "Backtab", "Ctrl", "Del", "Down", "End", "Enter", "Esc", "Home", "Ins", "Left", "PgDown",
        "PgUp", "Return", "Right", "Shift", "Space", "Tab", "Up"}  # fmt: skip
NAMES = {"Maskwright", "Starter", "SAM", "MobileSAM", "ViT", "MB", "GB", "OpenVINO", "CPU", "COCO", "JSON", "PNG",
         "YOLO", "VOC", "Pascal", "CVAT", "SA", "Labelme", "labelme", "Cityscapes", "Datumaro", "panoptic", "bf",
         "XML", "cpu", "openvino"}  # fmt: skip
"""Names of programs, formats, models and units are the same in every language."""
QT = {"Close", "Cancel", "OK"}
"""Qt brings the translations of its own buttons."""
LANGUAGES = {"English"}
"""Each language is called what those call it who speak it."""
LEAVE = {"file.quit", "file.close", "file.open_sample"}
"""Commands that end what the test looks at."""


@pytest.fixture
def made_up():
    text.use_catalogue(pseudo.LANGUAGE, pseudo.catalogue(extracted().forms))
    yield
    text.use("en")


@pytest.fixture
def window(made_up, window):
    return window


@pytest.fixture
def opened(window, photos, qtbot):
    """The window with the photos open; that the model is ready makes no words."""
    window.open_path(photos)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    return window


def _own_words(project) -> set[str]:
    """Names that people gave: of files, folders, classes and persons."""
    said = [str(project.path), *(record.path for record in project.images()), *(c.name for c in project.categories())]
    said += [os.environ.get("USER", "root"), "root"]
    return {word for each in said for word in re.findall(r"[A-Za-z]+", each)}


def _texts(widget: QWidget) -> Iterator[tuple[str, str]]:
    """(what, text) of all that can be read of a widget."""
    if widget.isWindow():
        yield "window title", widget.windowTitle()
    yield "tooltip", widget.toolTip()
    yield "accessible name", widget.accessibleName()
    match widget:
        case QLabel() | QAbstractButton():
            yield "text", widget.text()
        case QLineEdit():
            yield "placeholder", widget.placeholderText()
        case QGroupBox():
            yield "title", widget.title()
        case QDockWidget():
            yield "title", widget.windowTitle()
        case QMenu():
            yield "title", widget.title()
        case QTabBar():
            yield from (("tab", widget.tabText(number)) for number in range(widget.count()))
        case QComboBox():
            yield from (("choice", widget.itemText(number)) for number in range(widget.count()))
        case QPlainTextEdit() if not widget.property("english"):
            yield "text", widget.toPlainText()
        case QHeaderView() if widget.isVisible():
            model = widget.model()
            yield from (
                ("header", str(model.headerData(number, widget.orientation()) or ""))
                for number in range(widget.count())
            )
        case QListWidget():
            yield from (("item", widget.item(number).text()) for number in range(widget.count()))
        case QTreeWidget():
            yield from (("item", item) for item in _tree_texts(widget))
        case QTableWidget():
            cells = ((row, column) for row in range(widget.rowCount()) for column in range(widget.columnCount()))
            yield from (("cell", item.text()) for row, column in cells if (item := widget.item(row, column)))
        case QAbstractItemView():
            model = widget.model()
            rows = range(model.rowCount() if model else 0)
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
                yield from (("item", str(model.index(row, 0).data(role) or "")) for row in rows)
        case _:
            pass


def _tree_texts(tree: QTreeWidget) -> Iterator[str]:
    waiting = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    while waiting:
        item = waiting.pop()
        yield from (item.text(column) for column in range(item.columnCount()))
        waiting += [item.child(number) for number in range(item.childCount())]


def _is_there(window: QWidget) -> bool:
    """False for a menu that is left of the window of another test, until it is collected."""
    if not shiboken6.isValid(window):
        return False
    around = window.parentWidget()
    return not isinstance(window, QMenu) or (around is not None and around.window().isVisible())


_JOB_MS = 60_000


class Reader:
    """Reads all windows, and keeps what it found wrong."""

    def __init__(self, own: set[str]) -> None:
        self.known = own | KEYS | NAMES | QT | LANGUAGES
        self.faults: set[str] = set()
        self.seen: set[str] = set()
        self.windows: set[str] = set()
        self._shots = 0

    def read(self, name: str) -> None:
        for _ in range(3):  # what is laid out anew may ask for more room around it
            QApplication.processEvents()
        for window in filter(_is_there, QApplication.topLevelWidgets()):
            if window.isVisible() or isinstance(window, QMenu):
                self.windows.add(type(window).__name__)
                for widget in [window, *window.findChildren(QWidget)]:
                    if shiboken6.isValid(widget) and (widget.isVisible() or isinstance(window, QMenu)):
                        self._read(name, widget)
                for action in window.findChildren(QAction):
                    self._judge(name, action, "action", action.text().split("\t")[0])
                if window.isVisible() and SHOTS:
                    self._shots += 1
                    window.grab().save(str(Path(SHOTS) / f"{self._shots:03} {name} {type(window).__name__}.png"))

    def _read(self, name: str, widget: QWidget) -> None:
        for what, said in _texts(widget):
            self._judge(name, widget, what, said)
        if isinstance(widget, (QAbstractButton, QLabel)) and widget.isVisible() and widget.text():
            self._measure(name, widget)

    def _judge(self, name: str, what: object, kind: str, said: str) -> None:
        self.seen.add(said)
        plain = re.sub(r"<[^>]*>|&(?!\s)|\S*/\S*|\S+\.\w+", "", said)  # markup, mnemonics, paths and names of files
        words = [word for word in pseudo.unaccented_words(plain) if word not in self.known]
        if words:
            self.faults.add(f"{name}: {type(what).__name__} {kind}: {said!r}: {words}")

    def _measure(self, name: str, widget: QAbstractButton | QLabel) -> None:
        if isinstance(widget, QLabel) and not widget.wordWrap() and widget.property("elided"):
            return
        if _lacks_room(widget):  # or it was given other words just now, and is laid out in a moment
            QTest.qWait(100)
        if _lacks_room(widget):
            size = f"{widget.width()} x {widget.height()}"
            self.faults.add(f"{name}: {type(widget).__name__} {widget.text()!r} is cut off at {size} pixels")


def _lacks_room(widget: QAbstractButton | QLabel) -> bool:
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.heightForWidth(widget.width()) > widget.height()
    return widget.sizeHint().width() > widget.width()


@pytest.fixture
def reader(opened, qtbot, monkeypatch):
    """A window with objects, classes and findings, and dialogs that are read instead of waited for."""
    workspace = opened.workspace
    pixels = np.zeros((workspace.session.image.height, workspace.session.image.width), bool)
    pixels[10:60, 10:60] = True
    category = workspace.session.classes.add("zebra")
    with workspace.project.step("Accept mask") as step:
        for _ in range(2):
            step.add(Annotation(0, workspace.session.image_id, category.id, Mask.from_array(pixels)))
    reader = Reader(_own_words(workspace.project))

    def read(dialog: QDialog) -> int:
        dialog.show()
        reader.read(type(dialog).__name__)
        dialog.close()
        return 0

    monkeypatch.setattr(QDialog, "exec", read)
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_, **__: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
    return reader


@pytest.mark.qt_log_ignore("QPlatformServices::openDocument")  # of the folder of the image
def test_every_window_is_translated_and_whole(opened, reader, qtbot, monkeypatch):
    reader.read("window")
    for action in _commands(opened):
        if not action.isEnabled() or action.objectName() in LEAVE:
            continue
        name = action.objectName()
        action.trigger()
        reader.read(name)
        if opened.jobs.current is not None:
            qtbot.waitUntil(lambda: opened.jobs.current is None, timeout=_JOB_MS)
            reader.read(f"{name}, done")
        for dialog in opened.findChildren(QDialog):
            dialog.close()
    _open_what_no_command_opens(opened, reader, monkeypatch)
    assert len(reader.seen) > 200
    assert {dialog.__name__ for dialog in _dialogs()} <= reader.windows
    titles = {str(panel.title) for panel in panels()}
    assert titles <= reader.seen
    view = next(menu for menu in opened.menuBar().findChildren(QMenu) if menu.title().endswith(str(text.say("View"))))
    assert titles <= {action.text().split("\t")[0] for action in view.actions()}
    assert not reader.faults, "\n".join(sorted(reader.faults))


def _open_what_no_command_opens(opened: QWidget, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports, a download that failed, an undo of thousands of changes, and the questions over the canvas."""
    opened.exchange.reports.imported(Path("a/marks.json"), _report())
    opened.exchange.reports.show_last()
    reader.read("report")
    next(each for each in opened.findChildren(QAbstractButton) if each.isCheckable() and each.isVisible()).click()
    reader.read("report, each in a line")
    DownloadDialog(find("mobile_sam"), text.say("Cancelled."), opened).show()
    reader.read("download")
    workspace = opened.workspace
    replaced = [Replaced(1, "a.png", certain, "4 x 3", "8 x 6") for certain in (True, False)]
    workspace.replaced_bar.ask(replaced, can_accept=True)
    workspace.folder_bar.ask(Whereabouts(workspace.project.path, "/some/where"), can_choose=True)
    workspace.past_bar.show_moment("", selected=2, can_bring_back=True)
    assert all(bar.isVisible() for bar in (workspace.replaced_bar, workspace.folder_bar, workspace.past_bar))
    reader.read("questions")
    was_read, replaying = threading.Event(), journal.replaying

    def slowly(*args: object, **options: bool) -> Iterator[object]:
        was_read.wait(_JOB_MS / 1000)
        yield from replaying(*args, **options)

    def read(dialog: QDialog) -> None:
        dialog.show()
        reader.read("long undo")
        was_read.set()

    monkeypatch.setattr(journal, "is_long", lambda *_: True)
    monkeypatch.setattr(journal, "is_huge", lambda *_: True)
    monkeypatch.setattr(journal, "replaying", slowly)
    monkeypatch.setattr(QDialog, "exec", read)
    opened.run_command("edit.undo")


def _report() -> Report:
    """With one of each that a report may tell."""
    report = Report("Imported", 2, 1, 5, unchanged=1, joined=2, unchosen=1, unchosen_objects=2, files=2)
    report.leave_out(several_classes("zebra"))
    report.remark(BOX_ALONE, "a.png")
    for field in FIELDS:
        for place in ("a.png", "b.png"):
            report.lose(field.name, place, field.of)
    for what in MATTERS.keys() - {field.name for field in FIELDS}:
        report.lose(what, "a.png")
    return report


def _dialogs() -> list[type[QDialog]]:
    """All of the program, without those that others are made from."""
    for found in pkgutil.walk_packages(app.ui.__path__, "app.ui."):
        import_module(found.name)
    classes: list[type[QDialog]] = [QDialog]
    for each in classes:
        classes += each.__subclasses__()  # which are looked at in turn
    return [each for each in classes if each.__module__.startswith("app.ui.") and not each.__subclasses__()]


def test_the_first_page_is_translated_and_whole(window, qtbot):
    reader = Reader(set())
    reader.read("first page")
    assert not reader.faults, "\n".join(sorted(reader.faults))


def _commands(window: QWidget) -> list[QAction]:
    """Those of the menus that are commands; opening a menu greys what makes no sense right now."""
    found: list[QAction] = []
    for menu in window.menuBar().findChildren(QMenu):
        menu.aboutToShow.emit()
        found += [action for action in menu.actions() if "." in action.objectName()]
    return found
