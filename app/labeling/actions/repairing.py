"""Repair in one key, of the object in the making or else of all selected ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.labeling.actions.conditions import has_draft, has_selection
from app.labeling.commands import Acting, command
from app.labeling.repair_step import MaskRepair
from app.labeling.tools.fill import SPECKS
from app.masks.hull import hull
from app.masks.morphology import grow, shrink, smooth
from app.masks.parts import drop_islands, fill_holes, holes_of, parts_of, speck_size
from app.masks.rle import Mask
from app.masks.snapping import MOST_BAND_PX
from app.text import say, say_n

T = TypeVar("T")


def has_mask(c: Acting) -> bool:
    """True while an object is in the making or saved ones are selected: there is something to repair."""
    return has_draft(c) or has_selection(c)


def _nothing_selected(c: Acting) -> str:
    return say("There is nothing to repair: make a mask, or select objects.")


def _stays(sentence: str) -> Callable[[Mask], str]:
    return lambda mask: sentence


# Signs are named by what they write: } is Shift+] on most keyboards
@command(
    "repair.grow", text=say("Grow by a pixel"), keys="}", menu="Object", when=has_mask, repeatable=True,
    why_not=_nothing_selected,
)  # fmt: skip
def grow_mask(c: Acting, by: int = 1) -> None:
    """Adds the pixels around the mask."""
    c.session.repairs.apply(
        MaskRepair(
            "grow",
            lambda mask: grow(mask, max(by, 1)),
            lambda n: say_n("Grow object", "Grow {n} objects", n),
            lambda n: say_n("Grew {n} object.", "Grew {n} objects.", n),
            _stays(say("The mask cannot grow: it has the whole image.")),
        )
    )


@command(
    "repair.shrink", text=say("Shrink by a pixel"), keys="{", menu="Object", when=has_mask, repeatable=True,
    why_not=_nothing_selected,
)  # fmt: skip
def shrink_mask(c: Acting, by: int = 1) -> None:
    """Takes the pixels along the outline away, but not where the border of the image is."""
    c.session.repairs.apply(
        MaskRepair(
            "shrink",
            lambda mask: shrink(mask, max(by, 1)),
            lambda n: say_n("Shrink object", "Shrink {n} objects", n),
            lambda n: say_n("Shrank {n} object.", "Shrank {n} objects.", n),
            _stays(say("The mask cannot shrink: it has the whole image.")),
        )
    )


@command(
    "repair.smooth", text=say("Smooth the outline"), keys="S", menu="Object", when=has_mask, repeatable=True,
    why_not=_nothing_selected,
)  # fmt: skip
def smooth_mask(c: Acting) -> None:
    """Takes spikes and notches away; the thicker the mask, the larger ones."""
    c.session.repairs.apply(
        MaskRepair(
            "smooth",
            smooth,
            lambda n: say_n("Smooth object", "Smooth {n} objects", n),
            lambda n: say_n("Smoothed {n} object.", "Smoothed {n} objects.", n),
            _stays(say("The outline is smooth already.")),
        )
    )


@command(
    "repair.snap", text=say("Snap to image edges"), keys="Shift+S", menu="Object", when=has_mask,
    why_not=_nothing_selected,
)  # fmt: skip
def snap_mask(c: Acting, band: int = 0) -> None:
    """Moves the outline to the strongest edges of the image, at most so many pixels away; 0: as the settings say."""
    c.session.snapping.start(min(max(band, 0), MOST_BAND_PX))


@dataclass(frozen=True)
class _SpeckRepair:
    """What is done to all holes or islands up to a size in pixels; as MaskRepair, but told the size."""

    by: str
    change: Callable[[Mask, int], Mask]
    step: Callable[[int], str]
    done: Callable[[int], str]
    nothing: Callable[[Mask, int], str]


def _apply_to_specks(c: Acting, up_to: int, repair: _SpeckRepair) -> None:
    """Makes the repair with a size of so many pixels; 0: a share of the object, as it is set with the fill tool."""
    share = SPECKS.value / 100

    def sized(act: Callable[[Mask, int], T]) -> Callable[[Mask], T]:
        return lambda mask: act(mask, up_to or speck_size(mask, share))

    made = MaskRepair(repair.by, sized(repair.change), repair.step, repair.done, sized(repair.nothing))
    c.session.repairs.apply(made)


@command(
    "repair.fill_holes", text=say("Fill holes"), keys="Shift+F", menu="Object", when=has_mask,
    why_not=_nothing_selected,
)  # fmt: skip
def fill_holes_of_mask(c: Acting, up_to: int = 0) -> None:
    """Fills holes of at most so many pixels; 0: a share of the object, as it is set with the fill tool."""
    _apply_to_specks(
        c,
        up_to,
        _SpeckRepair(
            "fill holes",
            fill_holes,
            lambda n: say_n("Fill holes of object", "Fill holes of {n} objects", n),
            lambda n: say_n("Filled holes of {n} object.", "Filled holes of {n} objects.", n),
            _no_hole,
        ),
    )


def _no_hole(mask: Mask, up_to: int) -> str:
    areas = holes_of(mask).areas
    if not len(areas):
        return say("There is no hole in the mask.")
    return say(
        "Holes of up to {up_to} pixels are filled, and the smallest has {smallest}. {key:tool.fill}: fill it by a "
        "click, or set the size in the bar.",
        up_to=up_to,
        smallest=int(areas.min()),
    )


@command(
    "repair.drop_islands", text=say("Drop islands"), keys="Shift+I", menu="Object", when=has_mask,
    why_not=_nothing_selected,
)  # fmt: skip
def drop_islands_of_mask(c: Acting, up_to: int = 0) -> None:
    """Drops parts of at most so many pixels, never the largest; 0: a share of the object, as it is set with the fill
    tool."""
    _apply_to_specks(
        c,
        up_to,
        _SpeckRepair(
            "drop islands",
            drop_islands,
            lambda n: say_n("Drop islands of object", "Drop islands of {n} objects", n),
            lambda n: say_n("Dropped islands of {n} object.", "Dropped islands of {n} objects.", n),
            _no_island,
        ),
    )


def _no_island(mask: Mask, up_to: int) -> str:
    areas = parts_of(mask).areas
    if len(areas) < 2:
        return say("The mask has no islands: it is in one part.")
    return say(
        "Islands of up to {up_to} pixels are dropped, and the smallest has {smallest}. {key:tool.fill}: drop it by a "
        "right click, or set the size in the bar.",
        up_to=up_to,
        smallest=int(areas.min()),
    )


@command(
    "repair.keep_part", text=say("Keep only the part under the pointer"), keys="Shift+K", menu="Object",
    when=has_mask, why_not=_nothing_selected,
)  # fmt: skip
def keep_part(c: Acting) -> None:
    """Keeps the part under the crosshair or the mouse, else the one that was clicked last; the others go."""
    repair = MaskRepair(
        "keep part",
        lambda mask: mask,
        lambda n: say_n("Keep part of object", "Keep a part of {n} objects", n),
        lambda n: say_n("Kept a part of {n} object.", "Kept a part of {n} objects.", n),
        _stays(say("The mask has no other part than this.")),
    )
    c.session.repairs.keep_part(repair, [at for at in (c.session.crosshair.at, c.hand.at) if at is not None])


def _split_words(c: Acting) -> str:
    return say("Accept and split into parts") if c.session.editor.draft.is_live else say("Split into parts")


@command(
    "repair.split", text=say("Split into parts"), keys="Shift+X", menu="Object", when=has_mask,
    why_not=_nothing_selected, label=_split_words,
)  # fmt: skip
def split_objects(c: Acting) -> None:
    """Makes an object of each connected part; the largest keeps what is known of the object. What is in the making is
    accepted first, with a stroke whose button is still down."""
    c.hand.press_key("release")
    if c.session.editor.draft.is_live:
        c.session.repairs.split_draft(c.session.acceptance)
    else:
        c.session.repairs.split_selected()


@command(
    "repair.hull", text=say("Convex hull"), keys="Shift+H", menu="Object", when=has_mask, why_not=_nothing_selected
)
def hull_of_mask(c: Acting) -> None:
    """Fills every notch: the mask becomes its convex hull."""
    c.session.repairs.apply(
        MaskRepair(
            "hull",
            hull,
            lambda n: say_n("Convex hull of object", "Convex hull of {n} objects", n),
            lambda n: say_n("Made {n} object convex.", "Made {n} objects convex.", n),
            _stays(say("The mask is convex already.")),
        )
    )
