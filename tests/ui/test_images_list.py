"""The list of images tells what cannot be read, without opening it."""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import closing

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QContextMenuEvent, QDesktopServices
from PySide6.QtWidgets import QApplication

from app.masks.rle import Mask
from app.project.order import in_order
from app.project.records import Annotation, ImageRecord
from app.project.store import Project
from app.project.whereabouts import Whereabouts
from app.ui import image_model
from app.ui.image_model import NAME, RECORD, UNREADABLE, WAITS, ImageModel, name_of
from app.ui.short_names import common_to
from app.ui.widgets.image_delegate import ROW_HEIGHT
from tests.bench.driver import until, wait
from tests.ui.conftest import ANSWER_MS
from tests.ui.list_menus import open_menu


def test_an_image_that_is_gone_or_broken_is_marked(opened, photos, qtbot):
    workspace = opened.workspace
    count = len(workspace.project.images()) + 2
    (photos / "broken.png").write_bytes(b"no picture")
    (photos / "gone.png").write_bytes(b"no picture either")
    opened.projects.scanning.start()
    qtbot.waitUntil(lambda: len(workspace.project.images()) == count)
    (photos / "gone.png").unlink()
    model = workspace.images
    by_name = {record.path: model.index(model.row(record.id)) for record in workspace.project.images()}
    for index in by_name.values():
        model.data(index, Qt.ItemDataRole.DecorationRole)
    qtbot.waitUntil(lambda: all(by_name[name].data(UNREADABLE) for name in ("broken.png", "gone.png")))
    marked = [name for name, index in by_name.items() if index.data(UNREADABLE)]
    assert sorted(marked) == ["broken.png", "gone.png"]
    assert by_name["gone.png"].data(Qt.ItemDataRole.ToolTipRole).endswith("cannot be read")
    opened.grab()
    shutil.copy(photos / "astronaut.png", photos / "gone.png")
    workspace.session.navigation.open(by_name["gone.png"].data(RECORD).id)
    qtbot.waitUntil(lambda: not by_name["gone.png"].data(UNREADABLE), timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: by_name["broken.png"].data(UNREADABLE), timeout=ANSWER_MS)  # the scan looks again


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_a_right_click_opens_an_image_and_its_menu(opened, photos):
    view, session = opened.workspace.panels["images"].view, opened.workspace.session
    second = view.model().index(1, 0).data(RECORD)
    menu = open_menu(view, 1)
    assert session.image_id == second.id
    entries = {action.objectName(): action for action in menu.actions()}
    entries["image.copy_path"].trigger()
    menu.close()
    assert QApplication.clipboard().text() == str(photos / second.path)
    shown = []
    handler = _Folders(shown)
    QDesktopServices.setUrlHandler("file", handler, "open")
    entries["image.open_folder"].trigger()
    QDesktopServices.unsetUrlHandler("file")
    assert shown == [str(photos)]


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_the_menu_key_opens_the_menu_of_the_current_image(opened):
    view, shown = opened.workspace.panels["images"].view, opened.workspace.session.image_id
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(-5, -5), QPoint(-5, -5))
    QApplication.sendEvent(view.viewport(), asked)
    menu = QApplication.activePopupWidget()
    assert menu.actions()[0].objectName() == "image.done_and_next"
    menu.close()
    assert opened.workspace.session.image_id == shown


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_an_image_whose_file_may_not_be_asked_for_has_a_menu_and_no_path(opened, monkeypatch):
    """As in a project whose folder of images is not settled."""
    before = QApplication.clipboard().text()
    monkeypatch.setattr(Whereabouts, "is_settled", False)
    menu = open_menu(opened.workspace.panels["images"].view, 0)
    entries = {action.objectName(): action for action in menu.actions()}
    entries["image.copy_path"].trigger()
    menu.close()
    assert "does not say in which folder its images are" in opened.toast.text()
    assert QApplication.clipboard().text() == before


class _Folders(QObject):
    """Stands for the program that the system shows folders with."""

    def __init__(self, shown: list[str]) -> None:
        super().__init__()
        self._shown = shown

    @Slot("QUrl")
    def open(self, url: QUrl) -> None:
        self._shown.append(url.toLocalFile())


