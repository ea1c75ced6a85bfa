"""What a project knows of an object, a class and an image beside its name and mask. Of each format it is told which of
these it holds; what it does not hold is counted as a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from app.project.records import OWN_KEYS
from app.text import say

Of: TypeAlias = Literal["object", "class", "image"]


@dataclass(frozen=True)
class Field:
    """One thing that is known of an object, a class or an image."""

    name: str
    """In sentences: "its order cannot be kept"."""
    of: Of
    value: Callable[[Any], object]
    """Of an Annotation, Category or ImageRecord; false when there is nothing to lose."""


ATTRIBUTES, CROWD, ORDER, HIDDEN, PROVENANCE, KEYS, GEOMETRY = (
    "attributes", "crowd mark", "order", "hidden mark", "provenance", "other imported data", "imported outline",
)  # fmt: skip
COLOR, SUPERCATEGORY, CLASS_KEYS, UNUSED = (
    "color", "supercategory", "other imported class data", "existence without objects",
)  # fmt: skip
STATUS, IMAGE_KEYS = "status", "other imported image data"
WRITTEN_BY = "labelme_version"
"""The key of an image under which it is kept which labelme wrote its file."""
GROUP_OF = "group"
"""Told where two objects would be read as parts of one."""
EXACT_OUTLINE = "exact outline"
"""What is lost of a mask that is drawn with less detail than it has."""
LISTED = "place in the list of images"
"""What an image loses whose name does not fit into a line."""
WORDS = (
    say("attributes"), say("crowd mark"), say("order"), say("hidden mark"), say("provenance"),
    say("other imported data"), say("imported outline"), say("color"), say("supercategory"),
    say("other imported class data"),
    say("existence without objects"), say("status"), say("other imported image data"), say("covered pixels"),
    say("border to others of its class"), say("class number"), say("kinds of attributes"),
    say("characters that XML cannot hold"), say("group"), say("outline"), say("exact outline"),
    say("gap between parts"), say("parts in one object"), say("smaller parts"),
    say("place in the list of images"),
)  # fmt: skip
"""The same for people, who read them in their language: reports keep them in English."""

MATTERS = {
    ATTRIBUTES: say("nothing else in the file tells them"),
    CROWD: say("a crowd is read as one object"),
    ORDER: say("it matters where objects overlap"),
    HIDDEN: say("it matters in this program only"),
    PROVENANCE: say("it matters in this program only"),
    KEYS: say("it matters to the program that wrote it"),
    GEOMETRY: say("the mask is kept to the pixel"),
    LISTED: say("readers that go by the list do not see the image"),
    COLOR: say("the reader chooses another one"),
    SUPERCATEGORY: say("the class itself is kept"),
    CLASS_KEYS: say("it matters to the program that wrote it"),
    UNUSED: say("whoever reads it does not know of the class"),
    STATUS: say("it matters in this program only"),
    IMAGE_KEYS: say("it matters to the program that wrote it"),
    EXACT_OUTLINE: say("the mask is another one by a few pixels"),
    "gap between parts": say("readers that fill the line see a line of pixels there; this program does not"),
    "parts in one object": say("each part is an object of its own to the reader"),
    "smaller parts": say("only the largest is there"),
    "outline": say("a box is all that is left of the mask"),
    "covered pixels": say("what lies on top is kept"),
}
"""Whether it matters that something is lost, for people."""

FIELDS = (
    Field(ATTRIBUTES, "object", lambda a: a.attributes),
    Field(CROWD, "object", lambda a: a.iscrowd),
    Field(ORDER, "object", lambda a: a.z_order),
    Field(HIDDEN, "object", lambda a: a.hidden),
    Field(PROVENANCE, "object", lambda a: a.provenance or a.clicks or a.milliseconds),
    Field(KEYS, "object", lambda a: a.extra),
    Field(GEOMETRY, "object", lambda a: a.geometry is not None and a.geometry.is_outline),
    Field(COLOR, "class", lambda c: c.color),
    Field(SUPERCATEGORY, "class", lambda c: c.supercategory),
    Field(CLASS_KEYS, "class", lambda c: {key: value for key, value in c.extra.items() if key not in OWN_KEYS}),
    Field(UNUSED, "class", lambda _: False),  # whether it has objects is not written on it: see ExportView
    Field(STATUS, "image", lambda i: i.status != "open"),
    # the number of an image in a list, and which labelme wrote its file: nobody misses them
    Field(
        IMAGE_KEYS, "image", lambda i: {key: value for key, value in i.extra.items() if key not in ("id", WRITTEN_BY)}
    ),
)


def all_fields(*besides: str, of: Of) -> frozenset[str]:
    """Returns the names of all fields of an object, a class or an image but those."""
    return frozenset(field.name for field in FIELDS if field.of == of and field.name not in besides)


NAMES = tuple(field.name for field in FIELDS)
ALL = frozenset(NAMES)
