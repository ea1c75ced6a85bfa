"""Files of strangers as bytes, JSON and lists of files: bounded, and every fault one sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import msgspec

from app.formats.kit.encodings import MARK, utf8
from app.formats.kit.report import Report
from app.problem import Problem
from app.project.links import leads_unseen, way_out
from app.project.records import Json
from app.project.scan import natural_path
from app.text import say

MAX_BYTES = 256 << 20
"""Of a file about one image."""
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on what is no JSON."""
_STRING_OR_NOT_A_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*+"|-?(?:NaN|Infinity)')
_T = TypeVar("_T")


def read_bytes(file: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Reads a file, without a byte order mark. Problem when it cannot be read, or has more than max_bytes."""
    with open_bytes(file) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > max_bytes:
            raise Problem(
                say(
                    "{file}: the file has {sized}; the limit is {sized_2}.",
                    file=file.name,
                    sized=sized(size),
                    sized_2=sized(max_bytes),
                )
            )
        return stream.read(size).removeprefix(MARK)  # of max_bytes, Python would make room for all of them


@contextmanager
def open_bytes(file: Path) -> Generator[BinaryIO]:
    """Opens a file to be read. Problem when it cannot be, now or inside the block."""
    try:
        if file.exists() and not file.is_file():  # a pipe would be waited for
            raise Problem(say("{file} is not a file.", file=file))
        with file.open("rb") as stream:
            yield stream
    except OSError as error:
        raise Problem(say("{file} cannot be read: {reason}.", file=file, reason=error.strerror)) from error


def sized(size_bytes: int) -> str:
    """Returns a size as people read it: 1.5 GB, 12 MB, 0.3 MB."""
    if size_bytes < 2**20:
        return say("{size_bytes:.1f} MB", size_bytes=max(size_bytes / 2**20, 0.1))
    return (
        say("{size_bytes:.1f} GB", size_bytes=size_bytes / 2**30)
        if size_bytes >= 2**30
        else say("{size_bytes:.0f} MB", size_bytes=size_bytes / 2**20)
    )


def read_text(file: Path, max_bytes: int = MAX_BYTES) -> str:
    """Reads a text in UTF-8, UTF-16 or UTF-32. Problem as read_bytes, or when it is none."""
    try:
        return utf8(read_bytes(file, max_bytes)).decode()
    except UnicodeDecodeError as error:
        raise Problem(say("{file}: the file is damaged or no text in UTF-8.", file=file.name)) from error


def read_object(file: Path, max_bytes: int = MAX_BYTES) -> Json:
    """Reads a file that is one object of JSON. Problem as read_bytes, or when it is none."""
    data = read_bytes(file, max_bytes)
    try:
        return decode_json(utf8(data), dict[str, Any])
    except msgspec.ValidationError as error:
        raise Problem(say("{file}: the file is not an object of JSON.", file=file.name)) from error
    except UNDECODABLE as error:
        raise Problem(
            say("{file}: the file is cut off, damaged or not JSON: {error}.", file=file.name, error=error)
        ) from error


def decode_json(data: bytes | msgspec.Raw, kind: type[_T]) -> _T:
    """Decodes JSON to that kind, with Python's NaN as null. Raises one of UNDECODABLE when it is none."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        data = bytes(data)
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        # Python's json writes NaN, which is no JSON; where it stands the record is wrong, not the file
        return msgspec.json.decode(_STRING_OR_NOT_A_NUMBER.sub(_null, data), type=kind)


def _null(match: re.Match[bytes]) -> bytes:
    return match[0] if match[0].startswith(b'"') else b"null"


def objects_in(value: object) -> list[Json]:
    """Returns what a list of JSON holds of objects; nothing when it is no list."""
    return [cast(Json, item) for item in items_in(value) if isinstance(item, dict)]


def items_in(value: object) -> list[object]:
    """Returns what a list of JSON holds; nothing when it is no list."""
    return cast(list[object], value) if isinstance(value, list) else []


def items_under(item: Json, key_name: str, file: str) -> list[object]:
    """Returns what a list under a key holds; nothing when there is no such key. file: that the item is in. Problem when
    what stands there is no list."""
    value = item.get(key_name, [])
    if not isinstance(value, list):
        raise Problem(say("{file}: what it has as {key_name} is no list.", file=file, key_name=key_name))
    return cast(list[object], value)


def object_of(item: object) -> Json:
    """Returns the item, which must be an object of JSON. Problem when it is none."""
    if not isinstance(item, dict):
        raise Problem(say("it is not an object of JSON."))
    return cast(Json, item)


def others(item: Json, *known: str) -> Json:
    """Returns the keys we have no place for, to be kept."""
    return {key: value for key, value in item.items() if key not in known}


def files_below(folder: Path, *suffixes: str, report: Report, within: str = "") -> list[str]:
    """Lists the files below a folder that end so, in natural order, as relative paths with forward slashes. within: a
    folder in it to look in, which they are relative to. What is hidden is passed over, and links to folders inside it.
    Links that lead out, folders that cannot be read and names that are no text are told to the report. Problem when it
    is no folder."""
    top = folder / within
    if not top.is_dir():
        raise Problem(say("{folder} is not a folder.", folder=top))
    if within and way_out(folder, top) is not None:
        report.leave_out(_leads_out(within, folder), of="file")
        return []
    found: list[str] = []
    for parent, folders, names in os.walk(
        top, onerror=lambda error: report.leave_out(_unread(error, folder), of="file")
    ):
        inside = Path(parent).relative_to(top)
        folders[:] = [n for n in folders if not n.startswith(".") and _is_followed(folder, Path(parent, n), report)]
        names = [name for name in names if name.lower().endswith(suffixes) and not name.startswith(".")]
        found += [(inside / name).as_posix() for name in names if _is_text(name, report)]
    return sorted(found, key=natural_path())


def _is_followed(folder: Path, path: Path, report: Report) -> bool:
    """Whether what lies in the folder at path is to be looked at; if not, and it is not seen elsewhere, it is told."""
    if not _is_text(path.name, report):
        return False
    if path.is_symlink() and leads_unseen(folder, path):
        file = path.relative_to(folder).as_posix()
        hidden = say("{file}: a link to what is hidden in {folder} is not followed.", file=file, folder=folder.name)
        report.leave_out(hidden if way_out(folder, path) is None else _leads_out(file, folder), of="file")
    return True  # os.walk goes into no link


def _leads_out(file: str, folder: Path) -> str:
    return say("{file}: a link that leads out of {folder} is not followed.", file=file, folder=folder.name)


def _unread(error: OSError, folder: Path) -> str:
    path = os.path.relpath(error.filename or folder, folder)
    return say("{path}: the folder cannot be read: {reason}.", path=path, reason=error.strerror)


def below(folder: Path, file: str) -> Path:
    """Returns the path of a file in a folder. Problem when a link leads out of it."""
    path = folder / file
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise Problem(_leads_out(file, folder))
    return path


def _is_text(name: str, report: Report) -> bool:
    """Bytes of an old disk that are not UTF-8 can stand in no sentence, nor in a project."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode(errors="replace")
        report.leave_out(say("{shown}: a name that is no text in UTF-8 cannot be read.", shown=shown), of="file")
        return False
    return True
