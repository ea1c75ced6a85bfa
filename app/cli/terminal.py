"""Output on any terminal: what is printed never ends a command, nor changes its exit status.

A letter that the terminal has no sign for (cp1252, ascii) is printed as \\u732b; a pipe that ended (`| head`) and a
stream that was closed get nothing. Only a disk that is full is a Problem, since the answer is not there.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO, cast

from app.problem import Problem
from app.text import say

_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class Output:
    """A stream for text that goes on when nobody listens any more. In all else it is the stream that it stands for."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Writes a text. Problem when the disk is full."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._end(error)
            return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes lines, as `write` does."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hands on what was written. Problem when the disk is full."""
        try:
            self._stream.flush()
        except OSError as error:
            self._end(error)

    def _end(self, error: OSError) -> None:
        """What is still to come, and what Python writes when it ends, goes nowhere."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        if error.errno in _FULL:
            raise Problem(say("The output cannot be written: {reason}.", reason=error.strerror)) from error


def prepare() -> None:
    """Makes stdout and stderr take whatever is printed."""
    for name in ("stdout", "stderr"):
        stream: TextIO | Output | None = getattr(sys, name)
        if isinstance(stream, Output):
            continue
        if stream is None:  # closed, or a window without a console: the next file would get its number
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  as long as the program runs
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, cast(TextIO, Output(stream)))


def finish() -> None:
    """Hands on what was printed, while it can still be told that this failed. Problem when the disk is full."""
    sys.stdout.flush()
    sys.stderr.flush()
