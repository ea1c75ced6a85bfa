"""What a report does not keep in memory: in a temporary file, so that the full list of a million things can be had."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

import msgspec

_IN_MEMORY = 1 << 20
"""Bytes; what is more goes to the disk."""


class Overflow:
    """Lines of two words: what was lost ("" of a problem), and where (of a problem, its sentence)."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def add(self, what: str, place: str) -> None:
        """Keeps a line."""
        if self._file is None:
            self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  as long as the report is there
            weakref.finalize(self, self._file.close)
        self._file.write(msgspec.json.encode((what, str(place))) + b"\n")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yields the lines in their order, also while there come more."""
        at = 0
        while self._file is not None:
            self._file.seek(at)
            line = self._file.readline()
            at = self._file.tell()
            self._file.seek(0, 2)
            if not line:
                return
            yield msgspec.json.decode(line, type=tuple[str, str])
