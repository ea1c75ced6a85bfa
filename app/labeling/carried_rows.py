"""Carried objects as JSON, so that they outlive the program: a setting of the project, which may come from a stranger.

Kept is what was carried, not what the model said of it: it is asked again when somebody comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from app.labeling.carried import CarriedObject, next_number
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Json

_MOST_IMAGES, _MOST_OBJECTS, _MOST_ATTRIBUTES = 10_000, 20_000, 100_000
"""Of one image so many objects, each with attributes of so many letters."""
Carried: TypeAlias = Mapping[int, Sequence[CarriedObject]]
"""By the image that they were carried to, in their order."""


class _Row(Struct, rename={"class_": "class"}, omit_defaults=True):
    size: tuple[int, int]
    counts: str
    origin: str
    origin_id: int = 0
    class_: int | None = None
    attributes: dict[str, Any] = {}
    iscrowd: bool = False
    z_order: int = 0


_Rows: TypeAlias = Annotated[
    dict[int, Annotated[list[_Row], Meta(max_length=_MOST_OBJECTS)]], Meta(max_length=_MOST_IMAGES)
]


def written(carried: Carried) -> Json:
    """Returns what is kept of carried objects; of images without any nothing."""
    return {
        str(image_id): [msgspec.to_builtins(_row(e)) for e in those] for image_id, those in carried.items() if those
    }


def read(kept: object) -> dict[int, tuple[CarriedObject, ...]]:
    """Returns the carried objects that are kept, nobody of whom the model was asked. What is damaged is left out."""
    try:
        rows = msgspec.convert(kept or {}, _Rows, strict=False)
    except (msgspec.ValidationError, RecursionError):
        return {}
    return {
        image_id: tuple(each for each in map(_object, those) if each is not None) for image_id, those in rows.items()
    }


def _row(each: CarriedObject) -> _Row:
    source, mask = each.source, each.mask
    return _Row(
        mask.size, mask.counts, each.origin, each.origin_id, source.category_id, source.attributes, source.iscrowd,
        source.z_order,
    )  # fmt: skip


def _object(row: _Row) -> CarriedObject | None:
    if len(msgspec.json.encode(row.attributes)) > _MOST_ATTRIBUTES:
        return None
    try:
        mask = Mask.from_coco(row.size, row.counts)
    except Problem:
        return None
    source = Annotation(0, row.origin_id, row.class_, mask, row.iscrowd, row.z_order, attributes=row.attributes)
    return CarriedObject(next_number(), source, row.origin, row.origin_id, mask) if mask.area else None
