"""The states that a saved object went through, kept with it: Backspace shows them again as they were, asking nobody.

Each is what would have been saved of it, and the pixels in which the next one differs. The logits are not kept: the
model makes them again (app.labeling.recalling), or the mask does. A repair of a saved mask is one more state, and so is
what others cut off it. What changed it otherwise (an import, a paste) ends the trail: it would lead to masks that never
were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple
from zlib import crc32

import msgspec

from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import TRAIL, Json

_MOST_STATES = 20
_MOST_BYTES = 32_000
"""Of the whole trail: every step of the journal that concerns the object has it in it, twice."""
_LEAST_BYTES = 4_000
_MOST_BYTES_OF_A_STEP = 4_000_000
"""Of the trails that one step lengthens, together; but of each `_LEAST_BYTES`, which are a handful of states."""
_MOST_PIXELS = 16_000_000
"""So many are looked at when an object is accepted: a few milliseconds."""


class _State(msgspec.Struct):
    change: str
    told: Json


class _Trail(msgspec.Struct):
    of: int
    """Tells the mask that it leads to."""
    states: list[_State]
    """The oldest first."""


class Before(NamedTuple):
    """A state of the draft before another."""

    pixels: int
    """So many are looked at to compare the two."""
    change: Callable[[], Mask]
    """Compares them: the pixels that only one of them has."""
    told: Json
    """What would have been saved of it."""


def followed(
    mask: Mask, provenance: Json, before: Iterable[Before], older: Json, most_bytes: int = _MOST_BYTES
) -> Json:
    """Returns the provenance of a mask with the trail that leads to it.

    before: the states of the draft before it, the newest first. older: the provenance of a saved object that the draft
    began with; its trail goes on. The oldest are left out where all would be too much: more than most_bytes.
    """
    states: list[Json] = []
    room, pixels = most_bytes, _MOST_PIXELS
    for state in before:
        pixels -= state.pixels
        told = without_trail(state.told)
        change = state.change().counts if pixels >= 0 else ""
        room -= len(change) + len(msgspec.json.encode(told))
        if pixels < 0 or room < 0 or len(states) == _MOST_STATES:
            return _with(provenance, mask, states)
        states.insert(0, {"change": change, "told": told})
    for kept in reversed(_states(older)):
        room -= len(msgspec.json.encode(kept))
        if room < 0 or len(states) == _MOST_STATES:
            break
        states.insert(0, kept)
    return _with(provenance, mask, states)


def went_on(mask: Mask, provenance: Json, after: Mask, told: Json) -> Json:
    """Returns the provenance of a mask that others made of a saved one, as by what they cut off: the trail of the one
    before goes on to it, if that has one. told: how the new mask came about."""
    if not _known(mask, provenance):
        return without_trail(told)
    return followed(after, told, [_changed(mask, provenance, after)], provenance)


def stepped(mask: Mask, provenance: Json, after: Mask, told: Json, *, of_many: int = 1) -> Json:
    """Returns the provenance of a mask that a person made of a saved one, whose state is one more of the trail, also
    the first. told: how the new mask came about. of_many: so many objects get one at once; of thousands the trails
    grow no longer than some states, or than they are already."""
    known = _known(mask, provenance)
    there = sum(len(msgspec.json.encode(state)) for state in known)
    most = min(max(_MOST_BYTES_OF_A_STEP // of_many, _LEAST_BYTES, there), _MOST_BYTES)
    return followed(after, told, [_changed(mask, provenance, after)], provenance if known else {}, most)


def earlier(mask: Mask, provenance: Json) -> tuple[Mask, Json] | None:
    """Returns the state before a saved one, as it would have been saved. None when none is known."""
    try:
        trail = msgspec.convert(provenance.get(TRAIL), _Trail)
        if not trail.states or trail.of != _name(mask):
            return None
        *states, last = trail.states
        before = mask.toggled(Mask.from_coco(mask.size, last.change))
    except (msgspec.ValidationError, Problem):
        return None
    if not before.area:
        return None
    return before, _with(without_trail(last.told), before, [msgspec.to_builtins(state) for state in states])


def without_trail(provenance: Json) -> Json:
    """Returns how a mask came about, without the masks before it."""
    return {key: value for key, value in provenance.items() if key != TRAIL}


def _changed(mask: Mask, provenance: Json, after: Mask) -> Before:
    return Before(0, lambda: mask.toggled(after), provenance)


def _known(mask: Mask, provenance: Json) -> list[Json]:
    """The states of a trail; none where it leads to another mask."""
    states = _states(provenance)
    return states if states and provenance[TRAIL].get("of") == _name(mask) else []


def _states(provenance: Json) -> list[Json]:
    try:
        return [msgspec.to_builtins(state) for state in msgspec.convert(provenance.get(TRAIL), _Trail).states]
    except msgspec.ValidationError:
        return []


def _with(provenance: Json, mask: Mask, states: list[Json]) -> Json:
    trail = {TRAIL: {"of": _name(mask), "states": states}} if states else {}
    return {**without_trail(provenance), **trail}


def _name(mask: Mask) -> int:
    return crc32(f"{mask.size} {mask.counts}".encode("utf-8", "surrogatepass"))
