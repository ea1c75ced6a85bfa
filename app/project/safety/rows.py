"""Rows of a damaged file made true again, or refused: what is worth having is the mask, its image and its class."""

from __future__ import annotations

import re
from typing import Any, TypeGuard

import msgspec

from app.masks.rle import Mask
from app.problem import Problem
from app.project.palette import color_of
from app.project.rows import TABLES, StoredRow, load

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_MOST = 2**62
_STATUSES = ("open", "done", "review")


def mended(kind: str, row: StoredRow) -> StoredRow | None:
    """A row as it may be saved; None when the damage took what it was about."""
    if not _is_number(row.get("id"), 1):
        return None
    match kind:
        case "image":
            return _image(row)
        case "category":
            return _category(row)
        case _:
            return _annotation(row)


def _image(row: StoredRow) -> StoredRow | None:
    path = row.get("path")
    if not _is_text(path) or not path or "\0" in path:
        return None
    numbers = {name: _number_or_none(row.get(name)) for name in ("width", "height", "size_bytes", "mtime_ns")}
    content_hash = row.get("content_hash")
    return {
        "id": row["id"], "path": path, **numbers,
        "content_hash": content_hash if _is_text(content_hash) else None,
        "status": row.get("status") if row.get("status") in _STATUSES else "open", "extra": _json(row.get("extra")),
    }  # fmt: skip


def _category(row: StoredRow) -> StoredRow | None:
    name, color, supercategory = row.get("name"), row.get("color"), row.get("supercategory")
    if not _is_text(name) or not name:
        return None
    return {
        "id": row["id"], "name": name,
        "color": color if _is_text(color) and _COLOR.fullmatch(color) else color_of(row["id"] - 1),
        "supercategory": supercategory if _is_text(supercategory) else "", "extra": _json(row.get("extra")),
    }  # fmt: skip


def _annotation(row: StoredRow) -> StoredRow | None:
    mask = _mask(row)
    if mask is None or not _is_number(row.get("image_id"), 1):
        return None
    x, y, width, height = mask.bbox
    category_id = row.get("category_id")
    texts = {name: _json(row.get(name)) for name in ("attributes", "provenance", "extra")}
    z_order = row.get("z_order")
    return {
        "id": row["id"], "image_id": row["image_id"],
        "category_id": category_id if _is_number(category_id, 1) else None,
        "height": mask.size[0], "width": mask.size[1], "counts": mask.counts,
        "bbox_x": x, "bbox_y": y, "bbox_width": width, "bbox_height": height, "area": mask.area,
        "iscrowd": int(row.get("iscrowd") == 1), "hidden": int(row.get("hidden") == 1),
        "z_order": z_order if _is_number(z_order, -_MOST) else 0,
        "clicks": _number_or_none(row.get("clicks")) or 0,
        "milliseconds": _number_or_none(row.get("milliseconds")) or 0, **texts,
    }  # fmt: skip


def _mask(row: StoredRow) -> Mask | None:
    """Runs that fit the image and what was noted of them: either the box or the area may be damaged, not both."""
    height, width, counts = row.get("height"), row.get("width"), row.get("counts")
    if not _is_text(counts) or not _is_number(height, 1) or not _is_number(width, 1):
        return None
    try:
        mask = Mask.from_coco((height, width), counts)
    except Problem:
        return None
    box = tuple(row.get(f"bbox_{side}") for side in ("x", "y", "width", "height"))
    return mask if box == mask.bbox or row.get("area") == mask.area else None


def is_journaled(entry: StoredRow) -> bool:
    """Whether an entry of the journal can be undone: rows of our tables, whole."""
    kind = entry.get("kind")
    if kind not in TABLES or not _is_number(entry.get("step_id"), 1) or not _is_number(entry.get("row_id"), 1):
        return False
    states = [journaled_row(kind, entry[name]) for name in ("before", "after") if entry.get(name) is not None]
    return bool(states) and all(_is_whole(kind, state) for state in states)


def _is_whole(kind: str, row: StoredRow | None) -> bool:
    return row is not None and row.keys() >= set(TABLES[kind].all_columns) and mended(kind, row) is not None


def journaled_row(kind: str, text: Any) -> StoredRow | None:
    """Reads a row from an entry of the journal. text: its before or after. None when there is none to be read."""
    if not _is_text(text):
        return None
    try:
        return TABLES[kind].filled(load(text))
    except msgspec.DecodeError:
        return None


def _is_text(value: Any) -> TypeGuard[str]:
    """That can be written again: what was no UTF-8 cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: Any, least: int) -> TypeGuard[int]:
    return type(value) is int and least <= value <= _MOST


def _number_or_none(value: Any) -> int | None:
    return value if _is_number(value, 0) else None


def _json(text: Any) -> str:
    """An object, or an empty one."""
    if not _is_text(text):
        return "{}"
    try:
        load(text)
    except msgspec.DecodeError:
        return "{}"
    return text
