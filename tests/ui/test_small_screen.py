"""At 200 % a small laptop has 683 x 384 points: no window asks for more, and none is larger when it opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QFileDialog, QToolButton, QWidget

from app import text
from app.labeling.tools.registry import TOOLBOX
from app.ui.docks import Docks
from app.ui.room import FRAME
from app.ui.widgets.tool_bar import ToolBar
from app.ui.widgets.tool_column import ToolColumn
from tests.bench.driver import until, wait
from tests.labeling import extra_tools
from tests.sentences import pseudo
from tests.sentences.extraction import extracted

ROOT = Path(__file__).parents[2]
LAPTOP = (683, 384)
LEAVE = {"file.quit", "file.close", "file.open_sample", "file.open_folder", "file.open_project"}
WALK = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication
from app.ui import theme
from app.ui.settings import Settings
from app.ui.start import assembled
from tests.ui.test_small_screen import sizes_on_this_screen

app = QApplication([])
theme.apply(app)
with assembled(Settings()) as window:
    window.show()
    print(json.dumps(sizes_on_this_screen(window, Path(sys.argv[1]))))
    window.close()
"""


def _windows():
    return [each for each in QApplication.topLevelWidgets() if each.isWindow() and each.isVisible()]


def _walk(window, look):
    """Runs every command of the menus that opens something, and looks at all windows each time."""

    def seen(dialog):
        dialog.show()
        wait(20)
        look()
        dialog.close()
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QDialog, "exec", seen)
        for name in ("getOpenFileName", "getSaveFileName"):
            patch.setattr(QFileDialog, name, lambda *_, **__: ("", ""))
        patch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
        _run_commands(window, look)


def _run_commands(window, look):
    window.menus.refresh()
    for action, command in list(window.menus._actions):
        if action.isEnabled() and command.id not in LEAVE and ("…" in command.text or command.menu == "Help"):
            action.trigger()
            until(lambda: window.jobs.current is None)
            wait(20)
            look()
            for dialog in window.findChildren(QDialog):
                dialog.close()


def sizes_on_this_screen(window, photos):
    """(name, right and lower border, those of the screen) of every window, with its frame, as it opens."""
    found = []

    def look():
        for each in _windows():
            screen, frame = each.screen().availableGeometry(), each.size() + FRAME
            found.append([type(each).__name__, frame.width(), frame.height(), screen.width(), screen.height()])

    wait(50)
    look()
    window.open_path(photos)
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    window.projects.docks.toggle("history")
    _walk(window, look)
    assert len({name for name, *_ in found}) > 5
    return [each for each in found if each[1] > each[3] or each[2] > each[4]]


@pytest.fixture(params=["English", "a language with longer words"])
def words(request):
    if request.param != "English":
        text.use_catalogue(pseudo.LANGUAGE, pseudo.catalogue(extracted().forms))
    yield
    text.use("en")


def test_no_window_asks_for_more_than_a_small_screen_has(words, window, photos):
    """Every panel open. In points of the screen, whatever it has now."""
    asked: dict[str, tuple[int, int]] = {}

    def look():
        for each in _windows():
            size = each.minimumSizeHint().expandedTo(each.minimumSize()) + FRAME
            before = asked.get(type(each).__name__, (0, 0))
            asked[type(each).__name__] = max(before[0], size.width()), max(before[1], size.height())

    look()
    window.open_path(photos)
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    for dock in window.workspace.findChildren(QDockWidget):
        dock.show()
    wait(50)
    _walk(window, look)
    assert len(asked) > 5
    too_large = {name: size for name, size in asked.items() if size[0] > LAPTOP[0] or size[1] > LAPTOP[1]}
    assert too_large == {}


