"""Every tool is complete: its file, picture, cursor, key, help line and name, and it works with the mouse."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QToolButton

from app.labeling.commands import REGISTRY
from app.labeling.tools.base import Tool
from app.labeling.tools.registry import TOOLBOX
from app.paths import resource
from app.ui.canvas.cursors import SHAPES

TESTS = Path(__file__).parents[1]
TOOLS = [tool.id for tool in TOOLBOX.all()]
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def written_in(floor: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (TESTS / floor).glob("test_*.py"))


def shortcut(key: str) -> Qt.Key:
    return getattr(Qt.Key, f"Key_{key}")


@pytest.mark.parametrize("tool_id", TOOLS)
def test_a_tool_is_one_file_with_a_picture_a_key_a_help_line_and_tests(tool_id):
    tool = TOOLBOX.named(tool_id)
    assert import_module(f"app.labeling.tools.{tool_id}").TOOL is tool
    assert (resource("icons") / f"{tool_id}.svg").is_file()
    assert tool.cursor.kind in {*SHAPES, "disc"}
    assert str(tool.text)
    [key] = tool.keys
    assert len(key) == 1
    command = REGISTRY.commands[f"tool.{tool_id}"]
    assert command.keys == tool.keys
    has_help = tool.hint or type(tool).hint_now is not Tool.hint_now
    assert tool_id == "smart" or has_help, "the smart tool has the hints of the candidates"
    for floor in ("labeling", "ui"):
        written = written_in(floor)
        assert f'"{tool_id}"' in written or f"Key_{key}" in written, f"nobody tries the {tool_id} in tests/{floor}"


def move(hand, x: float, y: float, button: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    at = QPointF(hand.at(x, y))
    moved = QMouseEvent(
        QEvent.Type.MouseMove, at, hand.canvas.mapToGlobal(at), Qt.MouseButton.NoButton, button, NONE
    )  # fmt: skip
    QApplication.sendEvent(hand.canvas, moved)


def test_each_tool_is_taken_by_its_key_and_tells_of_itself(hand):
    column, status = hand.window.workspace.tool_column, []
    hand.window.workspace.hinted.connect(status.append)
    for tool in TOOLBOX.all():
        hand.key(shortcut(tool.keys[0]))
        button = column.findChild(QToolButton, tool.id)
        assert button.isChecked(), tool.id
        assert button.accessibleName() == str(tool.text)
        assert tool.keys[0] in button.toolTip()
        assert not button.icon().isNull()
        move(hand, 100, 80)
        cursor = hand.canvas.cursor().shape()
        wanted = tool.cursor.kind
        assert cursor == SHAPES.get(wanted, cursor), tool.id
        assert not tool.hint or str(tool.hint_now(hand.window.workspace.hand._context)) in status[-1].replace(
            "\n", "  "
        )
