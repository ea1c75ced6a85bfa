"""A panel is one record: this one is made here, and the window has it wherever a panel is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QListWidget

from app.engine.replies import Viewed
from app.labeling.commands import REGISTRY
from app.ui.panel import Panel, panels, register
from app.ui.settings import Settings
from app.ui.start import assembled
from tests.ui.conftest import ANSWER_MS

# --- the panel -------------------------------------------------------------------------------------------------------


class SelectionPanel(QListWidget):
    """Lists the numbers of the selected objects, and the image."""

    def __init__(self, workspace):
        super().__init__()
        self.setAccessibleName("Selected")
        self._session, self.seen = workspace.session, []
        self._session.on("selection", "image", do=self.refresh)
        workspace.replies.on(Viewed, lambda reply: self.seen.append(reply.image.image_id))

    def refresh(self):
        self.clear()
        self.addItems([str(each) for each in self._session.objects.selection])


PANEL = Panel(
    "selected",
    "Selected objects",
    lambda _shell, workspace: SelectionPanel(workspace),
    lambda panel: panel,
    side="left",
    place=20,
    key="Ctrl+Alt+L",
)


# --- what the window makes of it -------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def registered():
    unregister = register(PANEL)
    yield
    unregister()


def _open(window, photos, qtbot):
    window.open_path(photos)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    return window.workspace.panels["selected"]


def _dock(window, name):
    return window.workspace.findChild(QDockWidget, name)


def _entry(window):
    return next(action for action in window._view_menu.actions() if action.text().startswith("Selected objects"))


def test_it_is_docked_where_its_record_says(window, photos, qtbot):
    _open(window, photos, qtbot)
    assert [panel.id for panel in panels()] == ["images", "findings", "selected", "classes", "objects", "history"]
    area = window.workspace.dockWidgetArea(_dock(window, "selected"))
    assert area == Qt.DockWidgetArea.LeftDockWidgetArea
    assert _dock(window, "selected").isVisible()


def test_the_view_menu_lists_it_with_its_key_until_the_project_is_closed(window, photos, qtbot):
    panel = _open(window, photos, qtbot)
    entry = _entry(window)
    assert (entry.isChecked(), entry.text()) == (True, "Selected objects\tCtrl+Alt+L")
    entry.trigger()
    assert not panel.isVisible()
    assert not _entry(window).isChecked()
    window.projects.close()
    qtbot.waitUntil(lambda: not any("Selected" in action.text() for action in window._view_menu.actions()))


def test_its_key_opens_and_closes_it_and_the_cheat_sheet_names_it(window, photos, qtbot):
    panel = _open(window, photos, qtbot)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    assert "panel.selected" in REGISTRY.commands
    QTest.keyClick(window.workspace.canvas, Qt.Key.Key_L, modifiers)
    assert not panel.isVisible()
    QTest.keyClick(window.workspace.canvas, Qt.Key.Key_L, modifiers)
    assert panel.isVisible()
    assert panel.hasFocus()


def test_f6_comes_to_it_while_it_is_open(window, photos, qtbot):
    panel = _open(window, photos, qtbot)

    def walked():
        window.workspace.canvas.setFocus()
        seen = []
        for _ in range(len(panels())):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_F6)
            seen.append(window.focusWidget())
        return seen

    assert panel in walked()
    assert window.workspace.panels["history"].view not in walked()  # it is closed
    _dock(window, "selected").close()
    assert panel not in walked()


def test_the_keys_work_in_it_while_it_is_out_of_the_window(window, photos, qtbot):
    panel = _open(window, photos, qtbot)
    _dock(window, "selected").setFloating(True)
    before = window.workspace.session.image_id
    QTest.keyClick(panel, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)  # no command
    assert window.workspace.session.image_id == before
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    QTest.keyClick(panel, Qt.Key.Key_L, modifiers)
    assert not panel.isVisible()


def test_it_hears_the_session_and_the_engine(window, photos, qtbot):
    panel = _open(window, photos, qtbot)
    assert panel.seen == [window.workspace.session.image_id]
    window.workspace.session.objects.select(7)
    assert [panel.item(row).text() for row in range(panel.count())] == ["7"]


def test_its_place_is_found_again_in_the_next_window_and_reset(dressed, photos, qtbot):
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        window.show()
        _open(window, photos, qtbot)
        window.workspace.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, _dock(window, "selected"))
        _dock(window, "classes").close()
        window.close()
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        window.show()
        _open(window, photos, qtbot)
        area = window.workspace.dockWidgetArea
        assert area(_dock(window, "selected")) == Qt.DockWidgetArea.BottomDockWidgetArea
        assert not _dock(window, "classes").isVisible()
        assert _dock(window, "objects").isVisible()
        REGISTRY.commands["view.reset_layout"].run(window)
        assert area(_dock(window, "selected")) == Qt.DockWidgetArea.LeftDockWidgetArea
        assert _dock(window, "classes").isVisible()
        assert not _dock(window, "history").isVisible()
        window.close()


def test_two_panels_of_one_id_are_a_bug():
    with pytest.raises(ValueError, match="selected"):
        register(PANEL)
