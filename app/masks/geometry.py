"""The outline of an object as a file had it (source geometry): shapes with their very numbers, kept beside the mask for
as long as that is not changed. The mask stays the master; a geometry is what a format writes back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from app.masks.polygons import MAX_COORDINATE

MAX_LETTERS = 1_000_000
"""Of a geometry as text: 50,000 points. A longer one is not kept, and not loaded."""
Kind: TypeAlias = Literal[
    "polygon", "rectangle", "oriented_rectangle", "rotation", "box", "circle", "ellipse", "polygon_shares",
    "box_shares", "runs", "polyline",
]  # fmt: skip
_COUNTS: dict[Kind, tuple[int, ...]] = {
    "rectangle": (4, 8), "oriented_rectangle": (8,), "rotation": (8,), "box": (4, 5), "circle": (4,),
    "ellipse": (4, 5), "box_shares": (4,), "runs": (0,),
}  # fmt: skip
"""How many numbers each kind has; of the others at least three points."""
_LEAST, _LEAST_OF_A_LINE = 6, 4


class Shape(Struct, frozen=True, array_like=True):
    """One shape of an object.

    Its numbers are in pixels: x y of each corner of a polygon, rectangle (two corners or four), oriented_rectangle or
    rotation (four); xtl ytl xbr ybr (and degrees) of a box; x y of middle and edge of a circle; cx cy rx ry (and
    degrees) of an ellipse; x y of each point of a polyline, and its width. Shares are those of the image's width and
    height: corners, or cx cy width height. Runs have no numbers: the mask was written as uncompressed RLE.
    """

    kind: Kind
    numbers: str = ""
    """As JSON has them, with commas between: 10.50 stays 10.50."""
    blank: tuple[str, dict[str, Any]] | None = None
    """Of which format it is, and the keys that the file had beside it with nothing in them, as "flags": {}."""

    def blank_in(self, name: str, usual: dict[str, Any]) -> dict[str, Any]:
        """Returns the keys to be written beside it in the format of that name: those that the file had, if it was of
        that, else the usual ones."""
        return self.blank[1] if self.blank is not None and self.blank[0] == name else usual

    @property
    def words(self) -> list[str]:
        """Each number as it was written."""
        return [word.strip() for word in self.numbers.split(",")] if self.numbers else []

    def values(self) -> list[float]:
        """Returns the numbers; msgspec.DecodeError when they are none, or not those of its kind."""
        values = msgspec.json.decode(f"[{self.numbers}]", type=list[float])
        if not _may_be(self.kind, len(values)) or not _are_near(values):
            raise msgspec.DecodeError(f"a {self.kind} has other numbers")
        return values


class Geometry(Struct, frozen=True, omit_defaults=True):
    """The shapes of one object, which together are its mask."""

    shapes: tuple[Shape, ...]
    box: str = ""
    """COCO's bbox as the file had it, where ours is another: numbers with commas."""
    area: str = ""
    """COCO's area in the same way: that of the polygon, in parts of pixels."""

    @property
    def is_sound(self) -> bool:
        """Whether each shape has the numbers of its kind: that of a stranger's project may have any."""
        if not self.shapes or not _is_list(self.box, 4) or not _is_list(self.area, 1):
            return False
        try:
            return all(len(shape.values()) >= 0 for shape in self.shapes)
        except msgspec.DecodeError:
            return False

    @property
    def is_outline(self) -> bool:
        """Whether it says more than the mask: runs do not."""
        return any(shape.kind != "runs" for shape in self.shapes)

    @property
    def is_long(self) -> bool:
        """Whether it has more letters than are kept."""
        return len(text_of(self)) > MAX_LETTERS

    def __str__(self) -> str:
        """Names the kinds of its shapes and counts the numbers: for a comparison, not for a sentence."""
        kinds = ", ".join(dict.fromkeys(shape.kind for shape in self.shapes))
        return f"{kinds}: {sum(len(shape.words) for shape in self.shapes)} numbers"


def numbers_text(values: object) -> str:
    """Returns the text of a list of numbers as JSON has them, flat: of a list of points too."""
    return msgspec.json.encode(values).decode().replace("[", "").replace("]", "")


def words_text(words: Iterable[str]) -> str:
    """Returns the text of numbers that another kind of file than JSON has; each stays as it is written, where JSON may
    have it so. ValueError when one is none."""
    return ",".join(word.strip() if _is_number(word) else repr(float(word)) for word in words)


def text_of(geometry: Geometry) -> str:
    """Returns the text of a geometry in the project file."""
    return msgspec.json.encode(geometry).decode()


def geometry_of(text: str) -> Geometry:
    """Returns the geometry of a text in the project file; msgspec.DecodeError when it is none."""
    return msgspec.json.decode(text, type=Geometry)


def _may_be(kind: Kind, count: int) -> bool:
    if kind == "polyline":
        return count > _LEAST_OF_A_LINE and count % 2 == 1
    return count in _COUNTS[kind] if kind in _COUNTS else count >= _LEAST and count % 2 == 0


def _are_near(values: list[float]) -> bool:
    return not values or (min(values) >= -MAX_COORDINATE and max(values) <= MAX_COORDINATE)


def _is_list(text: str, count: int) -> bool:
    if not text:
        return True
    try:
        values = msgspec.json.decode(f"[{text}]", type=list[float])
    except msgspec.DecodeError:
        return False
    return len(values) == count and _are_near(values)


def _is_number(word: str) -> bool:
    try:
        msgspec.json.decode(word, type=float)
    except msgspec.DecodeError:
        return False
    return True
