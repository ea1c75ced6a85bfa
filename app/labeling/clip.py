"""Objects on the clipboard: a version, and for each its RLE, class and attributes, as JSON.

Any program may have put it there, so that it is read like the file of a stranger: nothing is believed, and whatever is
wrong is said in one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category, Json
from app.text import say, say_n

MIME = "application/x-maskwright-objects+json"
"""The MIME type on the clipboard of the system."""
_VERSION = 1
_MOST_BYTES = 64 << 20
_MOST_OBJECTS = 20_000
_MOST_LETTERS = 1_000
"""Of a name."""
_MOST_ATTRIBUTES = 100_000
"""Letters of the attributes of one object."""
_LISTED = 20
"""So many objects are told in the text beside it."""
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_Name = Annotated[str, Meta(max_length=_MOST_LETTERS)]


@dataclass(frozen=True)
class Copied:
    """One object as it was copied. name: of its class, "" for none; color: of that class, #rrggbb, or ""."""

    mask: Mask
    name: str
    color: str = ""
    supercategory: str = ""
    attributes: Json | None = None
    iscrowd: bool = False


@dataclass(frozen=True)
class Clip:
    """What was copied, the lowest object first. image: the name of the image that it comes from."""

    image: str
    objects: tuple[Copied, ...]


class _Segmentation(Struct):
    size: tuple[int, int]
    counts: str


class _Object(Struct, rename={"class_": "class"}, omit_defaults=True):
    segmentation: _Segmentation
    class_: _Name = ""
    color: str = ""
    supercategory: _Name = ""
    attributes: dict[str, Any] = {}
    iscrowd: bool = False


class _Head(Struct):
    version: int


class _Written(Struct):
    version: int
    image: _Name
    objects: Annotated[list[_Object], Meta(min_length=1, max_length=_MOST_OBJECTS)]


def clip_of(image: str, objects: Sequence[Annotation], categories: Mapping[int, Category]) -> Clip:
    """Returns these objects of an image as a clip. categories: by id."""
    return Clip(image, tuple(_copied(each, categories.get(each.category_id or 0)) for each in objects))


def _copied(each: Annotation, category: Category | None) -> Copied:
    if category is None:
        return Copied(each.mask, "", attributes=each.attributes, iscrowd=each.iscrowd)
    return Copied(
        each.mask, category.name, category.color, category.supercategory, each.attributes, iscrowd=each.iscrowd
    )


def written(clip: Clip) -> bytes:
    """Returns the clip as JSON. Problem when it is more than can be read again."""
    rows = [
        _Object(
            _Segmentation(each.mask.size, each.mask.counts),
            each.name, each.color, each.supercategory, each.attributes or {}, each.iscrowd,
        )
        for each in clip.objects
    ]  # fmt: skip
    data = msgspec.json.encode(_Written(_VERSION, clip.image[-_MOST_LETTERS:], rows))
    if len(rows) > _MOST_OBJECTS or len(data) > _MOST_BYTES:
        raise Problem(
            say_n(
                "{n} object is more than fits on the clipboard.",
                "{n} objects are more than fit on the clipboard: copy fewer at a time.",
                len(rows),
            )
        )
    return data


def clip_in(data: bytes) -> Clip:
    """Returns the clip that is written there. Problem when it is none of ours, of a newer version, or damaged."""
    if len(data) > _MOST_BYTES:
        raise Problem(say("The objects on the clipboard are too many to be pasted."))
    try:
        if msgspec.json.decode(data, type=_Head).version > _VERSION:
            raise Problem(say("The objects on the clipboard come from a newer version of Maskwright."))
        found = msgspec.json.decode(data, type=_Written)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged() from error
    return Clip(found.image, tuple(_read(each) for each in found.objects))


def _read(row: _Object) -> Copied:
    if len(msgspec.json.encode(row.attributes)) > _MOST_ATTRIBUTES:
        raise _damaged()
    color = row.color if _COLOR.fullmatch(row.color) else ""
    name = row.class_.strip()
    mask = Mask.from_coco(row.segmentation.size, row.segmentation.counts)
    return Copied(mask, name, color, row.supercategory, row.attributes, iscrowd=row.iscrowd)


def _damaged() -> Problem:
    return Problem(say("What is on the clipboard as objects of Maskwright is damaged: copy them again."))


def text_of(clip: Clip) -> str:
    """Returns the clip in words, for programs that know no masks."""
    head = say_n("{n} object of {image}", "{n} objects of {image}", len(clip.objects), image=clip.image)
    lines = [str(head)]
    for each in clip.objects[:_LISTED]:
        x, y, width, height = each.mask.bbox
        name = each.name or say("no class")
        told = say("{name}: {width} x {height} pixels at {x}, {y}", name=name, width=width, height=height, x=x, y=y)
        lines.append(str(told))
    return "\n".join([*lines, "…"] if len(clip.objects) > _LISTED else lines)
