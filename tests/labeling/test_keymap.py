"""Which command a key means after somebody changed keys."""

from __future__ import annotations

import pytest

from app.labeling.commands import Command, Registry
from app.labeling.keymap import Keymap


class Desk:
    is_busy = False


def is_busy(desk: Desk) -> bool:
    return desk.is_busy


def is_free(desk: Desk) -> bool:
    return not desk.is_busy


def nothing(desk: Desk) -> None: ...


@pytest.fixture
def registry():
    registry = Registry()
    for id, text, keys, when in (
        ("work.begin", "Begin", ("B", "Return"), is_free),
        ("work.end", "End", ("E", "Return"), is_busy),
        ("work.look", "Look", ("L",), is_busy),
    ):
        registry.add(Command(id, text, nothing, keys, when=when, on=Desk))
    registry.add(Command("tea.make", "Make tea", nothing, ("T",), on=Desk))
    return registry


def test_without_overrides_the_keys_are_those_of_the_registry(registry):
    keymap, desk, keys = Keymap(registry), Desk(), registry.keys()
    for key in keys:
        assert keymap.for_key(key, desk) == registry.for_key(key, desk)
    assert keymap.for_key("X", desk) is None
    assert not keymap.conflicts


def test_chosen_keys_replace_all_of_a_command(registry):
    keymap, desk = Keymap(registry, {"tea.make": ["X", "Y", "X"]}), Desk()
    assert keymap.keys_of("tea.make") == ("X", "Y")
    assert keymap.for_key("T", desk) is None
    assert keymap.for_key("Y", desk).id == "tea.make"
    keymap.use({"tea.make": []})
    assert keymap.keys_of("tea.make") == ()
    assert keymap.for_key("X", desk) is None


def test_commands_with_conditions_that_differ_may_share_a_key(registry):
    keymap, desk = Keymap(registry, {"work.begin": ["L"]}), Desk()
    assert keymap.for_key("L", desk).id == "work.begin"
    desk.is_busy = True
    assert keymap.for_key("L", desk).id == "work.look"
    assert not keymap.conflicts


def test_a_chosen_key_is_taken_from_a_command_that_could_be_meant_as_well(registry):
    keymap, desk = Keymap(registry, {"tea.make": ["L"]}), Desk()
    desk.is_busy = True
    assert keymap.for_key("L", desk).id == "tea.make"
    assert keymap.keys_of("work.look") == ()
    [conflict] = keymap.conflicts
    assert conflict.sentence == "The key L means “Make tea” now, and no longer “Look”."


def test_a_key_chosen_twice_goes_to_the_first(registry):
    keymap = Keymap(registry, {"work.look": ["X"], "work.end": ["X", "Y"]})
    assert (keymap.keys_of("work.look"), keymap.keys_of("work.end")) == (("X",), ("Y",))
    [conflict] = keymap.conflicts
    assert conflict.sentence == "The key X is given to “Look” and to “End”: it means the first."


def test_what_two_things_have_to_do_may_always_be_meant_at_once(registry):
    registry.add(Command("other.do", "Other", nothing, ("O",), when=is_free, on=str))
    keymap = Keymap(registry, {"other.do": ["B"]})
    assert [c.loser.id for c in keymap.conflicts] == ["work.begin"]


def test_commands_that_come_later_are_known(registry):
    keymap, desk = Keymap(registry), Desk()
    assert keymap.for_key("N", desk) is None
    registry.add(Command("new.do", "New", nothing, ("N",), on=Desk))
    assert keymap.for_key("N", desk).id == "new.do"


def test_a_command_that_takes_the_place_of_another_one_is_known(registry):
    keymap, desk = Keymap(registry), Desk()
    assert [c.id for c in keymap.of_key("L")] == ["work.look"]
    gone = registry.commands.pop("work.look")
    registry.add(Command("new.do", "New", nothing, ("N",), on=Desk))
    assert keymap.for_key("N", desk).id == "new.do"
    assert gone not in keymap.of_key("L")
