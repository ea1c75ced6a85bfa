"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from app import private
from app.partial import partial_of
from app.paths import is_own
from app.problem import Problem
from app.text import say


@contextmanager
def replacing(file: Path, *, durable: bool = True) -> Generator[BinaryIO]:
    """What is written takes the place of file when the block ends well; otherwise the old file stays as it was.
    durable: it is on the disk then, whatever the machine does. Problem when it cannot be written."""
    part = partial_of(file)
    try:
        if is_own(file):
            private.create(part)
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        part.replace(file)
        if durable:
            with suppress(OSError):  # the file itself is on the disk; its name comes with the next flush
                flush_folder(file.parent)
    except OSError as error:
        raise Problem(say("{file} cannot be written: {reason}.", file=file, reason=error.strerror)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def flush(file: Path) -> None:
    """Waits until what was written to a file is on the disk, whatever the machine does then. OSError when it cannot
    be."""
    _flush(file, os.O_RDWR)


def flush_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk, so that a power cut takes no rename back. OSError when they
    cannot be. Windows has no such thing."""
    if os.name != "nt":
        _flush(folder, os.O_RDONLY)


def _flush(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
