"""Import and export as the person meets them: what is told before, meanwhile and after."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog

from app.formats.kit.report import MAX_SENTENCES
from app.formats.registry import formats
from app.labeling.commands import REGISTRY
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.ui.dialogs import files
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.formats import FormatDialog
from app.ui.dialogs.report import ReportDialog
from app.ui.dialogs.trial import REST_MS
from tests.ui.conftest import ANSWER_MS

MANY = MAX_SENTENCES + 50


@pytest.fixture
def covered(opened):
    """A window on a project of many objects of one class, each under the next."""
    project, image = opened.workspace.project, opened.workspace.session.image
    pixels = np.zeros((image.height, image.width), bool)
    pixels[10:60, 10:60] = True
    with project.step("Accept masks") as step:
        category = step.add(Category(0, "cat", "#777777"))
        for _ in range(MANY):
            step.add(Annotation(0, image.id, category.id, Mask.from_array(pixels)))
    return opened


@pytest.fixture
def dialog(covered, qtbot):
    dialog = ExportDialog(covered.workspace.project.statistics.counts(), covered.exchange.try_export, covered)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    dialog.reject()


def choose(dialog, name):
    dialog.list.setCurrentRow([each.name for each in formats()].index(name))


def tried(dialog, qtbot, name):
    with qtbot.waitSignal(dialog.tried, timeout=ANSWER_MS):
        choose(dialog, name)
    return dialog.told.toPlainText().splitlines()


@pytest.fixture
def gate(monkeypatch):
    """Trials, by their formats, which come to their end when it is open, or are closed."""
    gate = Event()
    gate.began, gate.closed = [], []

    def tried(_project, each, **_options):
        gate.began.append(each.name)
        try:
            while not gate.wait(0.01):
                yield 1, 4
        except GeneratorExit:
            gate.closed.append(each.name)
            raise
        raise AssertionError("nobody opens it")

    monkeypatch.setattr("app.ui.jobs.try_export", tried)
    return gate


@pytest.mark.parametrize("name", ["voc", "cityscapes"])
def test_the_preview_counts_what_is_written_and_what_is_left_out(dialog, qtbot, name):
    told = tried(dialog, qtbot, name)
    assert dialog.summary.text().startswith("To be written: 1 object on 4 images, ")
    assert dialog.summary.text().endswith(f" Left out: {MANY - 1} objects.")
    assert f"{MANY - 1} objects skipped." in told
    kinds = [line for line in told if " times: " in line and "cannot be kept" not in line]
    assert sum(int(line.split()[0]) for line in kinds) == MANY - 1
    assert len(told) <= 8  # VOC has room for 254 objects on an image: of the others it tells that
    dialog.each.click()
    told = dialog.told.toPlainText().splitlines()
    assert f"And {MANY - 1 - MAX_SENTENCES} more problems." in told
    found = [line for line in told if "is covered by others" in line or "holds 254 objects" in line]
    assert len(found) == MAX_SENTENCES


def test_the_preview_comes_by_itself_and_says_nothing_is_lost(dialog, qtbot):
    qtbot.waitSignal(dialog.tried, timeout=ANSWER_MS).wait()
    assert dialog.told.toPlainText().endswith("Nothing is left out or lost.")
    assert dialog.summary.text() == f"To be written: {MANY} objects on 4 images, 1 class."
    assert not dialog.progress.isVisible()


def test_progress_is_shown_in_the_dialog_and_one_may_export_meanwhile(dialog, covered, gate, qtbot):
    qtbot.waitUntil(lambda: dialog.progress.value() == 250, timeout=ANSWER_MS)
    assert dialog.summary.text() == f"In the project: {MANY} objects on 4 images, 1 class."
    assert dialog.progress.isVisible()
    assert all(button.isEnabled() for button in dialog.buttons.buttons())
    dialog.accept()
    qtbot.waitUntil(lambda: gate.closed == ["coco"], timeout=ANSWER_MS)
    assert covered.jobs.current is None
    assert "Cancelled" not in covered.toast.text()


def test_cancelling_the_dialog_cancels_the_trial(dialog, covered, gate, qtbot):
    qtbot.waitUntil(lambda: gate.began == ["coco"], timeout=ANSWER_MS)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: gate.closed == ["coco"], timeout=ANSWER_MS)
    assert covered.jobs.current is None


def test_another_format_or_option_takes_the_place_of_the_trial(dialog, gate, qtbot):
    qtbot.waitUntil(lambda: gate.began == ["coco"], timeout=ANSWER_MS)
    choose(dialog, "yolo")
    qtbot.waitUntil(lambda: gate.began == ["coco", "yolo"], timeout=ANSWER_MS)
    dialog.form.fields[1].setValue(7)
    qtbot.waitUntil(lambda: gate.began == ["coco", "yolo", "yolo"], timeout=ANSWER_MS)
    assert gate.closed == ["coco", "yolo"]


def test_a_walk_through_the_list_tries_only_where_it_ends(dialog, gate, qtbot):
    dialog.list.setCurrentRow(0)
    for _ in range(len(formats()) - 1):
        QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: bool(gate.began), timeout=ANSWER_MS)
    QTest.qWait(REST_MS)
    assert gate.began == [formats()[-1].name]


def test_a_trial_that_fails_says_so_in_the_dialog(dialog, monkeypatch, qtbot):
    def failing(_project, _each, **_options):
        yield 0, 1
        raise OSError("no room")

    monkeypatch.setattr("app.ui.jobs.try_export", failing)
    qtbot.waitSignal(dialog.tried, timeout=ANSWER_MS).wait()
    assert "no room" in dialog.told.toPlainText()


def test_the_chosen_format_stays_in_sight(dialog, qtbot):
    dialog.resize(480, dialog.minimumSizeHint().height())
    for name in ("yolo-seg", "yolo", "voc", "yolo-seg"):  # with and without options
        choose(dialog, name)
        QApplication.processEvents()
        shown = dialog.list.visualItemRect(dialog.list.currentItem())
        assert dialog.list.viewport().rect().contains(shown), name


def test_tab_walks_from_the_list_over_the_options_to_the_buttons(dialog):
    choose(dialog, "yolo")
    dialog.activateWindow()
    dialog.list.setFocus()
    fields = [*dialog.form.fields, *dialog.common.fields]
    expected = [dialog.list, *fields, dialog.told, *dialog.buttons.buttons(), dialog.program, dialog.list]
    walked = [dialog.focusWidget()]
    for _ in expected[1:]:
        QTest.keyClick(walked[-1], Qt.Key.Key_Tab)
        walked.append(dialog.focusWidget())
    assert walked == expected


def test_the_text_of_the_losses_shows_that_it_has_the_keyboard(dialog, qtbot):
    choose(dialog, "coco")
    without = dialog.told.grab().toImage()
    dialog.told.setFocus()
    assert dialog.told.grab().toImage().pixelColor(0, 40) != without.pixelColor(0, 40)


def test_an_import_speaks_of_no_losses(opened, qtbot):
    dialog = FormatDialog("Import", "Import…", opened)
    qtbot.addWidget(dialog)
    texts = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert [text.splitlines()[1] for text in texts] == [
        f"a file *{each.suffix}" if each.suffix else "a folder" for each in formats()
    ]


def test_an_import_looks_in_the_folder_of_the_project_then_in_that_of_the_last_one(opened, monkeypatch, tmp_path):
    asked = []

    def answer(_parent, _title, folder, _pattern):
        asked.append(Path(folder))
        return str(tmp_path / "there" / "some.json"), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    for _ in range(2):
        QTimer.singleShot(0, lambda: opened.findChild(FormatDialog).accept())
        opened.exchange.ask_import()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert asked == [opened.workspace.project.path.parent, tmp_path / "there"]


def test_an_export_goes_into_a_folder_that_is_there(opened, qtbot, monkeypatch, tmp_path):
    """An empty one, and that of an earlier export, is it; in any other, as one full of photos, a new one is made."""
    (voc,) = [each for each in formats() if each.name == "voc"]
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_given: str(chosen))
    project = tmp_path / "p.maskwright"
    assert files.ask_export(opened, voc, project) == chosen
    for _ in range(2):
        opened.exchange.export_file(chosen, "voc")
        qtbot.waitUntil(lambda: opened.jobs.current is None, timeout=ANSWER_MS)
        assert (chosen / "Annotations").is_dir()
        assert files.ask_export(opened, voc, project) == chosen
    chosen = tmp_path / "full"
    chosen.mkdir()
    (chosen / "mine.txt").write_text("mine", encoding="utf-8")
    for name in ("p-voc", "p-voc-2", "p-voc-3"):
        assert files.ask_export(opened, voc, project) == chosen / name
        (chosen / name).mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_given: "")
    assert files.ask_export(opened, voc, project) is None


def test_a_name_without_a_suffix_gets_the_one_of_the_format_and_no_file_goes(opened, monkeypatch, tmp_path):
    (coco,) = [each for each in formats() if each.name == "coco"]
    named = ["mine"]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given: (str(tmp_path / named[-1]), ""))
    project = tmp_path / "p.maskwright"
    assert files.ask_export(opened, coco, project) == tmp_path / "mine.json"
    (tmp_path / "mine.json").touch()
    assert files.ask_export(opened, coco, project) == tmp_path / "mine-2.json"
    named.append("mine.json")
    assert files.ask_export(opened, coco, project) == tmp_path / "mine.json", "the dialog has asked"


def test_which_images_is_one_line_for_every_format_and_an_export_remembers_what_was_chosen(
    opened, qtbot, monkeypatch, tmp_path
):
    asked, there = [], tmp_path / "there"
    (there / "out").mkdir(parents=True)

    def answer(_parent, _title, folder):
        asked.append(Path(folder))
        return str(there / "out")

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer)

    def choose_labelled():
        dialog = opened.findChild(ExportDialog)
        choose(dialog, "voc")
        assert dialog.common.isVisible()
        dialog.form.choose({"files": "link"})
        dialog.common.choose({"images": "labelled"})
        choose(dialog, "labelme")
        assert dialog.options["images"] == "labelled"  # which format it is makes no difference
        choose(dialog, "voc")
        dialog.accept()

    def look():
        dialog = opened.findChild(ExportDialog)
        assert (dialog.chosen.name, dialog.options) == ("voc", {"files": "link", "images": "labelled"})
        dialog.accept()

    for do in (choose_labelled, look):
        QTimer.singleShot(0, do)
        opened.exchange.ask_export()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qtbot.waitUntil(lambda: opened.jobs.current is None, timeout=ANSWER_MS)
    assert asked == [opened.workspace.project.path.parent, there]
    _, report = opened.exchange.reports.last
    assert report.unchosen == len(opened.workspace.project.images()) - report.images


def test_a_last_export_that_is_none_any_more_is_no_trouble(opened, qtbot):
    for kept in ({"format": "none", "options": {}}, {"format": "voc", "options": {"old": 1}}, "nonsense"):
        opened.workspace.project.set_setting("last export", kept)
        QTimer.singleShot(0, lambda: opened.findChild(ExportDialog).reject())
        opened.exchange.ask_export()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_after_an_export_it_is_said_where_it_went_and_the_report_stays(covered, qtbot, tmp_path, monkeypatch):
    command = REGISTRY.commands["file.last_report"]
    assert not command.when(covered)
    command.run(covered)  # harmless
    out = tmp_path / "out"
    covered.exchange.export_file(out, "voc")
    qtbot.waitUntil(lambda: "Exported" in covered.toast.text(), timeout=ANSWER_MS)
    assert covered.toast.text().startswith(f"Written to {tmp_path.name}/out. Exported 1 object, ")
    covered.toast.hide()
    QTest.keyClick(covered.workspace.canvas, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    report = covered.findChild(ReportDialog)
    assert report.where.text() == str(out)
    told = report.told.toPlainText().splitlines()
    assert f"{MANY - 1} objects skipped." in told
    assert len([line for line in told if "covered by others" in line or "254 objects" in line]) == 2
    [copy] = [button for button in report.findChildren(QAbstractButton) if button.text() == "Copy"]
    copy.click()
    report.each.click()
    told = report.told.toPlainText().splitlines()
    assert f"And {MANY - 1 - MAX_SENTENCES} more problems." in told
    assert QApplication.clipboard().text().splitlines() == [str(out), *told]
    [save] = [button for button in report.findChildren(QAbstractButton) if button.text() == "Save list…"]
    for answer, said in ((tmp_path / "list.txt", "The list is in "), (tmp_path / "none" / "list.txt", "cannot be")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, answer=answer: (str(answer), ""))
        save.click()
        assert said in report.saved.text()
    saved = (tmp_path / "list.txt").read_text().splitlines()
    assert saved[0] == str(out)
    assert sum("object" in line and "lies " not in line and ": " in line for line in saved) >= MANY - 1
    report.close()


def test_an_export_that_lost_nothing_has_a_report_too(covered, qtbot, tmp_path):
    covered.exchange.export_file(tmp_path / "out.json", "coco")
    qtbot.waitUntil(lambda: "Written to" in covered.toast.text(), timeout=ANSWER_MS)
    assert not [button for button in covered.toast.findChildren(QAbstractButton) if button.isVisible()]
    assert REGISTRY.commands["file.last_report"].when(covered)
    covered.exchange.reports.show_last()
    report = covered.findChild(ReportDialog)
    assert report.told.toPlainText().endswith("Nothing is left out or lost.")
    covered.exchange.reports.show_last()
    assert sum(dialog.isVisible() for dialog in covered.findChildren(ReportDialog)) == 1
    covered.leave_project()
    qtbot.waitUntil(lambda: covered.workspace is None)
    assert covered.exchange.reports.last is None
    assert not any(dialog.isVisible() for dialog in covered.findChildren(ReportDialog))
