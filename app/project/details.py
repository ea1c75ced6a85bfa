"""What is known of a record beside what everybody looks at: a mask, a class, attributes, a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from app.masks.geometry import Geometry, text_of
from app.project.records import OWN_KEYS, Annotation, Category, ImageRecord, Json, Record

OUTLINE = "imported outline"
_KEPT = "kept"
"""Two people have each their own way to a mask: only whether it is known counts."""


def details_of(record: Record) -> Json:
    """Returns the details of a record by name; only what there is."""
    match record:
        case Annotation():
            has_effort = record.provenance or record.clicks or record.milliseconds
            own: Json = {
                "z_order": record.z_order,
                "hidden": record.hidden,
                "provenance": _KEPT if has_effort else None,
                OUTLINE: _told(record.geometry),
            }
        case Category():
            own = {"supercategory": record.supercategory}
        case ImageRecord():
            own = {"status": record.status if record.status != "open" else None}
    # the numbers are those of files that a class came from, its policy is how one works: they say nothing of it
    known = {name: value for name, value in record.extra.items() if name not in OWN_KEYS}
    return {**known, **{name: value for name, value in own.items() if value}}


def _told(geometry: Geometry | None) -> str | None:
    """What tells two outlines apart, in a few letters."""
    return None if geometry is None else f"{geometry} ({crc32(text_of(geometry).encode()):08x})"


def kinds_of_outline(details: Json) -> str:
    """Returns of which kinds the shapes of an object's outline are, for a comparison; "" when it has none."""
    return details.get(OUTLINE, "").partition(":")[0]


def changes_of(a: Json, b: Json) -> dict[str, list[Any]]:
    """What is different, by name, as [in A, in B]; None where it is not there."""
    return {name: [a.get(name), b.get(name)] for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)}


def changes_by(a: Mapping[str, Record], b: Mapping[str, Record]) -> dict[str, dict[str, list[Any]]]:
    """Returns the differences in the details that both records have under one name."""
    both = {name: changes_of(details_of(a[name]), details_of(b[name])) for name in a if name in b}
    return {name: changes for name, changes in both.items() if changes}
