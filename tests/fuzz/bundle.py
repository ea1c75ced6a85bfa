"""What a target is fed: a few files by name, packed into bytes that a fuzzer can pass around."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TypeAlias

import msgspec

Bundle: TypeAlias = dict[str, bytes]
_MOST_FILES = 40
_LONGEST_NAME = 120


def packed(bundle: Bundle) -> bytes:
    return msgspec.msgpack.encode(bundle)


def unpacked(data: bytes) -> Bundle:
    """Nothing when it is none."""
    try:
        return msgspec.msgpack.decode(data, type=Bundle)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def bundle_of(path: Path) -> Bundle:
    """A file as itself, a folder as what lies below it."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def laid_out(bundle: Bundle, folder: Path) -> None:
    """Writes the files below the folder; those whose names are none there are left out."""
    for name, data in list(bundle.items())[:_MOST_FILES]:
        try:
            if is_name(name):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
        except (OSError, ValueError):
            continue


def is_name(name: str) -> bool:
    """Of a file that is laid below a folder and nowhere else."""
    parts = PurePosixPath(name).parts
    is_inside = bool(parts) and not name.startswith("/") and ".." not in parts
    return is_inside and "\\" not in name and "\0" not in name and len(name) < _LONGEST_NAME
