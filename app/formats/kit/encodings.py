"""Texts of strangers in UTF-8, UTF-16 or UTF-32, as their byte order mark (BOM) or their first bytes tell."""

from __future__ import annotations

import codecs
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from app.partial import temporary_folder
from app.problem import Problem
from app.text import say

MARK = codecs.BOM_UTF8
"""Of the order of bytes; some programs begin a text with it."""
MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, MARK, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENCODINGS = ("utf-32", "utf-32", "utf-8-sig", "utf-16", "utf-16")
_MAX_COPY_BYTES = 1 << 30
_DECLARES_UTF16 = re.compile(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']utf-?16", re.IGNORECASE)


def encoding_of(begin: bytes) -> str:
    """Returns the encoding of a text by its first four bytes: that of its mark, else UTF-16 where every other byte is
    zero, else UTF-8."""
    for mark, encoding in zip(MARKS, _ENCODINGS, strict=True):
        if begin.startswith(mark):
            return encoding
    match [byte == 0 for byte in begin[:2]]:
        case [False, True]:
            return "utf-16-le"
        case [True, False]:
            return "utf-16-be"
        case _:
            return "utf-8"


def text_of(begin: bytes) -> str:
    """Returns the beginning of a text, which may be cut off inside a letter; what is no letter becomes a mark."""
    return begin.decode(encoding_of(begin[:4]), errors="replace").removeprefix("\ufeff")


def xml_encoding(begin: bytes) -> str | None:
    """Returns what a parser of XML is to be told of the encoding; None for what the document declares. Windows writes
    documents that declare another one than they are in, and a mark says more than that."""
    is_marked = encoding_of(begin[:4]) != "utf-8"
    return "utf-8" if is_marked or _DECLARES_UTF16.match(begin) else None  # expat sees UTF-16 by itself


def utf8(data: bytes) -> bytes:
    """Returns the bytes of a text in UTF-8, without a mark. UnicodeDecodeError when it is damaged."""
    encoding = encoding_of(data[:4])
    return data if encoding == "utf-8" else data.decode(encoding).encode()


@contextmanager
def in_utf8(file: Path) -> Generator[Path]:
    """Gives a file to be read in UTF-8: itself, or a copy of its name that is gone at the end. Problem when it cannot
    be copied."""
    encoding = _encoding_in(file)
    if encoding in ("utf-8", "utf-8-sig"):
        yield file
        return
    with temporary_folder() as folder:
        _copy(file, folder / file.name, encoding)
        yield folder / file.name


def _encoding_in(file: Path) -> str:
    """Returns the encoding of a file; of what cannot be read whoever opens it will tell more."""
    try:
        if not file.is_file():  # a pipe would be waited for
            return "utf-8"
        with file.open("rb") as stream:
            return encoding_of(stream.read(4))
    except OSError:
        return "utf-8"


def _copy(file: Path, copy: Path, encoding: str) -> None:
    try:
        if file.stat().st_size > _MAX_COPY_BYTES:
            told = say("{file}: a text in UTF-16 of more than 1 GB is not read; save it as UTF-8.", file=file.name)
            raise Problem(told)
        with file.open(encoding=encoding, newline="") as text, copy.open("w", encoding="utf-8", newline="") as out:
            shutil.copyfileobj(text, out, 1 << 20)
    except UnicodeError as error:
        raise Problem(say("{file}: the file is cut off, or no text in UTF-16.", file=file.name)) from error
    except OSError as error:
        raise Problem(say("{file} cannot be read: {reason}.", file=file.name, reason=error.strerror)) from error
