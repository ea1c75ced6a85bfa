"""The settings dialog, through the real window: each setting takes effect or is kept over a restart."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLabel, QScrollArea, QToolButton

from app import paths
from app.labeling.keymap import KEYMAP
from app.labeling.tools.fill import SPECKS
from app.labeling.tools.registry import TOOLBOX
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation
from app.sam import address
from app.sam.catalog import find
from app.ui import theme
from app.ui.dialogs import settings as dialogs
from app.ui.dialogs.settings import SettingsDialog
from app.ui.effects import EFFECTS
from app.ui.settings import Settings
from tests.ui.conftest import ANSWER_MS


@pytest.fixture(autouse=True)
def nothing_stays_in_force(monkeypatch, dressed):
    monkeypatch.setattr(paths, "_chosen_models_dir", None)
    monkeypatch.setattr(address, "_chosen_mirror", "")
    monkeypatch.delenv(address.VARIABLE, raising=False)
    yield
    KEYMAP.use({})
    SPECKS.set(1.0)
    theme.choose(QApplication.instance(), "system")


@pytest.fixture
def dialog(window, qtbot):
    return dialog_of(window, qtbot)


def dialog_of(window, qtbot):
    dialog = SettingsDialog(window.settings, window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def write(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Tab)


def choose(box, data):
    box.setCurrentIndex(box.findData(data))


def test_what_every_setting_does_is_told_by_a_row():
    assert list(EFFECTS) == [setting.name for setting in Settings.all()]


def test_every_setting_with_words_has_a_row_with_a_name_and_help(dialog):
    shown = [setting for setting in Settings.all() if setting.where]
    assert list(dialog.rows) == [setting.name for setting in shown]
    assert set(dialog.rows) == {
        "opacity", "contour_width", "preview", "closeups", "usual_level", "crosshair_step", "speck_percent",
        "snap_band", "class_overlap", "embeddings_gb", "models_dir", "mirror", "language", "scheme", "keymap",
    }  # fmt: skip
    for setting in shown:
        field = dialog.rows[setting.name].field
        assert field.accessibleName() == setting.title
        assert str(setting.help) in field.toolTip()
        assert field.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert "after a restart" in dialog.rows["language"].told.text()


def test_tab_walks_from_the_top_to_the_bottom(dialog):
    fields = [field for row in dialog.rows.values() for field in row.fields]
    fields[0].setFocus()
    for field in [*fields[1:], dialog.reset, dialog.close_button]:
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        assert dialog.focusWidget() is field


def test_ctrl_comma_opens_it(window, monkeypatch):
    opened = []
    monkeypatch.setattr(dialogs.SettingsDialog, "exec", lambda self: opened.append(self.windowTitle()))
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier, ",")
    QApplication.sendEvent(window, event)
    assert opened == ["Settings"]


def test_what_is_set_is_seen_in_the_open_project_at_once(opened, qtbot):
    workspace, rows = opened.workspace, dialog_of(opened, qtbot).rows
    write(rows["opacity"].field, "75")
    write(rows["contour_width"].field, "200")
    assert (workspace.canvas.marks.look.opacity, workspace.canvas.marks.look.width) == (0.75, 2.0)
    QTest.keyClick(rows["preview"].field, Qt.Key.Key_Space)
    QTest.keyClick(rows["closeups"].field, Qt.Key.Key_Space)
    assert not workspace.session.hover.enabled
    assert not workspace.session.closeups.enabled
    write(rows["crosshair_step"].field, "3")
    workspace.canvas.setFocus()
    QTest.keyClick(workspace.canvas, Qt.Key.Key_Right)
    x = workspace.session.crosshair.at[0]
    QTest.keyClick(workspace.canvas, Qt.Key.Key_Right)
    scale = workspace.view.scale
    assert (workspace.session.crosshair.at[0] - x) * scale == pytest.approx(3, abs=0.5 * scale if scale > 1 else 1e-6)
    for _ in range(3):
        workspace.view.cycle_opacity()
    assert workspace.canvas.marks.look.opacity == 0.75
    choose(rows["keymap"].field, "labelme")
    tool = workspace.tool_column.findChild(QToolButton, "polygon")
    assert "Ctrl+N" in tool.toolTip()
    assert tool.text() in ("", "Ctrl+N")
    opened.preferences.toggle_preview()
    assert rows["preview"].field.isChecked()


def test_outlines_are_drawn_as_wide_as_they_are_set(window, photos, qtbot):
    window.open_path(photos)
    workspace = window.workspace
    qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=ANSWER_MS)
    pixels = np.zeros((workspace.session.image.height, workspace.session.image.width), bool)
    pixels[100:300, 100:300] = True
    with workspace.project.step("Accept mask") as step:
        step.add(Annotation(0, workspace.session.image_id, None, Mask.from_array(pixels)))
    qtbot.waitUntil(lambda: bool(workspace.canvas.marks.objects), timeout=ANSWER_MS)
    image, changed = workspace.canvas.grab, []
    workspace.view.toggle_contour_only()
    for width in (50.0, 100.0, 300.0):
        window.settings.contour_width = width
        drawn = image().toImage()
        workspace.view.hide_masks(True)
        bare = image().toImage()
        workspace.view.hide_masks(False)
        spots = [(x, y) for x in range(drawn.width()) for y in range(drawn.height())]
        changed.append(sum(drawn.pixel(x, y) != bare.pixel(x, y) for x, y in spots))
    assert 0 < changed[0] < changed[1] < changed[2]


def test_a_project_that_is_opened_later_looks_as_it_was_set(photos, window):
    window.settings.opacity, window.settings.crosshair_step, window.settings.closeups = 20.0, 2.0, False
    window.open_path(photos)
    workspace = window.workspace
    assert (workspace.canvas.marks.look.opacity, workspace.session.crosshair.step_px) == (0.2, 2)
    assert not workspace.session.closeups.enabled


def test_theme_and_keys_change_at_once_without_a_project(window, dialog):
    choose(dialog.rows["scheme"].field, "light")
    assert theme.colors() == theme.LIGHT
    choose(dialog.rows["keymap"].field, "labelme")
    assert KEYMAP.keys_of("file.open_folder") == ("Ctrl+U", "Ctrl+O")
    window.menus.refresh()
    marked = {action.objectName(): action.isChecked() for action, _ in window.menus._actions}
    assert (marked["view.light"], marked["view.dark"]) == (True, False)


@pytest.mark.parametrize(("before", "after"), [("dark", "light"), ("light", "dark")])
def test_the_open_dialog_follows_the_theme_that_is_chosen_in_it(window, qtbot, before, after):
    window.settings.scheme = before
    dialog = dialog_of(window, qtbot)
    dialog.close_button.setFocus()  # no field is marked
    choose(dialog.rows["scheme"].field, after)
    opened_later = dialog_of(window, qtbot)
    opened_later.close_button.setFocus()
    QApplication.processEvents()
    for name, row in dialog.rows.items():
        assert row.grab().toImage() == opened_later.rows[name].grab().toImage(), name


def turn_wheel_over(field, notches):
    """As the system sends it, to the window: one that is sent to a field is not handed on as that one is."""
    window = field.window()
    at = QPointF(field.mapTo(window, field.rect().center()))
    QTest.wheelEvent(window.windowHandle(), at, QPoint(0, 120 * notches))
    QApplication.processEvents()


def test_the_wheel_over_a_field_without_focus_scrolls_the_page_and_changes_nothing(window, dialog):
    dialog.resize(420, 400)
    QApplication.processEvents()
    dialog.close_button.setFocus()
    area = dialog.findChild(QScrollArea)
    bar = area.verticalScrollBar()
    values = {name: window.settings.value(name) for name in dialog.rows}
    for row in dialog.rows.values():
        for notches in (-1, 1):
            bar.setValue(0)
            area.ensureWidgetVisible(row.field)
            bar.setValue(min(max(bar.value(), 1), bar.maximum() - 1))  # there is something to scroll, either way
            before = bar.value()
            turn_wheel_over(row.field, notches)
            assert (bar.value() - before) * notches < 0
            assert dialog.focusWidget() is dialog.close_button
    assert {name: window.settings.value(name) for name in dialog.rows} == values


def test_the_wheel_over_a_field_with_focus_changes_it(window, dialog):
    field = dialog.rows["opacity"].field
    field.setFocus()
    before = window.settings.opacity
    turn_wheel_over(field, 1)
    assert window.settings.opacity > before


def test_models_and_downloads_go_where_they_are_told(dialog, tmp_path):
    model = find("mobile_sam")
    write(dialog.rows["models_dir"].field, str(tmp_path / "here"))
    assert paths.models_dir() == tmp_path / "here"
    mirror = dialog.rows["mirror"].field
    write(mirror, "https://mirror.example/m")
    assert address.url_of(model) == f"https://mirror.example/m/{model.sha256}"
    mirror.clear()
    QTest.keyClick(mirror, Qt.Key.Key_Tab)
    mirror.editingFinished.emit()
    assert "example" not in address.url_of(model)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("mirror", "ftp://example.org", "The mirror is ftp://example.org: only http and https"),
        ("models_dir", "models", "Give the whole path of a folder."),
    ],
)
def test_what_cannot_be_is_a_sentence_below_the_field_and_not_kept(dialog, name, value, told):
    row = dialog.rows[name]
    write(row.field, value)
    assert row.told.text().startswith(told)
    assert row.told.objectName() == "bad"
    assert Settings().value(name) == ""
    QTest.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)
    assert (row.field.text(), row.told.objectName()) == ("", "muted")


def test_the_cache_is_as_large_as_it_is_set(monkeypatch, dressed, qtbot):
    from app.ui import start

    made = []
    original = start.DiskCache
    monkeypatch.setattr(start, "DiskCache", lambda *a: made.append(original(*a)) or made[0])
    settings = Settings()
    with start.assembled(settings) as window:
        qtbot.addWidget(window)
        settings.embeddings_gb = 0.5
        assert made[0].budget_bytes == 2**29
        window.close()


def test_all_is_kept_over_a_restart_and_goes_back_to_the_defaults(dialog, tmp_path):
    changed = {
        "opacity": 75.0, "contour_width": 150.0, "preview": False, "closeups": False, "usual_level": False,
        "crosshair_step": 3.0, "speck_percent": 2.5, "snap_band": 9.0, "class_overlap": 35.0, "embeddings_gb": 7.5,
        "models_dir": str(tmp_path / "x"),
        "mirror": "https://mirror.example", "language": "en", "scheme": "dark", "keymap": "labelme",
    }  # fmt: skip
    assert changed.keys() == dialog.rows.keys()
    for name, value in changed.items():
        dialog.rows[name].take(value)
    again = Settings()
    assert {name: again.value(name) for name in changed} == changed
    QTest.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)
    defaults = {setting.name: setting.default for setting in Settings.all() if setting.where}
    assert {name: Settings().value(name) for name in changed} == defaults


def test_a_file_of_an_older_version_is_read_as_it_was_meant(home):
    file = home / "config" / "maskwright.ini"
    file.parent.mkdir(parents=True)
    file.write_text(
        "[General]\nscheme=light\nmodel=mobile_sam\nruntime=cpu\npreview=off\ncloseups=on\nembeddings_gb=3.5\n"
    )
    settings = Settings()
    assert (settings.scheme, settings.model, settings.runtime) == ("light", "mobile_sam", "cpu")
    assert (settings.preview, settings.closeups, settings.embedding_bytes) == (False, True, int(3.5 * 2**30))
    settings.preview = True
    settings._file.sync()
    assert "preview=on" in file.read_text()


def test_how_large_a_speck_is_can_be_set_in_the_bar_of_the_fill_tool_as_well(opened, qtbot):
    workspace, row = opened.workspace, dialog_of(opened, qtbot).rows["speck_percent"]
    workspace.input.take(TOOLBOX.named("fill"))
    field = workspace.tool_bar.findChild(QDoubleSpinBox, "specks")
    write(row.field, "2.5")
    assert field.value() == SPECKS.value == 2.5
    field.setValue(40)
    assert Settings().speck_percent == 40
    assert row.field.value() == 40
    height, width = workspace.session.place.image_size
    mask = np.zeros((height, width), bool)
    mask[50:100, 50:100] = True
    mask[60:80, 60:80] = False
    workspace.session.editor.edit(Mask.from_array(mask), "brush")
    assert workspace.tool_bar._readout.text() == "Up to 840 pixels"
    QTest.keyClick(workspace.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    assert workspace.session.editor.proposal.mask.area == 2500


@pytest.mark.parametrize(
    "text", ["opacity=high", "opacity=-3", "opacity=nan", "scheme=pink", "keymap=none", "opacity="]
)
def test_a_value_that_cannot_be_is_the_default(home, text):
    file = home / "config" / "maskwright.ini"
    file.parent.mkdir(parents=True)
    file.write_text(f"[General]\n{text}\n")
    settings = Settings()
    assert (settings.opacity, settings.scheme, settings.keymap) == (40, "system", "maskwright")


def test_who_asked_is_told_of_a_change_and_of_no_other(home):
    settings, heard = Settings(), []
    settings.on("opacity", do=heard.append)
    settings.on(do=lambda name: heard.append(f"any {name}"))
    settings.opacity = 50.0
    settings.opacity = 50.0
    settings.preview = False
    with pytest.raises(Problem):
        settings.mirror = "nowhere"
    assert heard == ["opacity", "any opacity", "any preview"]


def test_nothing_is_cut_off_when_the_dialog_is_narrow(dialog):
    dialog.resize(420, 400)
    QApplication.processEvents()
    for row in dialog.rows.values():
        assert row.told.height() >= row.told.heightForWidth(row.told.width())
    for label in dialog.findChildren(QLabel):
        assert label.wordWrap() or label.width() >= label.fontMetrics().horizontalAdvance(label.text())