@pytest.mark.slow
@pytest.mark.parametrize("screen", [(1366, 768), (1920, 1080)])
def test_no_window_is_larger_than_its_screen_at_200_percent(tmp_path, photos, screen):
    config = tmp_path / "screens.json"
    one = {"name": "one", "x": 0, "y": 0, "width": screen[0], "height": screen[1], "logicalDpi": 96, "dpr": 1}
    config.write_text(json.dumps({"screens": [one]}))
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": f"offscreen:configfile={config}"}
    command = [sys.executable, "-c", WALK, str(photos)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_a_low_column_of_tools_shows_its_pictures_without_keys(opened):
    column = opened.workspace.findChild(ToolColumn)
    buttons = column.findChildren(QToolButton)
    column.resize(column.width(), 2000)
    high = [button.toolButtonStyle() for button in buttons]
    column.setFixedHeight(column.minimumSizeHint().height())  # what lies around it would give it more
    QApplication.processEvents()
    assert all(column.rect().contains(button.geometry()) for button in buttons)
    assert len({button.x() for button in buttons}) == 2, "two columns"
    assert high != [button.toolButtonStyle() for button in buttons]
    assert all(button.accessibleName() for button in buttons)


def test_a_narrow_tool_bar_keeps_its_commands(opened):
    bar = opened.workspace.findChild(ToolBar)
    with extra_tools.dot() as dot:
        bar.show_tool(dot)
        bar.resize(bar.minimumSizeHint().width(), bar.height())
        QApplication.processEvents()
        buttons = [button for button in bar.findChildren(QToolButton) if button.isVisible()]
        assert buttons
        assert all(bar.rect().contains(button.geometry()) for button in buttons)
    assert isinstance(opened.projects.docks, Docks)
    assert all((isinstance(button, QWidget) and button.accessibleName()) or button.text() for button in buttons)


@pytest.mark.parametrize("width", [960, 1100, 1280])
def test_every_option_of_every_tool_is_seen_whole(opened, width):
    """At 1100, and on a screen of 1920 at 200 %; the commands that make way are there again when there is room."""
    opened.resize(width, 700)
    bar = opened.workspace.findChild(ToolBar)
    for tool in TOOLBOX.all():
        opened.workspace.input.take(tool)
        wait(20)
        for option, field in bar.options._fields:
            place = QRect(field.mapTo(bar, QPoint()), field.size())
            assert bar.rect().contains(place), (tool.id, option.id)
            assert field.width() >= field.minimumSizeHint().width(), (tool.id, option.id)
            assert bar.options.rect().contains(field.geometry()), (tool.id, option.id)
    opened.resize(1600, 700)
    wait(20)
    assert all(button.isVisible() for button in bar.findChildren(QToolButton))
    assert all(label.isVisible() for label in bar.options._labels)


def widths(window):
    wait(50)
    return {name: dock.width() for name, dock in window.projects.docks._docks.items() if dock.isVisible()}


def test_panels_are_as_wide_as_before_when_the_window_was_narrow_for_a_while(opened):
    workspace, docks = opened.workspace, opened.projects.docks._docks
    workspace.resizeDocks([docks["images"]], [330], Qt.Orientation.Horizontal)  # as the person does with the mouse
    before = widths(opened)
    assert before["images"] == 330
    opened.resize(600, 400)
    assert all(widths(opened)[name] < width for name, width in before.items())
    for width in (800, 1000, 1280):
        opened.resize(width, 800)
        wait(20)
    assert widths(opened) == before
    workspace.resizeDocks([docks["images"]], [200], Qt.Orientation.Horizontal)
    narrower = widths(opened)
    opened.resize(1400, 800)
    assert widths(opened) == narrower, "that was wanted"


def test_panels_are_as_wide_as_before_when_the_project_was_closed_in_a_narrow_window(opened, photos):
    before = widths(opened)
    opened.resize(600, 400)
    assert widths(opened)["images"] < before["images"]
    opened.leave_project()
    until(lambda: opened.workspace is None)
    opened.resize(1280, 800)
    opened.open_path(photos)
    until(lambda: opened.workspace is not None and opened.workspace.canvas.has_image)
    assert widths(opened) == before
