"""The table of objects."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from app.masks.geometry import MAX_LETTERS, geometry_of
from app.masks.geometry import text_of as geometry_text
from app.masks.rle import MOST_LETTERS, Mask
from app.problem import Problem
from app.project.records import Annotation
from app.project.tables.stored_json import json_of, text_of
from app.project.tables.table import StoredRow, Table
from app.project.tables.validity import MOST, is_number, is_text, number_or_none, object_text
from app.text import say

_SHORT, _LONG = 10_000, 1_000_000
"""Letters of a mask: fewer are looked at when they are read; more have to go with the image as it is now too, which may
have been replaced by a smaller one."""
_LETTERS = "length(CAST(counts AS BLOB))"  # of a text, SQLite would count its letters
_PIXELS = f"SELECT coalesce(max(image.width * image.height), {MOST_LETTERS} / 2) FROM image WHERE image.id = image_id"  # noqa: S608
_LIMITS = {
    "counts": f"""CASE WHEN {_LETTERS} > {_SHORT} AND {_LETTERS} > min(2 * height * width + 16,
        CASE WHEN {_LETTERS} <= {_LONG} THEN {_LETTERS} ELSE 2 * ({_PIXELS}) + 16 END) THEN '' ELSE counts END""",
    "geometry": f"CASE WHEN length(CAST(geometry AS BLOB)) > {MAX_LETTERS} THEN NULL ELSE geometry END",
}
"""See masks.rle.most_letters and masks.geometry."""


def annotation_of(row: StoredRow | sqlite3.Row) -> Annotation:
    """Returns the object of a row."""
    # in the order of the columns: to ask a Row for 20 names takes as long as all the rest
    (
        id_, image_id, category_id, height, width, counts, x, y, box_width, box_height, area, iscrowd, z_order, hidden,
        attributes, provenance, clicks, milliseconds, extra, geometry,
    ) = row if isinstance(row, sqlite3.Row) else (row[column] for column in TABLE.all_columns)  # fmt: skip
    return Annotation(
        id=id_,
        image_id=image_id,
        category_id=category_id,
        mask=Mask((height, width), counts, (x, y, box_width, box_height), area),
        iscrowd=bool(iscrowd),
        z_order=z_order,
        hidden=bool(hidden),
        attributes=json_of(attributes),
        provenance=json_of(provenance),
        clicks=clicks,
        milliseconds=milliseconds,
        extra=json_of(extra),
        geometry=None if geometry is None else geometry_of(geometry),
    )


def _values(record: Annotation) -> tuple[Any, ...]:
    mask = record.mask
    return (
        record.id or None, record.image_id, record.category_id,
        *mask.size, mask.counts, *mask.bbox, mask.area,
        int(record.iscrowd), record.z_order, int(record.hidden),
        text_of(record.attributes), text_of(record.provenance),
        record.clicks, record.milliseconds, text_of(record.extra),
        None if record.geometry is None else geometry_text(record.geometry),
    )  # fmt: skip


def _mended(row: StoredRow) -> StoredRow | None:
    mask = _mask(row)
    if mask is None or not is_number(row.get("image_id"), 1):
        return None
    x, y, width, height = mask.bbox
    category_id = row.get("category_id")
    texts = {name: object_text(row.get(name)) for name in ("attributes", "provenance", "extra")}
    z_order = row.get("z_order")
    return {
        "id": row["id"], "image_id": row["image_id"],
        "category_id": category_id if is_number(category_id, 1) else None,
        "height": mask.size[0], "width": mask.size[1], "counts": mask.counts,
        "bbox_x": x, "bbox_y": y, "bbox_width": width, "bbox_height": height, "area": mask.area,
        "iscrowd": int(row.get("iscrowd") == 1), "hidden": int(row.get("hidden") == 1),
        "z_order": z_order if is_number(z_order, -MOST) else 0,
        "clicks": number_or_none(row.get("clicks")) or 0,
        "milliseconds": number_or_none(row.get("milliseconds")) or 0, **texts,
        "geometry": _sound_geometry(row.get("geometry")),
    }  # fmt: skip


def _sound_geometry(text: Any) -> str | None:
    """The text of a geometry as it is, or of none."""
    try:
        geometry = geometry_of(text) if is_text(text) and len(text) <= MAX_LETTERS else None
    except msgspec.DecodeError:
        return None
    return text if geometry is not None and geometry.is_sound else None


def _mask(row: StoredRow) -> Mask | None:
    """Runs that fit the image and what was noted of them: either the box or the area may be damaged, not both."""
    height, width, counts = row.get("height"), row.get("width"), row.get("counts")
    if not is_text(counts) or not is_number(height, 1) or not is_number(width, 1):
        return None
    try:
        mask = Mask.from_coco((height, width), counts)
    except Problem:
        return None
    box = tuple(row.get(f"bbox_{side}") for side in ("x", "y", "width", "height"))
    return mask if box == mask.bbox or row.get("area") == mask.area else None


TABLE = Table(
    "annotation",
    Annotation,
    say("objects"),
    _values,
    annotation_of,
    _mended,
    ("image_id", "category_id", "height", "width", "counts", "bbox_x", "bbox_y", "bbox_width", "bbox_height",
     "area", "iscrowd", "z_order", "hidden", "attributes", "provenance", "clicks", "milliseconds", "extra",
     "geometry"),
    usual={"iscrowd": 0, "z_order": 0, "hidden": 0, "attributes": "{}", "provenance": "{}", "clicks": 0,
           "milliseconds": 0, "extra": "{}", "geometry": None},
    limits=_LIMITS,
    since={"geometry": 5},
    known_from=("SELECT id FROM annotation INDEXED BY annotation_of_image", "image_id, id"),
)  # fmt: skip
