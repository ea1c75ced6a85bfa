"""What ended the program at once: a fault in a library, an abort of Qt. The next start tells of it, once."""

from __future__ import annotations

import faulthandler
import os
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app import private
from app.paths import logs_dir
from app.support.log import shortened_path

_LIVE, _LAST = "crash {pid}.txt", "last crash.txt"
_MOST_BYTES = 200_000
_FRAME = re.compile(r'File "(?P<file>[^"\n]*)"')


@contextmanager
def watched_for_crashes() -> Generator[None]:
    """Writes the stacks of all threads down when the process ends by a fault while the block runs."""
    path = logs_dir() / _LIVE.format(pid=os.getpid())
    try:
        private.make_folder(path.parent)
        file = open(path, "w", encoding="utf-8", opener=private.opener)  # noqa: SIM115  as long as it runs
    except OSError:
        yield
        return
    with file:
        faulthandler.enable(file, all_threads=True)
        try:
            yield
        finally:
            faulthandler.disable()
    with suppress(OSError):
        path.unlink()


def take_crash() -> bool:
    """Returns whether an earlier run ended by a fault that nobody was told of; it is kept for a report, and told no
    more."""
    found = False
    for path in _left_over():
        with suppress(OSError):
            if path.stat().st_size:
                path.replace(logs_dir() / _LAST)
                found = True
            else:
                path.unlink()
    return found


def last_crash() -> str:
    """Returns the stacks of the last crash, with paths of code from the package on; "" when there was none."""
    with suppress(OSError), (logs_dir() / _LAST).open("rb") as file:
        text = file.read(_MOST_BYTES).decode("utf-8", "replace")
        return _FRAME.sub(lambda found: f'File "{shortened_path(found["file"])}"', text)
    return ""


def _left_over() -> Iterator[Path]:
    """Yields the files of runs that are over, the oldest first."""
    with suppress(OSError):
        paths = sorted(logs_dir().glob(_LIVE.format(pid="*")), key=lambda path: path.stat().st_mtime)
        yield from (path for path in paths if not _runs(path))


def _runs(path: Path) -> bool:
    pid = path.stem.partition(" ")[2]
    if not pid.isdecimal() or int(pid) == os.getpid():
        return pid.isdecimal()
    if os.name == "nt":  # the file of one that runs cannot be renamed or removed there
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's has the number now, or it is none
        return False
    return True
