"""What a worker is at, in memory that it shares with whoever watches it; and what was found, in files."""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

_HEAD = struct.Struct("<QQQQ")
"""The number of the run, 0 between two; the bytes of its input; the resident bytes of the process before it; the number
of runs so far."""
_BYTES = 4 << 20


class Desk:
    def __init__(self, memory: mmap.mmap, folder: Path) -> None:
        self._memory = memory
        self._folder = folder
        self._runs = 0

    @classmethod
    def made(cls, file: Path) -> Desk:
        """A new one; findings go into the folder the file lies in."""
        file.write_bytes(bytes(_HEAD.size + _BYTES))
        return cls.opened(file)

    @classmethod
    def opened(cls, file: Path) -> Desk:
        with file.open("r+b") as stream:
            return cls(mmap.mmap(stream.fileno(), 0), file.parent)

    def begin(self, data: bytes) -> None:
        """Input for the next run."""
        self._runs += 1
        kept = data[:_BYTES]
        self._memory[_HEAD.size : _HEAD.size + len(kept)] = kept
        _HEAD.pack_into(self._memory, 0, self._runs, len(kept), resident_bytes("self"), self._runs)

    def end(self) -> None:
        _HEAD.pack_into(self._memory, 0, 0, 0, 0, self._runs)

    @property
    def run(self) -> int:
        """0 when none is going on."""
        return _HEAD.unpack_from(self._memory)[0]

    @property
    def runs(self) -> int:
        """Begun so far."""
        return _HEAD.unpack_from(self._memory)[3]

    @property
    def input(self) -> bytes:
        length = _HEAD.unpack_from(self._memory)[1]
        return self._memory[_HEAD.size : _HEAD.size + length]

    @property
    def base_bytes(self) -> int:
        """Resident before the run."""
        return _HEAD.unpack_from(self._memory)[2]

    def note(self, name: str, data: bytes, text: str) -> None:
        """A finding: its input, and what happened."""
        (self._folder / f"{name}.bundle").write_bytes(data)
        (self._folder / f"{name}.txt").write_text(text, encoding="utf-8", errors="replace")


def resident_bytes(process: int | str) -> int:
    """Of its memory; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