def test_an_image_on_which_a_mask_waits_is_marked(opened, qtbot):
    workspace, model = opened.workspace, opened.workspace.images
    session, first = workspace.session, workspace.session.image_id
    index = model.index(model.row(first))
    pixels = np.zeros(workspace.session.place.image_size, bool)
    pixels[10:30, 10:30] = True
    session.editor.edit(Mask.from_array(pixels), "brush")
    assert not index.data(WAITS)  # it is in the hand
    session.navigation.next(+1)
    assert index.data(WAITS)
    assert "a mask waits here" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    opened.grab()
    model.set_images(model.records, {})  # as after a scan
    assert index.data(WAITS)
    session.navigation.next(-1)
    assert not index.data(WAITS)
    session.navigation.next(+1)
    assert index.data(WAITS)
    session.navigation.next(-1)
    session.acceptance.accept()
    session.navigation.next(+1)
    assert not index.data(WAITS)


def images(count):
    return [ImageRecord(id, f"{id:05}.png", 8, 8) for id in range(1, count + 1)]


def test_when_another_connection_has_written_only_the_rows_that_are_different_are_told(qapp):
    model, told = ImageModel(qapp), []
    records = images(2000)
    model.set_images(records, {7: 3})
    model.set_thumbnail(9, np.zeros((4, 4, 3), np.uint8))
    model.dataChanged.connect(lambda first, last, _roles: told.append((first.row(), last.row())))
    model.modelReset.connect(lambda: told.append("all anew"))
    model.marked.connect(lambda: told.append("marked"))
    assert model.follow(list(records), {7: 3})
    assert told == []
    done = replace(records[4], status="done")
    after = [*records[:4], done, *records[5:]]
    assert model.follow(after, {7: 3, 12: 1})
    assert told == [(4, 11), "marked"]
    assert model.done == 1
    assert "1 object" in model.index(11).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(4).data(RECORD) is done
    assert model.index(8).data(Qt.ItemDataRole.DecorationRole) is not None, "its thumbnail is kept"
    told.clear()
    for other in (after[1:], [*after, ImageRecord(3000, "z.png")], [replace(after[0], path="a.png"), *after[1:]]):
        assert not model.follow(other, {})
    assert told == []
    model.deleteLater()


def test_after_an_import_the_list_is_not_made_anew(opened, tmp_path):
    workspace, told = opened.workspace, []
    image = workspace.session.image
    workspace.images.modelReset.connect(lambda: told.append("all anew"))
    with closing(Project.sibling_of(workspace.project.path, read_only=False)) as other, other.step("Import") as step:
        step.put(replace(image, status="done"))
        step.add(Annotation(0, image.id, None, Mask.from_array(np.ones((image.height, image.width), bool))))
    workspace.reload()
    assert told == []
    index = workspace.images.index(workspace.images.row(image.id))
    assert index.data(RECORD).status == "done"
    assert workspace.images.done == 1
    assert "1 object" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert len(workspace.session.objects.all()) == 1


def test_the_first_image_is_shown_while_the_others_are_found(window, tmp_path, qtbot):
    _show_while_found(window, qtbot, _tiny_images(tmp_path, 3000))


@pytest.mark.serial
@pytest.mark.slow
def test_of_20_000_images_the_first_is_shown_within_a_second(window, tmp_path, qtbot):
    seconds, longest_ms = _show_while_found(window, qtbot, _tiny_images(tmp_path, 20_000))
    print(f"first image after {seconds:.2f} s, longest slice {longest_ms:.0f} ms")
    assert seconds < 2  # on a computer with nothing else to do: a third of a second
    assert longest_ms < 250  # as above: 45 ms


def _tiny_images(tmp_path, number):
    folder = tmp_path / "many"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "0.png")
    for each in range(1, number):
        os.link(folder / "0.png", folder / f"{each}.png")
    return folder


