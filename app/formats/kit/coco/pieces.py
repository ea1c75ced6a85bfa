"""JSON that is larger than memory, piece by piece. Only what is looked at is held, at most MAX_VALUE_BYTES."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from msgspec import Raw

from app.formats.kit.files import UNDECODABLE, decode_json
from app.problem import Problem
from app.text import say

MAX_VALUE_BYTES = 64 << 20
"""Of one record, or of one value that is no list of records."""
PIECE_BYTES = 1 << 20
"""What is read at once."""
_TAIL = 1 << 16
"""At the end of a piece, where a border between two objects is looked for, at most _TRIES times."""
_TRIES = 8
_BORDER = re.compile(r"\}[ \t\r\n]*+,[ \t\r\n]*+\{")
_SPACE = re.compile(r"[ \t\r\n]*+")
_COMMA = re.compile(r"[ \t\r\n]*+,[ \t\r\n]*+")


def _nothing(_text: object) -> None:
    """Numbers and objects are only passed over."""


_END_OF = json.JSONDecoder(
    object_pairs_hook=_nothing, parse_int=_nothing, parse_float=_nothing, parse_constant=_nothing
).raw_decode


class BrokenError(Exception):
    """This is no JSON, or its end is missing."""


class Cursor:
    """A place in a file of JSON. BrokenError where it is none."""

    def __init__(self, stream: BinaryIO, offset: int = 0) -> None:
        self._stream = stream
        stream.seek(offset)
        self._start = offset
        """In the file, of what is held."""
        self._text = ""
        """One character a byte: the structure of JSON is ASCII, and a border never lies inside a letter."""
        self._at = 0

    @property
    def offset(self) -> int:
        """How far it is in the file, in bytes."""
        return self._start + self._at

    def next(self) -> str:
        """Looks at the next character that is no space, which stays; "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._read_on():
                return self._text[self._at : self._at + 1]

    def take(self, allowed: str) -> str:
        """Takes the next character, which must be one of those."""
        found = self.next()
        if not found or found not in allowed:
            raise BrokenError(
                say("one of {signs} is missing at byte {offset}", signs=" ".join(allowed), offset=self.offset)
            )
        self._at += 1
        return found

    def value(self) -> Raw:
        """Takes the next value, whatever it is. Problem when it is too large."""
        self.next()
        while True:
            try:
                _, end = _END_OF(self._text, self._at)
                if end < len(self._text) or not self._read_on():  # 12 may go on as 123
                    return self._taken(end)
            except (ValueError, RecursionError) as error:
                if not self._read_on():
                    raise BrokenError(say("what begins at byte {offset} is no value", offset=self.offset)) from error

    def pieces(self) -> Iterator[list[Raw]]:
        """Yields the values of the list that begins here, some at a time."""
        self.take("[")
        if self.next() == "]":
            self.take("]")
            return
        while True:
            if len(self._text) - self._at < PIECE_BYTES:
                self._read_on()
            yield self._objects() or self._values()
            if self.take(",]") == "]":
                return

    def _objects(self) -> list[Raw]:
        """Reads the whole objects in memory but the last one; none when the end of that is not found quickly."""
        self.next()
        borders = _BORDER.finditer(self._text, max(self._at, len(self._text) - _TAIL))
        for border in [*borders][: -_TRIES - 1 : -1]:
            end = border.start() + 1
            with suppress(*UNDECODABLE):
                # a prefix that is a list is one whose end is a border between two of its values
                found = decode_json(f"[{self._text[self._at : end]}]".encode("latin-1"), list[Raw])
                self._at = end
                return found
        return []

    def _values(self) -> list[Raw]:
        """The next one, and those that are held whole behind it."""
        found = [self.value()]
        while comma := _COMMA.match(self._text, self._at):
            try:
                _, end = _END_OF(self._text, comma.end())
            except (ValueError, RecursionError):
                break
            if end == len(self._text):
                break
            self._at = comma.end()
            found.append(self._taken(end))
        return found

    def _taken(self, end: int) -> Raw:
        text = self._text[self._at : end]
        self._at = end
        return Raw(text.encode("latin-1"))

    def _read_on(self) -> bool:
        """Twice as much when much is held already: no value is looked at more than twice. False at the end."""
        held = len(self._text) - self._at
        if held > MAX_VALUE_BYTES:
            raise Problem(
                say("a single value of it has more than {max_value_bytes} MB.", max_value_bytes=MAX_VALUE_BYTES >> 20)
            )
        more = self._stream.read(max(PIECE_BYTES, held))
        self._text = self._text[self._at :] + more.decode("latin-1")
        self._start += self._at
        self._at = 0
        return bool(more)
