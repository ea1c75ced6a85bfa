"""The pages of a TIFF file: where they lie, and one of them as a file of its own.

Of a stack of 2,000 pages only the one that is looked at is read; whatever reads TIFF files reads it then.
Source: TIFF 6.0, and the BigTIFF design. https://www.awaresystems.be/imaging/tiff/bigtiff.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.images.pages import MOST_PAGES
from app.problem import Problem
from app.text import say

_STARTS = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}
_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_SHORT, LONG, LONG8 = 3, 4, 16
_UNSIGNED = {1: "B", _SHORT: "H", LONG: "I", 13: "I", LONG8: "Q", 18: "Q"}
KIND, WIDTH, COMPRESSION, SUB_PAGES = 254, 256, 259, 330
SEGMENTS = ((324, 325), (273, 279))
"""Offsets and byte counts of tiles, of strips."""
_SMALL_COPY, _TRANSPARENCY = 1, 4
OLD_JPEG = 6
_PRIVATE = 32768
"""From here on tags are of programs, and often huge. They have no say in the picture."""
NOTHING = 42113
"""But this: which number means that nothing was measured, of GDAL."""
_MOST_VALUE_BYTES = 64 << 20
_MOST_COPIES = 64


@dataclass(frozen=True)
class TiffLayout:
    """How numbers are laid out in a TIFF file: their order, and whether it is a BigTIFF."""

    order: str
    is_big: bool

    @property
    def count(self) -> str:
        """The struct format of a number of entries."""
        return f"{self.order}{'Q' if self.is_big else 'H'}"

    @property
    def entry(self) -> str:
        """The struct format of an entry."""
        return f"{self.order}{'HHQ8s' if self.is_big else 'HHI4s'}"

    @property
    def offset(self) -> str:
        """The struct format of an offset."""
        return f"{self.order}{'Q' if self.is_big else 'I'}"

    @property
    def inline_bytes(self) -> int:
        """So many bytes of values fit into the entry itself."""
        return 8 if self.is_big else 4

    @property
    def head(self) -> bytes:
        """The start of a file whose first page follows at once."""
        start = next(start for start, known in _STARTS.items() if known == (self.order, self.is_big))
        return start + (struct.pack(f"{self.order}HHQ", 8, 0, 16) if self.is_big else struct.pack(self.offset, 8))


@dataclass(frozen=True)
class Entry:
    """One entry of a directory."""

    code: int
    kind: int
    count: int
    value: bytes
    """Or where it lies, when it is longer than this."""


Entries: TypeAlias = list[Entry]


def is_tiff(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a TIFF file."""
    return start[:4] in _STARTS


def page_offsets(stream: IO[bytes]) -> dict[int, int]:
    """Where the pages lie that are pictures, by number; the first always. Not those that are smaller copies or masks
    of others. Empty when it is no TIFF. Reads a few hundred bytes for each."""
    layout = layout_of(stream)
    if layout is None:
        return {}
    offset = _number(stream, layout.offset)
    found: dict[int, int] = {}
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < MOST_PAGES:
        seen.add(offset)
        stream.seek(offset)
        try:
            entries = entries_of(stream, layout)
            following = _number(stream, layout.offset)
        except Problem:
            break
        if len(seen) == 1 or _is_picture(entries, layout):
            found[len(seen)] = offset
        offset = following
    return found


def copies_of(stream: IO[bytes], offset: int) -> list[int]:
    """Where the smaller copies of the page lie that lies there: in pages of their own below it, or behind it."""
    layout = layout_of(stream)
    if layout is None:
        return []
    stream.seek(offset)
    below = next((entry for entry in entries_of(stream, layout) if entry.code == SUB_PAGES), None)
    following = _number(stream, layout.offset)
    found = [] if below is None or below.count > _MOST_COPIES else list(numbers(stream, layout, below))
    seen = {offset}
    while following and following not in seen and len(found) < _MOST_COPIES:
        seen.add(following)
        stream.seek(following)
        if _is_picture(entries_of(stream, layout), layout):
            break
        found.append(following)
        following = _number(stream, layout.offset)
    return found


def alone(stream: IO[bytes], offset: int, *, pixels: bool = True) -> bytes:
    """A TIFF file of the page that lies there. pixels: whether with them, or only to tell its size. The same page gives
    the same bytes. Problem when it is damaged."""
    layout = layout_of(stream)
    if layout is None:
        raise Problem(say("this is no TIFF file."))
    stream.seek(offset)
    entries = [entry for entry in entries_of(stream, layout) if entry.code < _PRIVATE and entry.code != SUB_PAGES]
    if OLD_JPEG in chain.from_iterable(numbers(stream, layout, e) for e in entries if e.code == COMPRESSION):
        raise Problem(say("pages with the compression JPEG (old style) are not read."))
    segments = _segments(stream, layout, entries) if pixels else []
    values = {entry.code: value_of(stream, layout, entry) for entry in entries}
    return file_of(layout, entries, values, segments)


def layout_of(stream: IO[bytes]) -> TiffLayout | None:
    """The stream stands at the offset of the first page then."""
    stream.seek(0)
    known = _STARTS.get(stream.read(4))
    if known is None:
        return None
    layout = TiffLayout(*known)
    if layout.is_big:
        stream.seek(8)
    return layout


def entries_of(stream: IO[bytes], layout: TiffLayout) -> Entries:
    """The stream stands behind them then. Problem when they are cut off."""
    count = _number(stream, layout.count)
    data = _read(stream, count * struct.calcsize(layout.entry))
    return [Entry(*parts) for parts in struct.iter_unpack(layout.entry, data)]