def _show_while_found(window, qtbot, folder):
    """Seconds until the first one is on the canvas, and the milliseconds of the longest slice of the scan."""
    slices, began = [], time.perf_counter()
    step = window.projects.scanning.scanner._step

    def timed():
        at = time.perf_counter()
        step()
        slices.append((time.perf_counter() - at) * 1000)

    window.projects.scanning.scanner._timer.timeout.disconnect()
    window.projects.scanning.scanner._timer.timeout.connect(timed)
    rows = []
    window.open_path(folder)
    workspace = window.workspace
    workspace.images.modelReset.connect(lambda: rows.append("all anew"))
    until(lambda: workspace.canvas.has_image)
    seconds = time.perf_counter() - began
    number = len(list(folder.glob("*.png")))
    found = workspace.images.rowCount()
    assert 0 < found < number
    assert workspace.project.image(workspace.session.image_id).path == "0.png"
    until(lambda: workspace.images.rowCount() == number)
    until(lambda: window.status._image.text() == f"1/{number}")
    assert rows == []
    assert [workspace.images.index(row).data() for row in (0, 1, number - 1)] == [
        "0.png", "1.png", f"{number - 1}.png",
    ]  # fmt: skip
    assert workspace.panels["images"].view.currentIndex().row() == 0
    return seconds, max(slices)


def test_the_place_in_the_list_stays_while_images_are_found_above_it(window, tmp_path, qtbot):
    """The folders of a folder are looked at after its files, and listed before them."""
    folder = tmp_path / "photos"
    (folder / "a").mkdir(parents=True)
    for number in range(40):
        Image.new("RGB", (8, 8)).save(folder / f"z{number}.png")
    window.open_path(folder)
    workspace = window.workspace
    until(lambda: workspace.images.rowCount() == 40 and workspace.canvas.has_image)
    view, bar = workspace.panels["images"].view, workspace.panels["images"].view.verticalScrollBar()
    workspace.session.navigation.open(workspace.images.index(30).data(RECORD).id)
    wait(50)
    bar.setValue(bar.value() // ROW_HEIGHT * ROW_HEIGHT - 7)
    seen = view.indexAt(QPoint(0, 0)).data(), view.visualRect(view.currentIndex())
    for number in range(300):
        os.link(folder / "z0.png", folder / "a" / f"{number}.png")
    window.projects.scanning.start()
    until(lambda: workspace.images.rowCount() == 340)
    wait(50)
    assert (view.indexAt(QPoint(0, 0)).data(), view.visualRect(view.currentIndex())) == seen
    assert view.currentIndex().data() == "z30.png"
    assert workspace.project.image(workspace.session.image_id).path == "z30.png"
    paths = [workspace.images.index(row).data() for row in range(340)]
    assert paths == [record.path for record in workspace.project.images()]
    assert (paths[0], paths[300]) == ("a/0.png", "z0.png")
    assert workspace.images.row(workspace.session.image_id) == 330


def test_looking_again_while_images_are_found_loses_none_of_them(window, tmp_path, qtbot):
    """F5 in the middle of it."""
    window.open_path(_tiny_images(tmp_path, 3000))
    model = window.workspace.images
    until(lambda: window.projects.scanning.scanner._new and model.rowCount() < 3000)
    window.projects.scanning.start()
    until(lambda: window.status._image.text().endswith("/3000"))
    assert model.rowCount() == 3000


def test_names_that_come_are_compared_with_one_of_those_there_are_and_not_with_all(qapp, monkeypatch):
    """Of 100,000 images that took a fifth of a second, each time some more were found."""
    model, rng, read = ImageModel(qapp), random.Random(4), []
    monkeypatch.setattr(image_model, "name_of", lambda record: read.append(record) or name_of(record))
    records = [ImageRecord(n, f"{rng.choice(['', 'in/'])}shot_{rng.choice('ab')}{n:04}.png") for n in range(1, 2001)]
    records += [ImageRecord(3000, "other_1.jpg"), ImageRecord(3001, "other_2.jpg")]
    first = 1000
    model.set_images(sorted(records[:first], key=in_order()), {})
    shown = model.index(0).data(NAME)
    assert shown.common == common_to([name_of(record) for record in records[:first]])
    for at in range(first, len(records), 7):
        read.clear()
        model.add_images(records[at : at + 7])
        shown = model.index(0).data(NAME)
        assert shown.common == common_to([name_of(record) for record in records[: at + 7]])
        assert len(read) < 20
    assert shown.common.beginning == 0
