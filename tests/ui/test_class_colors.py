"""What is drawn in the colour of a class follows it at once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog

from app.project.records import Annotation, Category
from app.ui import theme
from app.ui.drawn_objects import DrawnObjects
from app.ui.outline_store import OutlineStore
from tests.project.conftest import dot


def _thumbnails(window):
    return [button._image.copy() for button in window.workspace.strip._buttons if button.isVisible()]


def _share_of(color, image):
    """How much more of that channel (0 red, 1 green, 2 blue) there is inside the mask than of the others."""
    whole = image.convertToFormat(image.Format.Format_RGB888)
    width, height = whole.width(), whole.height()
    pixels = [whole.pixelColor(x, y).getRgb()[:3] for x in range(0, width, 4) for y in range(0, height, 4)]
    return sum(pixel[color] * 3 - sum(pixel) for pixel in pixels) / len(pixels)


@pytest.fixture
def drafted(hand, opened):
    """A mask in the making of a class, of which every thumbnail shows much."""
    opened.workspace.panels["classes"].added.emit("suit")
    hand.click(330, 430)
    hand.wait_for_mask()
    return opened


def test_the_thumbnails_of_candidates_have_the_new_colour_of_their_class(drafted):
    classes = drafted.workspace.session.classes
    shares = []
    for channel, color in enumerate(("#ff0000", "#00ff00", "#0000ff")):
        drafted.workspace.panels["classes"].recolored.emit(classes.current.id, color)
        shares.append([_share_of(channel, each) for each in _thumbnails(drafted)])
    before = [[_share_of(channel, each) for each in _thumbnails(drafted)] for channel in range(3)]
    assert len(shares[0]) == len(before[0]) > 0
    assert all(red > now + 20 for red, now in zip(shares[0], before[0], strict=True))
    assert all(green > now + 20 for green, now in zip(shares[1], before[1], strict=True))


def test_the_thumbnails_have_the_colour_of_another_class_and_of_an_undone_change(drafted):
    session = drafted.workspace.session
    first = session.classes.current.id
    drafted.workspace.panels["classes"].recolored.emit(first, "#ff0000")
    red = _thumbnails(drafted)
    session.set_category(session.classes.add("shirt").id)
    other = _thumbnails(drafted)
    assert all(one != two for one, two in zip(red, other, strict=True))
    session.set_category(first)
    assert _thumbnails(drafted) == red
    session.project.undo()
    session.project.undo()
    assert all(one != two for one, two in zip(red, _thumbnails(drafted), strict=True))


def test_to_change_a_colour_begins_at_the_one_that_the_class_has(drafted, monkeypatch):
    session, panel = drafted.workspace.session, drafted.workspace.panels["classes"]
    session.classes.recolor(session.classes.current.id, "#123456")
    begun = []

    def choose(color, *_given):
        begun.append(color.name())
        return QColor("#654321")

    monkeypatch.setattr(QColorDialog, "getColor", choose)
    [action] = [each for each in panel.menu_of(panel.list.item(0)).actions() if each.text() == "Change colour…"]
    action.trigger()
    assert begun == ["#123456"]
    assert session.classes.current.color == "#654321"


def test_the_thumbnails_without_a_class_have_the_colour_of_the_theme(hand, opened):
    opened.preferences.choose_scheme("dark")
    hand.click(250, 250)
    hand.wait_for_mask()
    dark = _thumbnails(opened)
    opened.preferences.choose_scheme("light")
    assert theme.colors() == theme.LIGHT
    assert all(one != two for one, two in zip(dark, _thumbnails(opened), strict=True))
    opened.preferences.choose_scheme("system")


def test_the_mask_under_the_mouse_has_the_new_colour_of_its_class(opened, hand, qtbot):
    classes = opened.workspace.session.classes
    opened.workspace.panels["classes"].added.emit("suit")
    hand.qtbot.mouseMove(hand.canvas, hand.at(250, 250))
    qtbot.waitUntil(lambda: opened.workspace.canvas.marks.preview is not None, timeout=20_000)
    opened.workspace.panels["classes"].recolored.emit(classes.current.id, "#123456")
    assert opened.workspace.canvas.marks._preview[1].name() == "#123456"


def test_only_the_objects_of_a_class_are_drawn_anew_with_it(monkeypatch):
    class Traced(OutlineStore):
        def get(self, annotation):
            return annotation.mask

    made, make = [], DrawnObjects._made
    monkeypatch.setattr(
        DrawnObjects, "_made", lambda self, each, *rest: made.append(each.id) or make(self, each, *rest)
    )
    classes = {number: Category(number, f"class {number}", "#112233") for number in (1, 2)}
    objects = [Annotation(number, 1, 1 + number % 2, dot()) for number in range(1, 7)]
    drawn = DrawnObjects(Traced())
    first = drawn.show(objects, classes, None)
    made.clear()
    assert drawn.show(objects, classes | {3: Category(3, "one more", "#445566")}, None) == first
    assert made == []
    classes[1] = replace(classes[1], color="#ff0000")
    assert [each.color.name() for each in drawn.show(objects, classes, None)] == ["#112233", "#ff0000"] * 3
    assert made == [2, 4, 6]
    made.clear()
    assert [each.id for each in drawn.show(objects, classes, 5)] == [1, 2, 3, 4, 6]
    assert made == [5]