def _is_picture(entries: Entries, layout: TiffLayout) -> bool:
    """Tags are sorted by their code, the kind of page and the width are among the first."""
    codes = [entry.code for entry in entries[:8]]
    if WIDTH not in codes:
        return False
    if KIND not in codes:
        return True
    kind = struct.unpack_from(f"{layout.order}I", entries[codes.index(KIND)].value)[0]
    return not kind & (_SMALL_COPY | _TRANSPARENCY)


def _segments(stream: IO[bytes], layout: TiffLayout, entries: Entries) -> list[bytes]:
    by_code = {entry.code: entry for entry in entries}
    for offsets, counts in SEGMENTS:
        if offsets in by_code and counts in by_code:
            places = numbers(stream, layout, by_code[offsets])
            lengths = numbers(stream, layout, by_code[counts])
            if len(places) != len(lengths) or sum(lengths) > stream.seek(0, 2):  # parts of which many are the same
                raise damaged()
            return [read_at(stream, place, length) for place, length in zip(places, lengths, strict=True)]
    raise damaged()


def file_of(layout: TiffLayout, entries: Entries, values: dict[int, bytes], segments: Sequence[bytes | None]) -> bytes:
    """A file of one page: head, entries, long values, segments. values: of all entries, by their code; where the
    segments lie is found here. None lies nowhere, see app.images.holes; one without bytes lies between others."""
    size = len(segments) * layout.inline_bytes
    lengths = {code: len(value) for code, value in values.items()}
    if segments:
        lengths |= {offsets: size for offsets, _ in SEGMENTS if offsets in values}
    at = len(layout.head) + struct.calcsize(layout.count) + len(entries) * struct.calcsize(layout.entry)
    at += layout.inline_bytes
    places: dict[int, int] = {}
    for code, length in lengths.items():
        if length > layout.inline_bytes:
            places[code], at = at, at + length + length % 2
    if segments:
        offsets = b"".join(struct.pack(layout.offset, place) for place in _places(at, segments))
        values = values | {code: offsets for code, _ in SEGMENTS if code in values}
    return b"".join(_parts(layout, entries, values, places, segments))


def _parts(
    layout: TiffLayout,
    entries: Entries,
    values: dict[int, bytes],
    places: dict[int, int],
    segments: Sequence[bytes | None],
) -> Iterable[bytes]:
    yield layout.head
    yield struct.pack(layout.count, len(entries))
    for entry in entries:
        value, kind, count = values[entry.code], entry.kind, entry.count
        if segments and entry.code in dict(SEGMENTS):
            kind, count = (LONG8 if layout.is_big else LONG), len(segments)
        stored = struct.pack(layout.offset, places[entry.code]) if entry.code in places else value
        yield struct.pack(layout.entry, entry.code, kind, count, stored.ljust(layout.inline_bytes, b"\0"))
    yield bytes(layout.inline_bytes)
    for code in places:
        yield values[code] + bytes(len(values[code]) % 2)
    for segment in filter(None, segments):
        yield segment + bytes(len(segment) % 2)


def _places(at: int, segments: Sequence[bytes | None]) -> Iterable[int]:
    for segment in segments:
        yield 0 if segment is None else at
        at += 0 if segment is None else len(segment) + len(segment) % 2


def value_of(stream: IO[bytes], layout: TiffLayout, entry: Entry) -> bytes:
    """Problem when it is cut off, or too long to be true."""
    length = entry.count * _BYTES_OF_TYPE.get(entry.kind, 1)
    if length > _MOST_VALUE_BYTES:
        raise damaged()
    if length <= layout.inline_bytes:
        return entry.value[:length]
    return read_at(stream, struct.unpack(layout.offset, entry.value)[0], length)


def numbers(stream: IO[bytes], layout: TiffLayout, entry: Entry) -> tuple[int, ...]:
    """Returns the numbers of an entry."""
    if entry.kind not in _UNSIGNED:
        raise damaged()
    return struct.unpack(f"{layout.order}{entry.count}{_UNSIGNED[entry.kind]}", value_of(stream, layout, entry))


def array_of(stream: IO[bytes], layout: TiffLayout, entry: Entry) -> NDArray[np.int64]:
    """Returns the numbers of an entry, millions of them, as an array (count,)."""
    if entry.kind not in _UNSIGNED:
        raise damaged()
    return np.frombuffer(value_of(stream, layout, entry), f"{layout.order}{_UNSIGNED[entry.kind]}").astype(np.int64)


def _number(stream: IO[bytes], kind: str) -> int:
    return struct.unpack(kind, _read(stream, struct.calcsize(kind)))[0]


def read_at(stream: IO[bytes], offset: int, length: int) -> bytes:
    """Reads so many bytes at an offset; Problem when there are fewer."""
    stream.seek(offset)
    return _read(stream, length)


def _read(stream: IO[bytes], length: int) -> bytes:
    """Problem when there is less."""
    # A length of a stranger may be any: read() would make room for it before it looks
    data = stream.read(length) if length <= _MOST_VALUE_BYTES else _read_long(stream, length)
    if len(data) < length:
        raise damaged()
    return data


def _read_long(stream: IO[bytes], length: int) -> bytes:
    at = stream.tell()
    if length > stream.seek(0, 2) - at:
        raise damaged()
    stream.seek(at)
    return stream.read(length)


def damaged() -> Problem:
    """Returns the Problem of a TIFF file that is damaged."""
    return Problem(say("the picture is damaged or cut off."))
