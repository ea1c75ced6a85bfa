"""Records as rows and back: the one place that knows the columns."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import msgspec

from app.masks.rle import MOST_LETTERS, Mask
from app.project.records import Annotation, Category, ImageRecord, Json, Record

StoredRow: TypeAlias = dict[str, Any]
IMAGES_DIR = "images_dir"
"""Setting: the folder of the images, as the project tells it."""
_SHORT, _LONG = 10_000, 1_000_000
"""Letters of a mask: fewer are looked at when they are read; more have to go with the image as it is now too, which may
have been replaced by a smaller one."""
_LETTERS = "length(CAST(counts AS BLOB))"  # of a text, SQLite would count its letters
_PIXELS = f"SELECT coalesce(max(image.width * image.height), {MOST_LETTERS} / 2) FROM image WHERE image.id = image_id"  # noqa: S608
_WITHIN = {
    "counts": f"""CASE WHEN {_LETTERS} > {_SHORT} AND {_LETTERS} > min(2 * height * width + 16,
        CASE WHEN {_LETTERS} <= {_LONG} THEN {_LETTERS} ELSE 2 * ({_PIXELS}) + 16 END) THEN '' ELSE counts END"""
}
"""See masks.rle.most_letters."""


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of one table, and the statements that read and write its rows."""

    name: str
    columns: tuple[str, ...]
    """Those that steps change."""
    found: tuple[str, ...] = ()
    """Those that reading the file of an image tells. They come and go with the row, but no step, undo or redo changes
    them: they are true."""
    usual: Mapping[str, int | str] = field(default_factory=dict[str, int | str])
    """What most rows have in some columns. The journal may leave it out."""

    @cached_property
    def all_columns(self) -> tuple[str, ...]:
        """The columns in the order of `insert` and `select`, the id first."""
        return ("id", *self.columns, *self.found)

    def filled(self, row: StoredRow) -> StoredRow:
        """A row of the journal, with what was left out."""
        return {**self.usual, **row}

    @cached_property
    def insert(self) -> str:
        """The statement that adds a row, by the names of its columns."""
        names, bound = ", ".join(self.all_columns), ", ".join(f":{c}" for c in self.all_columns)
        return f"INSERT INTO {self.name} ({names}) VALUES ({bound})"  # noqa: S608

    @cached_property
    def upsert(self) -> str:
        """The statement that adds a row or replaces what steps change of it."""
        # REPLACE would delete the row first, and with it what refers to it
        changes = ", ".join(f"{c} = excluded.{c}" for c in self.columns)
        return f"{self.insert} ON CONFLICT (id) DO UPDATE SET {changes}"

    @cached_property
    def select(self) -> str:
        """The statement that reads all columns of all rows."""
        return f"SELECT {', '.join(self.all_columns)} FROM {self.name}"  # noqa: S608  * may have more, that compute

    @cached_property
    def read(self) -> str:
        """The statement `select` for what may be a stranger's: what is too long to be true is not even loaded, but is
        empty."""
        columns = (f"{_WITHIN[c]} AS {c}" if c in _WITHIN else c for c in self.all_columns)
        return f"SELECT {', '.join(columns)} FROM {self.name}"  # noqa: S608

    @cached_property
    def delete(self) -> str:
        """The statement that removes the row with an id."""
        return f"DELETE FROM {self.name} WHERE id = ?"  # noqa: S608


TABLES = {
    "image": Table(
        "image", ("path", "status", "extra"), found=("width", "height", "content_hash", "size_bytes", "mtime_ns")
    ),
    "category": Table("category", ("name", "color", "supercategory", "extra")),
    "annotation": Table(
        "annotation",
        ("image_id", "category_id", "height", "width", "counts", "bbox_x", "bbox_y", "bbox_width", "bbox_height",
         "area", "iscrowd", "z_order", "hidden", "attributes", "provenance", "clicks", "milliseconds", "extra"),
        usual={"iscrowd": 0, "z_order": 0, "hidden": 0, "attributes": "{}", "provenance": "{}", "clicks": 0,
               "milliseconds": 0, "extra": "{}"},
    ),
}  # fmt: skip


