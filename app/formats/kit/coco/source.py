"""A COCO file, read in pieces as often as it is needed: memory does not grow with its size, and one broken record costs
one sentence, not the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import msgspec
from msgspec import Raw

from app.formats.kit import values
from app.formats.kit.coco.pieces import MAX_VALUE_BYTES, PIECE_BYTES, BrokenError, Cursor
from app.formats.kit.encodings import MARK
from app.formats.kit.files import UNDECODABLE, decode_json, open_bytes
from app.problem import Problem
from app.project.records import Json
from app.text import say
from app.work import Work

CocoKey: TypeAlias = values.Key
_MAX_KEYS = 10_000
MAX_ID = 1 << 53
"""Of ids that are kept: exact in every JSON reader. SQLite counts on from the largest id it ever saw, even after an
undo; at 2 ** 63 - 1 nothing can be added any more."""
OTHER_ID = say("its id is no whole number from 1 on, which is all that a project can keep; it got another one.")
"""Of an object, in a remark."""
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_BROKEN = (*UNDECODABLE, BrokenError)


@dataclass(frozen=True)
class Records:
    """A list of the file, which stays there."""

    file: Path
    offset: int = 0
    """Where it begins, in bytes."""
    end: int = 0
    count: int = 0

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Raw]:
        """Problem when the file is not any more what it was."""
        if not self.count:
            return
        try:
            with open_bytes(self.file) as stream:
                for piece in Cursor(stream, self.offset).pieces():
                    yield from piece
        except _BROKEN as error:
            raise Problem(say("{file}: the file was changed while it was read.", file=self.file.name)) from error


_Top: TypeAlias = dict[str, Records | Raw]


@dataclass(frozen=True)
class CocoSource:
    """What the file holds: its lists, which stay there, and all else."""

    name: str
    images: Records
    categories: Records
    annotations: Records
    rest: Json
    """info, licenses and unknown keys."""


def read_source(file: Path, warn: Callable[[str], None]) -> CocoSource:
    """Reads the places of the lists in one go, as reading_source."""
    steps = reading_source(file, warn)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def reading_source(file: Path, warn: Callable[[str], None]) -> Work[CocoSource]:
    """Reads the places of the lists of a whole file, which may be larger than memory; yields (0, all) in bytes now and
    then: it is a small part of an import. warn hears what is wrong with parts that can be done without. Problem when it
    is no COCO file."""
    with open_bytes(file) as stream:
        try:
            top = yield from _top_level(file, stream)
        except Problem as problem:
            raise Problem(f"{file.name}: {problem}") from problem
        except _BROKEN as error:
            raise Problem(
                say("{file}: the file is cut off, damaged or not JSON: {error}.", file=file.name, error=error)
            ) from error
        images, annotations = (_required_list(top, key, file.name) for key in ("images", "annotations"))
        return CocoSource(
            file.name, images, _categories(top, file, warn), annotations, _rest(top, stream, file.name, warn)
        )


def record(raw: Raw) -> Json:
    """Decodes an image, category or annotation. Problem when it is not an object of JSON."""
    try:
        return _OBJECT.decode(raw)
    except UNDECODABLE:
        pass  # it may have NaN
    try:
        return decode_json(raw, dict[str, Any])
    except UNDECODABLE as error:
        raise Problem(say("A record of the file cannot be read: {error}.", error=error)) from error


def class_names(source: CocoSource) -> Iterator[str]:
    """Yields the names of the categories as they stand there."""
    for raw in source.categories:
        with suppress(Problem):  # told when the category is added
            if name := values.name(record(raw).get("name")):
                yield name


def key_of(item: Json, name: str) -> CocoKey:
    """Returns an id as others refer to it; None when there is none that could be referred to."""
    return values.key(item.get(name))


def row_id(item: Json) -> int:
    """Returns the id if it can be kept in a project, else 0: to be chosen."""
    value = values.whole(item.get("id"))
    return value if value is not None and 0 < value < MAX_ID else 0


def _top_level(file: Path, stream: BinaryIO) -> Work[_Top]:
    """Reads the top level of a COCO file by its keys; of two with one key the last counts. Lists are passed over, other
    values kept."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    cursor = Cursor(stream, len(MARK) if stream.read(len(MARK)) == MARK else 0)
    if cursor.next() != "{":
        cursor.value()
        raise Problem(say("this is not a COCO file: it is not an object with images and annotations."))
    cursor.take("{")
    top: _Top = {}
    while top or cursor.next() != "}":
        key = decode_json(cursor.value(), str)
        cursor.take(":")
        top[key] = (yield from _passed_over(file, cursor, size)) if cursor.next() == "[" else cursor.value()
        if len(top) > _MAX_KEYS or sum(len(bytes(v)) for v in top.values() if isinstance(v, Raw)) > MAX_VALUE_BYTES:
            raise Problem(say("this is not a COCO file: it has too much besides images and annotations."))
        if cursor.take(",}") == "}":
            break
    else:
        cursor.take("}")
    if cursor.next():
        raise BrokenError(say("it goes on behind its end at byte {offset}", offset=cursor.offset))
    return top


def _passed_over(file: Path, cursor: Cursor, size: int) -> Work[Records]:
    """The list that begins here."""
    cursor.next()
    offset, told, count = cursor.offset, cursor.offset, 0
    for piece in cursor.pieces():
        count += len(piece)
        if cursor.offset - told >= PIECE_BYTES:
            told = cursor.offset
            yield 0, size
    return Records(file, offset, cursor.offset, count)


def _required_list(top: _Top, key: str, name: str) -> Records:
    items = top.get(key)
    if not isinstance(items, Records):
        raise Problem(say("{name}: this is not a COCO file: it has no list of {key_name}.", name=name, key_name=key))
    return items


def _categories(top: _Top, file: Path, warn: Callable[[str], None]) -> Records:
    items = top.get("categories")
    if isinstance(items, Records):
        return items
    warn(say("{file} has no list of categories: the classes are named after their numbers.", file=file.name))
    return Records(file)


def _rest(top: _Top, stream: BinaryIO, name: str, warn: Callable[[str], None]) -> Json:
    rest: Json = {}
    room = MAX_VALUE_BYTES
    for key, value in top.items():
        if key in ("images", "annotations", "categories"):
            continue
        size = value.end - value.offset if isinstance(value, Records) else 0
        try:
            if size > room:  # what is too long takes no room from the others
                raise msgspec.DecodeError
            room -= size
            raw = Cursor(stream, value.offset).value() if isinstance(value, Records) else value
            rest[key] = msgspec.json.decode(raw)
        except UNDECODABLE:
            warn(say("{name}: what it says under {key_name} cannot be read and was left out.", name=name, key_name=key))
    return rest
