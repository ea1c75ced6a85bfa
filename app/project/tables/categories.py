"""The table of classes."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from app.project.palette import color_of
from app.project.records import Category
from app.project.tables.stored_json import json_of, text_of
from app.project.tables.table import StoredRow, Table
from app.project.tables.validity import is_text, object_text
from app.text import say

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def category_of(row: StoredRow | sqlite3.Row) -> Category:
    """Returns the class of a row."""
    return Category(row["id"], row["name"], row["color"], row["supercategory"], json_of(row["extra"]))


def _values(record: Category) -> tuple[Any, ...]:
    return record.id or None, record.name, record.color, record.supercategory, text_of(record.extra)


def _mended(row: StoredRow) -> StoredRow | None:
    name, color, supercategory = row.get("name"), row.get("color"), row.get("supercategory")
    if not is_text(name) or not name:
        return None
    return {
        "id": row["id"], "name": name,
        "color": color if is_text(color) and _COLOR.fullmatch(color) else color_of(row["id"] - 1),
        "supercategory": supercategory if is_text(supercategory) else "", "extra": object_text(row.get("extra")),
    }  # fmt: skip


TABLE = Table(
    "category",
    Category,
    say("classes"),
    _values,
    category_of,
    _mended,
    ("name", "color", "supercategory", "extra"),
)