def table_of(record: Record) -> Table:
    """Returns the table that a record is a row of."""
    match record:
        case ImageRecord():
            return TABLES["image"]
        case Category():
            return TABLES["category"]
        case Annotation():
            return TABLES["annotation"]


def row_of(record: Record) -> StoredRow:
    """Returns the columns of a record by name; id 0 becomes NULL: SQLite chooses the id."""
    return dict(zip(table_of(record).all_columns, values_of(record), strict=True))


def values_of(record: Record) -> tuple[Any, ...]:
    """Returns the values of row_of, in the order of the columns."""
    extra = _text(record.extra)
    match record:
        case ImageRecord():
            found = (getattr(record, column) for column in TABLES["image"].found)
            return record.id or None, record.path, record.status, extra, *found
        case Category():
            return record.id or None, record.name, record.color, record.supercategory, extra
        case Annotation():
            return *_annotation_values(record), extra


def _annotation_values(record: Annotation) -> tuple[Any, ...]:
    mask = record.mask
    return (
        record.id or None, record.image_id, record.category_id,
        *mask.size, mask.counts, *mask.bbox, mask.area,
        int(record.iscrowd), record.z_order, int(record.hidden),
        _text(record.attributes), _text(record.provenance),
        record.clicks, record.milliseconds,
    )  # fmt: skip


def record_of(kind: str, row: StoredRow | sqlite3.Row) -> Record:
    """Returns the record of a row of the table with that name."""
    match kind:
        case "image":
            return image_of(row)
        case "category":
            return category_of(row)
        case _:
            return annotation_of(row)


def image_of(row: StoredRow | sqlite3.Row) -> ImageRecord:
    """Returns the image of a row."""
    found = {column: row[column] for column in TABLES["image"].found}
    return ImageRecord(row["id"], row["path"], status=row["status"], extra=_json(row["extra"]), **found)


def category_of(row: StoredRow | sqlite3.Row) -> Category:
    """Returns the class of a row."""
    return Category(row["id"], row["name"], row["color"], row["supercategory"], _json(row["extra"]))


def annotation_of(row: StoredRow | sqlite3.Row) -> Annotation:
    """Returns the object of a row."""
    bbox = (row["bbox_x"], row["bbox_y"], row["bbox_width"], row["bbox_height"])
    return Annotation(
        id=row["id"],
        image_id=row["image_id"],
        category_id=row["category_id"],
        mask=Mask((row["height"], row["width"]), row["counts"], bbox, row["area"]),
        iscrowd=bool(row["iscrowd"]),
        z_order=row["z_order"],
        hidden=bool(row["hidden"]),
        attributes=_json(row["attributes"]),
        provenance=_json(row["provenance"]),
        clicks=row["clicks"],
        milliseconds=row["milliseconds"],
        extra=_json(row["extra"]),
    )


def read_setting(db: sqlite3.Connection, key: str, default: Any) -> Any:
    """Returns the value of the key, or the default when it was never set."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return default if row is None else parse(row["value"])


def write_setting(db: sqlite3.Connection, key: str, value: Any) -> None:
    """Writes the value, as a part of a transaction."""
    upsert = "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    db.execute(upsert, (key, dump(value)))


def dump(value: Any) -> str:
    """Returns the value as JSON."""
    return msgspec.json.encode(value).decode()


def load(text: str) -> StoredRow:
    """Returns the object that the JSON text is; msgspec.DecodeError when it is none."""
    return parse(text, dict[str, Any])


def parse(text: str, kind: Any = Any) -> Any:
    """Parses JSON of a kind; msgspec.DecodeError when it is not JSON of that kind."""
    try:
        return msgspec.json.decode(text, type=kind)
    except RecursionError as error:
        raise msgspec.DecodeError("JSON within JSON without end") from error


def _text(value: Json) -> str:
    return dump(value) if value else "{}"


def _json(text: str) -> Json:
    return {} if text == "{}" else load(text)
