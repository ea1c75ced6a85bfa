"""A COCO file as raw pieces of JSON: each record is decoded when its turn comes, so that memory stays near the size of
the file and one broken record costs one sentence, not the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from app.formats.files import UNDECODABLE, decoded, read_bytes
from app.problem import Problem
from app.project.records import Json

MAX_FILE_BYTES = 1 << 30
_MAX_ID = 1 << 53
"""Of ids that are kept: exact in every JSON reader. SQLite counts on from the largest id it ever saw, even after an
undo; at 2 ** 63 - 1 nothing can be added any more."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Source:
    name: str
    images: list[Raw]
    categories: list[Raw]
    annotations: list[Raw]
    rest: Json
    """info, licenses and unknown keys."""


def read_source(file: Path, note: Callable[[str], None]) -> Source:
    """note hears what is wrong with parts that can be done without. Problem when it is no COCO file, or too large."""
    data = read_bytes(file, MAX_FILE_BYTES, " Split it by images.")
    top = _top_level(data, file.name)
    images, annotations = (_required_list(top, key, file.name) for key in ("images", "annotations"))
    return Source(file.name, images, _categories(top, file.name, note), annotations, _rest(top, file.name, note))


def is_panoptic(file: Path) -> bool:
    """Whether it tells of segments. Memory does not grow with the file."""
    try:
        with file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
            return content.find(b'"segments_info"') >= 0
    except (OSError, ValueError):  # no file, or an empty one
        return False


def record(raw: Raw) -> Json:
    """An image, category or annotation. Problem when it is not an object of JSON."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except UNDECODABLE as error:
        raise Problem(f"A record of the file cannot be read: {error}.") from error


def key_of(item: Json, name: str) -> int | float | str | None:
    """An id as others refer to it; None when there is none that could be referred to."""
    value = item.get(name)
    return value if isinstance(value, int | float | str) else None


def row_id(item: Json) -> int:
    """The id if it can be kept in a project, else 0: to be chosen."""
    value = item.get("id")
    return value if isinstance(value, int) and 0 < value < _MAX_ID and value is not True else 0


def _top_level(data: bytes, name: str) -> dict[str, Raw]:
    try:
        return decoded(data, dict[str, Raw])
    except msgspec.ValidationError as error:
        raise Problem(f"{name}: this is not a COCO file: it is not an object with images and annotations.") from error
    except UNDECODABLE as error:
        raise Problem(f"{name}: the file is cut off, damaged or not JSON: {error}.") from error


def _required_list(top: dict[str, Raw], key: str, name: str) -> list[Raw]:
    items = _decoded(top.get(key, Raw(b"null")), list[Raw])
    if items is None:
        raise Problem(f"{name}: this is not a COCO file: it has no list of {key}.")
    return items


def _categories(top: dict[str, Raw], name: str, note: Callable[[str], None]) -> list[Raw]:
    items = _decoded(top.get("categories", Raw(b"null")), list[Raw])
    if items is None:
        note(f"{name} has no list of categories: the classes are named after their numbers.")
    return items or []


def _rest(top: dict[str, Raw], name: str, note: Callable[[str], None]) -> Json:
    rest: Json = {}
    for key in top.keys() - {"images", "annotations", "categories"}:
        try:
            rest[key] = msgspec.json.decode(top[key])
        except UNDECODABLE:
            note(f"{name}: what it says under {key} cannot be read and was left out.")
    return rest


def _decoded(raw: Raw, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNDECODABLE:
        return None
