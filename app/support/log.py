"""The log of the window: a file that rotates, in which names stand apart from the words of the program.

A line is `time LEVEL logger: words<TAB>["names", ...]`. The words are ours; whatever came from outside (paths, names of
classes, what the system said) stands behind the tab, as JSON, so that a report can leave it out by cutting the line
there. Exceptions of every thread, warnings of Python and messages of Qt land in it; what ended the process at once lies
in a file of its own (app/support/crashes.py).
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from traceback import extract_tb, format_exception
from typing import Any

from app import private
from app.paths import logs_dir
from app.text import Sentence

MOST_BYTES = 1_000_000
KEPT = 3
"""Older files of the log, each of so many bytes at most."""
NAMES = "\t"
"""What stands between the words of a line and its names."""
PLAIN = "maskwright.log"
_OURS = ("app", "maskwright")
_UNKNOWN = "…"
_LINES = "lines"
"""What a record is given besides: lines that stand below it."""
_log = logging.getLogger("app.support.log")


def log_file() -> Path:
    """Returns the path of the log, which may not be there."""
    return logs_dir() / PLAIN


@contextmanager
def kept_log() -> Generator[None]:
    """Logs into the file while the block runs. Without a folder that can be written to, only the terminal hears."""
    root = logging.getLogger()
    handlers = [_terminal(), *_file()]
    level, thread_hook = root.level, threading.excepthook
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed
    try:
        yield
    finally:
        threading.excepthook = thread_hook
        logging.captureWarnings(False)
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _terminal() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    return handler


def _file() -> list[logging.Handler]:
    try:
        private.make_folder(logs_dir())
        handler = LogFile(log_file(), maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8")
    except OSError:
        return []
    handler.setFormatter(ApartFormatter())
    return [handler]


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """An exception that ended a thread of ours, or of a library."""
    if failed.exc_value is None or failed.exc_type is SystemExit:
        return
    name = failed.thread.name if failed.thread is not None else "?"
    _tell(failed.exc_value, logging.CRITICAL, "the thread %s ended", Word(name))


class Word(str):
    """A word of the program among the arguments of a line: no name of anybody's."""

    __slots__ = ()


class LogFile(RotatingFileHandler):
    """The file, for its owner alone. A disk that is full, or another window that has it open where the system forbids
    to rename it then, costs lines and nothing else."""

    def _open(self) -> Any:
        path = self.baseFilename
        return open(path, self.mode, encoding="utf-8", errors="backslashreplace", opener=private.opener)

    def rotate(self, source: str, dest: str) -> None:
        """Renames the file to one of the older ones."""
        with suppress(OSError):
            super().rotate(source, dest)

    def close(self) -> None:
        """Closes the file; what a full disk did not take is lost."""
        with suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A line that cannot be written is lost: nobody can be told but through the log."""


class ApartFormatter(logging.Formatter):
    """Writes words and names of a line apart."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line, and those of an exception below it."""
        words, names = self._apart(record)
        head = f"{self.formatTime(record)} {record.levelname} {record.name}: "
        lines = [_line(head + words, names)]
        if record.exc_info and record.exc_info[1] is not None:
            lines += exception_lines(record.exc_info[1])
        lines += getattr(record, _LINES, [])
        return "\n".join(lines)

    def _apart(self, record: logging.LogRecord) -> tuple[str, list[str]]:
        if record.name.partition(".")[0] not in _OURS:  # its words may hold anything
            return _UNKNOWN, [record.getMessage()]
        arguments = record.args if isinstance(record.args, Mapping) else tuple(record.args or ())
        named = arguments if isinstance(arguments, Mapping) else dict(enumerate(arguments))
        names: list[str] = []
        bare = {key: _bare(value, names) for key, value in named.items()}
        try:
            filled = bare if isinstance(arguments, Mapping) else tuple(bare.values())
            return (record.msg % filled if filled else str(record.msg)), names
        except (TypeError, ValueError, KeyError):
            return _UNKNOWN, [record.getMessage()]


def _bare(value: object, names: list[str]) -> object:
    """What of an argument is the program's own; the rest goes to the names."""
    if value is None or isinstance(value, (bool, int, float, Enum, type, Word)):
        return value
    names.append(str(value))
    if isinstance(value, Sentence):
        return value.key
    return type(value).__name__ if isinstance(value, BaseException) else _UNKNOWN


def exception_lines(error: BaseException) -> list[str]:
    """Returns where an exception was raised, and what it says as a name. What caused it comes first."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = exception_lines(cause) if cause is not None and cause is not error else []
    for frame in extract_tb(error.__traceback__):
        lines.append(f"    {shortened_path(frame.filename)}:{frame.lineno} in {frame.name}")
    names = [str(error)] if str(error) else []
    return [*lines, _line(f"    {type(error).__name__}:", names)]


def shortened_path(file: str) -> str:
    """Returns the path of a file of code from the package on: nothing of where it is installed."""
    parts = Path(file.replace("\\", "/")).parts
    for root in ("site-packages", "app"):
        if root in parts:
            at = len(parts) - 1 - parts[::-1].index(root)
            return "/".join(parts[at + (root == "site-packages") :])
    return parts[-1] if parts else file


def _line(words: str, names: list[str]) -> str:
    words = words.replace(NAMES, " ").replace("\n", " ")
    return f"{words}{NAMES}{json.dumps(names, ensure_ascii=False)}" if names else words


def log_exception(error: BaseException) -> None:
    """Writes down an exception that nobody expected, and prints it."""
    _tell(error, logging.ERROR, "an exception nobody expected")


def _tell(error: BaseException, level: int, words: str, *arguments: object) -> None:
    """The exception itself goes to no record: its frames hold what was at hand, as a project that is closed."""
    with suppress(OSError, ValueError):
        sys.stderr.write("".join(format_exception(error)))
    _log.log(level, words, *arguments, extra={_LINES: exception_lines(error)})
