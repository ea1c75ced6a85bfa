"""A gesture that goes on between presses, as a polygon: it has Enter and Backspace to itself until it ends."""

from __future__ import annotations

import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.tools.base import Tool
from app.labeling.tools.overlay import PathShape
from app.labeling.tools.pointer import PointerEvent


class _Corners(Tool):
    """Click: a corner. Enter: they are kept."""

    id, text, keys, stays = "corners", "Corners", ("F8",), True

    def __init__(self) -> None:
        self.finished = []

    def press(self, c, e):
        corners = [(e.x, e.y)]
        while e.key != "finish":
            e = yield (PathShape((*corners, (e.x, e.y))),)
            if e.button == "left" and e.down:
                corners.append((e.x, e.y))
            if e.key == "back":
                corners.pop()
            if not corners:
                return
        self.finished = corners

    def wheel(self, c, e, steps):
        return steps > 0


@pytest.fixture
def corners(acting):
    tool = _Corners()
    acting.hand.take(tool)
    return tool


def click(hand, x, y):
    hand.press(PointerEvent(x, y))
    hand.release(PointerEvent(x, y, "none", down=False))


def meant(key, acting):
    command = REGISTRY.for_key(key, acting)
    return command and command.id


def test_presses_moves_and_keys_go_to_the_gesture_until_it_ends(corners, acting):
    hand = acting.hand
    for x in (10, 20, 30):
        click(hand, x, 5)
    assert hand.is_busy
    hand.hover(PointerEvent(40, 8, "none", down=False))
    assert hand.overlay == (PathShape(((10, 5), (20, 5), (30, 5), (40, 8))),)
    assert meant("Backspace", acting) == "gesture.back"
    REGISTRY.run("gesture.back", acting)
    assert hand.overlay[0].points == ((10, 5), (20, 5), (40, 8))
    REGISTRY.run(meant("Return", acting), acting)
    assert corners.finished == [(10, 5), (20, 5)]
    assert not hand.is_busy
    assert hand.overlay == ()


def test_enter_and_backspace_are_the_objects_own_without_it(corners, desk, acting):
    desk.session.editor.point(30, 20)
    assert (meant("Return", acting), meant("Backspace", acting)) == ("mask.accept", "prompt.back")
    click(acting.hand, 10, 5)
    assert (meant("Return", acting), meant("Backspace", acting)) == ("gesture.finish", "gesture.back")
    assert meant("Tab", acting) is None
    REGISTRY.run("mask.discard", acting)
    assert not acting.hand.is_busy
    assert desk.session.editor.draft.is_live, "Esc does one thing at a time"
    assert meant("Return", acting) == "mask.accept"


def test_a_double_click_finishes(corners, acting):
    click(acting.hand, 10, 5)
    click(acting.hand, 20, 5)
    acting.hand.double_click(PointerEvent(20, 5))
    assert corners.finished == [(10, 5), (20, 5)]


def test_another_tool_takes_it_back(corners, acting):
    click(acting.hand, 10, 5)
    REGISTRY.run("tool.select", acting)
    assert not acting.hand.is_busy
    acting.hand.press_key("finish")
    assert corners.finished == []


def test_the_wheel_is_asked_of_the_tool(corners, acting):
    assert acting.hand.wheel(PointerEvent(1, 1), 1)
    assert not acting.hand.wheel(PointerEvent(1, 1), -1)
