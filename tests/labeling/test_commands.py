"""The registry, and what the keys do without a window."""

from __future__ import annotations

from typing import Literal

import pytest

import app.labeling.actions  # noqa: F401 - it registers the commands
from app.labeling.commands import REGISTRY, Acting, Command, Registry, always
from app.labeling.keymap import KEYMAP
from app.labeling.tools.registry import TOOLBOX
from app.masks.strokes import Stroke
from app.problem import Problem


def press(acting, *keys: str) -> None:
    """As the window does: the key's meaning right now, and its release."""
    for key in keys:
        command = REGISTRY.for_key(key, acting)
        assert command is not None, f"{key} means nothing here"
        command.run(acting)
        if command.release is not None:
            command.release(acting)


def test_every_command_has_a_text_a_key_and_an_id_of_object_and_verb():
    for command in REGISTRY.commands.values():
        assert command.text[0].isupper()
        assert command.keys or command.on is not Acting  # the menus have those of the window
        assert "." in command.id


def test_texts_are_told_apart_in_the_palette():
    texts = [command.text for command in REGISTRY.commands.values()]
    assert len(set(texts)) == len(texts)


def test_every_command_has_a_condition_with_a_name_and_arguments_that_can_be_given():
    for command in REGISTRY.commands.values():
        assert command.condition.isidentifier()
        assert all(argument.default is not None for argument in command.arguments), "a key gives none"


def yes(c: object) -> bool:
    return True


def also(c: object) -> bool:
    return True


@pytest.mark.parametrize(("first", "second"), [(always, always), (always, yes), (yes, always), (yes, yes)])
def test_a_key_with_two_meanings_at_once_is_an_error(first, second):
    registry = Registry()
    registry.add(Command("a.b", "A", print, ("X",), when=first))
    with pytest.raises(ValueError, match="X is taken by"):
        registry.add(Command("c.d", "C", print, ("X",), when=second))


def test_a_key_may_mean_different_things_under_different_conditions():
    registry = Registry()
    registry.add(Command("a.b", "A", print, ("X",), when=yes))
    registry.add(Command("c.d", "C", print, ("X",), when=also))
    assert len(registry.of_key("X")) == 2


def test_an_id_used_twice_is_an_error():
    registry = Registry()
    registry.add(Command("a.b", "A", print))
    with pytest.raises(ValueError, match=r"called a\.b"):
        registry.add(Command("a.b", "B", print))


class Lamp:
    """Something else that commands act on."""

    def __init__(self) -> None:
        self.is_on = False
        self.heard: list[tuple[object, ...]] = []


def shine(
    lamp: Lamp, watts: int = 40, tone: Literal["warm", "cold"] = "warm", share: float = 1.0, blink: bool = False
) -> None:
    lamp.heard.append((watts, tone, share, blink))
    lamp.is_on = True


def is_off(lamp: Lamp) -> bool:
    return not lamp.is_on


@pytest.fixture
def lamps():
    registry = Registry()
    registry.add(Command("lamp.shine", "Shine", shine, when=is_off, on=Lamp, checked=lambda lamp: lamp.is_on))
    return registry


def test_one_door_finds_what_a_command_acts_on_and_passes_arguments(lamps):
    lamp = Lamp()
    lamps.run("lamp.shine", "something else", lamp, watts=60, tone="cold", share=1, blink=True)
    assert lamp.heard == [(60, "cold", 1.0, True)]
    assert lamps.commands["lamp.shine"].is_checked(lamp)
    assert lamps.commands["lamp.shine"].condition == "is_off"


