"""The sha-256 of model files, remembered between starts: ViT-H has 2.5 GB, which takes seconds to hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from app import private
from app.atomic import replacing
from app.paths import cache_dir
from app.problem import Problem

_CHUNK = 1 << 20


def sha256_of(path: Path, on_progress: Callable[[float], None] | None = None) -> str:
    """Read anew whenever its size or time of change differ from the last time. OSError as from open()."""
    status = path.stat()
    stamp = (str(path.absolute()), status.st_size, status.st_mtime_ns)
    remembered = _remembered()
    for entry in remembered:
        if entry[:3] == stamp:
            return entry[3]
    digest = digest_of(path, on_progress)
    _remember([*(e for e in remembered if e[0] != stamp[0]), (*stamp, digest)])
    return digest


def forget(path: Path) -> None:
    """The next look reads the file again, whatever its time of change says."""
    _remember([e for e in _remembered() if e[0] != str(path.absolute())])


def digest_of(path: Path, on_progress: Callable[[float], None] | None = None) -> str:
    """The sha-256 of what the file holds now; nothing is remembered. OSError as from open()."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if on_progress is not None and size:
                on_progress(min(done / size, 1.0))
    return digest.hexdigest()


_Entry = tuple[str, int, int, str]
"""path, bytes, time of change in ns, sha-256"""


def _remembered() -> list[_Entry]:
    try:
        return msgspec.json.decode(_memory().read_bytes(), type=list[_Entry])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return []


def _remember(entries: list[_Entry]) -> None:
    """Best effort: without it the next start is slower, nothing else."""
    memory = _memory()
    with suppress(OSError, Problem):
        private.make_folder(memory.parent)
        with replacing(memory, durable=False) as file:
            file.write(msgspec.json.encode(entries))


def _memory() -> Path:
    return cache_dir() / "checksums.json"