def test_arguments_typed_as_words_are_converted_and_defaults_are_the_functions(lamps):
    lamp = Lamp()
    lamps.run("lamp.shine", lamp, watts="60", share="0.5", blink="on")
    assert lamp.heard == [(60, "warm", 0.5, True)]
    names = [argument.usage for argument in lamps.commands["lamp.shine"].arguments]
    assert names == ["watts (a whole number)", "tone (one of warm, cold)", "share (a number)", "blink (on or off)"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"watts": "many"}, "watts is a whole number, not many."),
        ({"watts": 1.5}, "watts is a whole number, not 1.5."),
        ({"watts": True}, "watts is a whole number, not True."),
        ({"watts": None}, "watts is a whole number, not None."),
        ({"watts": "inf"}, "watts is a whole number, not inf."),
        ({"tone": "blue"}, "tone is one of warm, cold, not blue."),
        ({"share": "half"}, "share is a number, not half."),
        ({"blink": "maybe"}, "blink is on or off, not maybe."),
        ({"colour": "red"}, "Shine takes no colour. It takes: watts (a whole number), tone"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_nothing_happens(lamps, arguments, sentence):
    lamp = Lamp()
    with pytest.raises(Problem) as problem:
        lamps.run("lamp.shine", lamp, **arguments)
    assert str(problem.value).startswith(sentence)
    assert not lamp.heard


def test_an_argument_without_a_default_must_be_given():
    def name(lamp: Lamp, text: str) -> None: ...

    registry = Registry()
    registry.add(Command("lamp.name", "Name", name, on=Lamp))
    with pytest.raises(Problem, match=r"^Name needs text \(a text\)\.$"):
        registry.run("lamp.name", Lamp())


def test_what_makes_no_sense_or_does_not_exist_is_a_sentence(lamps):
    lamp = Lamp()
    lamp.is_on = True
    with pytest.raises(Problem, match=r"^Shine: this cannot be done right now\.$"):
        lamps.run("lamp.shine", lamp)
    with pytest.raises(Problem, match="cannot be done right now"):
        lamps.run("lamp.shine")
    with pytest.raises(Problem, match=r"^There is no command lamp\.break\.$"):
        lamps.run("lamp.break", lamp)


def test_the_crosshair_goes_as_far_as_it_is_told(desk, acting):
    desk.session.crosshair.step_px = 2
    REGISTRY.run("crosshair.right", acting)
    REGISTRY.run("crosshair.right", acting, steps=3)
    assert desk.session.crosshair.at == (38, 24)
    REGISTRY.run("crosshair.right_far", acting)
    assert desk.session.crosshair.at == (54, 24)


def test_undo_and_redo_say_what_they_would_do(desk, acting):
    undo, redo = REGISTRY.commands["edit.undo"], REGISTRY.commands["edit.redo"]

    def told():
        return [(c.text_now(acting), c.is_enabled(acting)) for c in (undo, redo)]

    assert told() == [("Undo", False), ("Redo", False)]
    desk.accept_one()
    assert told() == [("Undo Accept mask", True), ("Redo", False)]
    press(acting, "Ctrl+Z")
    assert told() == [("Undo", False), ("Redo Accept mask", True)]
    press(acting, "Ctrl+Y")
    desk.click()
    assert told()[0] == ("Undo the last click", True)
    press(acting, "Ctrl+Z")
    assert told() == [("Undo Accept mask", True), ("Redo the click", True)]
    assert undo.is_meant(acting), "the key answers with a sentence when there is nothing"


def test_an_object_is_made_refined_and_deleted_with_the_keyboard_alone(desk, acting):
    press(acting, "Right", "Shift+Left", "Ctrl+Up", ".")
    desk.until_answered()
    press(acting, "Tab", "Return")
    assert len(desk.saved()) == 1
    press(acting, "Tab", "Return")
    assert desk.session.editor.draft.resumed is not None
    press(acting, "Down", ",", "Backspace", "Esc")
    assert desk.session.editor.draft.resumed is None
    press(acting, "Tab", "Del")
    assert desk.saved() == []
    press(acting, "Ctrl+Z")
    assert len(desk.saved()) == 1
    press(acting, "Ctrl+Y")
    assert desk.saved() == []


def test_a_box_is_spanned_with_the_crosshair(desk, acting):
    press(acting, "Right", "/", "Right", "Right", "Down", "/")
    assert desk.session.editor.prompt.box.tolist() == [32, 24, 48, 32]
    press(acting, "Esc", "/", "Esc")
    assert desk.session.crosshair.anchor is None
    assert not desk.session.editor.draft.is_live


def test_the_crosshair_moves_by_screen_pixels_at_every_zoom_and_stays_inside(desk, acting):
    press(acting, "Right")
    assert desk.session.crosshair.at == (32, 24)
    acting.view.scale = 0.5
    press(acting, "Right")
    assert desk.session.crosshair.at == (48, 24)
    acting.view.scale = 4.0
    press(acting, "Ctrl+Right")
    assert desk.session.crosshair.at == (49, 24)
    press(acting, "Left")
    assert desk.session.crosshair.at == (47, 24)
    acting.view.scale = 3.0
    press(acting, "Right")
    assert desk.session.crosshair.at == (50, 24), "from pixel to pixel of the image"
    acting.view.scale = 64.0
    press(acting, "Left")
    assert desk.session.crosshair.at == (49, 24), "never less than one"
    acting.view.scale = 2.0
    press(acting, "Shift+Right", "Shift+Up")
    assert desk.session.crosshair.at == (63.5, 0.5)
    press(acting, ".")
    assert desk.session.editor.draft.is_live


def test_tab_turns_candidates_while_an_object_is_in_the_making_and_objects_otherwise(desk, acting):
    ids = [desk.accept_one(x) for x in (10, 50)]
    press(acting, "Tab", "Tab", "Shift+Tab")
    assert desk.session.objects.selection == (ids[0],)
    desk.click()
    press(acting, "Tab")
    assert desk.session.editor.ring.index == 1
    press(acting, "Shift+Tab", "Shift+Tab")
    assert desk.session.editor.ring.index == 2
    assert desk.session.objects.selection == ()


def test_digits_are_classes_and_only_those_that_exist(desk, acting):
    desk.session.classes.add("cat")
    dog = desk.session.classes.add("dog")
    press(acting, "2")
    assert desk.session.editor.category == dog
    assert REGISTRY.for_key("3", acting) is None


def test_images_by_key(desk, acting):
    press(acting, "D", "D", "A")
    assert desk.session.image.path == "1.png"
    press(acting, "M")
    assert desk.session.image.path == "2.png"
    press(acting, "Shift+A")
    assert desk.session.image.path == "0.png"


def test_accept_and_next_by_key_stays_when_there_is_nothing_to_save(desk, acting):
    desk.click(positive=False)
    press(acting, "Ctrl+Return")
    assert desk.session.image.path == "0.png"
    press(acting, "Esc")
    desk.click()
    press(acting, "Ctrl+Return")
    assert desk.session.image.path == "1.png"
    assert len(desk.saved()) == 1


def test_the_view_by_key(desk, acting):
    desk.accept_one()
    press(acting, "0", "+", "=", "-", "H", "J", "K", "L", "W", "Z", "Tab", "Z")
    x, y, width, height = desk.saved()[0].mask.bbox
    assert acting.view.calls == [
        ("fit",), ("zoom_in",), ("zoom_in",), ("zoom_out",),
        ("pan", -0.15, 0), ("pan", 0, 0.15), ("pan", 0, -0.15), ("pan", 0.15, 0),
        ("hide_masks", True), ("hide_masks", False), ("fit",), ("zoom_to", (x, y, width, height)),
    ]  # fmt: skip


def test_escape_ends_the_gesture_first_then_the_object_then_the_selection(desk, acting):
    from app.labeling.tools.pointer import PointerEvent

    object_id = desk.accept_one()
    desk.click(10, 10)
    acting.hand.press(PointerEvent(5, 5))
    press(acting, "Esc")
    assert desk.session.editor.draft.is_live
    press(acting, "Esc")
    assert not desk.session.editor.draft.is_live
    desk.session.objects.select(object_id)
    press(acting, "Esc")
    assert desk.session.objects.selection == ()


def test_hidden_objects_by_key(desk, acting):
    desk.accept_one()
    press(acting, "Ctrl+A", "Shift+W")
    assert desk.saved()[0].hidden
    press(acting, "Shift+W")
    assert not desk.saved()[0].hidden


def why_not(acting, key) -> str:
    """What the key answers; it means nothing right now."""
    assert KEYMAP.for_key(key, acting) is None
    command = KEYMAP.explained(key, acting)
    return str(command.why_not_now(acting)) if command is not None else ""


def test_del_says_why_it_deletes_nothing(desk, acting):
    assert not why_not(acting, "Del"), "there is nothing that could be deleted"
    object_id = desk.accept_one()
    assert "Select objects first" in why_not(acting, "Del")
    press(acting, "Tab")
    press(acting, "Return")
    assert desk.session.editor.draft.resumed.id == object_id
    assert "is being refined" in why_not(acting, "Del")
    press(acting, "Esc")
    desk.click(5, 5)
    assert "deletes saved objects" in why_not(acting, "Del")
    press(acting, "Esc")
    press(acting, "Tab")
    press(acting, "Del")
    assert not desk.saved()


def test_tab_says_when_there_is_no_other_candidate(desk, acting):
    desk.click()
    press(acting, "Tab")
    assert not desk.notices()
    desk.session.painter.stroke(Stroke(((5.0, 43.0), (12.0, 44.0)), 2))
    draft = desk.session.editor.draft
    for key in ("Tab", "Shift+Tab"):
        press(acting, key)
        assert desk.notices()[-1].startswith("There is no other candidate")
    assert desk.session.editor.draft is draft


def test_keys_of_a_brush_say_which_tool_they_are_for(desk, acting):
    acting.hand.take(TOOLBOX.named("smart"))
    for key in ("[", "]"):
        assert "has no size" in why_not(acting, key)
    assert "brush and eraser" in why_not(acting, "Shift+B")
    acting.hand.take(TOOLBOX.named("line"))
    assert KEYMAP.for_key("[", acting).id == "tool.smaller"
    assert "brush and eraser" in why_not(acting, "Shift+B")
