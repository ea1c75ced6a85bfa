"""A glance at a file or folder of a stranger, which tells its format: the first bytes and names, never all of it.

Nothing here raises: what cannot be read looks like nothing. A file of a hundred gigabytes and a folder of a million
files take no longer than small ones.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias
from xml.parsers import expat

from app.formats.kit.encodings import text_of, xml_encoding

HEAD_BYTES = 1 << 18
"""So much of the beginning of a file is looked at."""
_WINDOWS, _WINDOW_BYTES = 8, 1 << 16
"""Places spread over a file where a word is looked for, the end among them."""
_MOST_ENTRIES = 10_000
"""Names of a folder, with all that is below it."""
_MOST_DEPTH = 200
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"|["{}\[\]:]', re.DOTALL)
Kind: TypeAlias = Literal["list", "object", "value"]


@dataclass
class Member:
    """What stands under one key of a JSON object."""

    kind: Kind = "value"
    keys: set[str] = field(default_factory=set[str])
    """Those of the object, or of the objects in the list, as far as it was looked at."""


@dataclass(frozen=True)
class JsonGlance:
    """The beginning of a file that is one JSON object."""

    members: dict[str, Member]
    is_whole: bool
    """Whether the end of the object was seen: what is not among the members is not there."""

    def has_list(self, key: str) -> bool:
        """Tells whether a list stands under that key."""
        return key in self.members and self.members[key].kind == "list"

    def has_object(self, key: str) -> bool:
        """Tells whether an object stands under that key."""
        return key in self.members and self.members[key].kind == "object"

    def keys_in(self, key: str) -> set[str]:
        """Returns the keys of the object, or of the objects in the list, that stands under that key."""
        return self.members[key].keys if key in self.members else set()


@dataclass(frozen=True)
class XmlGlance:
    """The beginning of a file of XML."""

    root: str
    children: frozenset[str]
    """The tags that stand directly in the root, as far as it was looked at."""


def head(file: Path, size: int = HEAD_BYTES) -> bytes:
    """Returns the first bytes of a file; nothing when it is none or cannot be read."""
    with suppress(OSError):
        if file.is_file():  # a pipe would be waited for
            with file.open("rb") as stream:
                return stream.read(size)
    return b""


def first_lines(file: Path, most: int = 20) -> list[str]:
    """Returns the first lines of a text that are not empty; nothing when it is none in UTF-8 or UTF-16."""
    begin = head(file)
    text = text_of(begin)
    if len(begin) == HEAD_BYTES:  # the last line may be cut, and a letter in it
        text = text.rpartition("\n")[0]
    return [] if "\ufffd" in text else list(islice(filter(str.strip, text.splitlines()), most))


def says(file: Path, word: bytes) -> bool:
    """Tells whether the word stands in one of some places spread over the file: a record that all lists of a kind are
    full of is seen so wherever they lie."""
    with suppress(OSError):
        size = file.stat().st_size if file.is_file() else 0
        if size:
            rest = max(size - _WINDOW_BYTES, 0)
            with file.open("rb") as stream:
                for place in sorted({rest * number // (_WINDOWS - 1) for number in range(_WINDOWS)}):
                    stream.seek(place)
                    if word in stream.read(_WINDOW_BYTES):
                        return True
    return False


def json_glance(file: Path) -> JsonGlance | None:
    """Returns what the beginning of a file of JSON tells; None when it is no JSON object."""
    text = text_of(head(file))
    if not text.lstrip().startswith("{"):
        return None
    members: dict[str, Member] = {}
    return JsonGlance(members, _fill(members, text))


def first_object_keys(file: Path) -> set[str]:
    """Returns the keys of the first objects of a file that is one JSON list; nothing when it is none."""
    begin = text_of(head(file))
    if not begin.lstrip().startswith("["):
        return set()
    members: dict[str, Member] = {}
    _fill(members, f'{{"list":{begin}')
    return members["list"].keys


def _fill(members: dict[str, Member], text: str) -> bool:
    """Whether the end of the object was reached."""
    nested: list[str] = []
    last = key = ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == '"' or len(nested) > _MOST_DEPTH:  # cut off inside a string
            return False
        if token[0] == '"':
            last = match[1]
        elif token == ":" and len(nested) == 1:
            key = last
            members[key] = Member()
        elif token == ":" and nested[1:] in (["{"], ["[", "{"]):
            members[key].keys.add(last)
        elif token in "{[":
            if len(nested) == 1 and key in members:
                members[key].kind = "list" if token == "[" else "object"
            nested.append(token)
        elif token in "}]":
            nested.pop()
            if not nested:
                return True
    return False


def xml_glance(file: Path) -> XmlGlance | None:
    """Returns what the beginning of a file of XML tells; None when it is none, or declares what readers refuse."""
    begin = head(file)
    if not text_of(begin[:100]).lstrip().startswith("<"):
        return None
    nested: list[str] = []
    seen: list[str] = []

    def start(tag: str, _attributes: object) -> None:
        if len(nested) < 2:
            seen.append(tag)
        nested.append(tag)

    parser = expat.ParserCreate(xml_encoding(begin))
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _tag: nested.pop()
    parser.StartDoctypeDeclHandler = _refuse
    with suppress(expat.ExpatError, ValueError, LookupError):  # what was seen before counts
        parser.Parse(begin, False)
    return XmlGlance(seen[0], frozenset(seen[1:])) if seen else None


def _refuse(*_declared: object) -> None:
    raise ValueError


def first_files(folder: Path, *ends: str, most: int = 3) -> list[Path]:
    """Returns some files below a folder whose names end so (ends: in small letters), the nearest first. Links to
    folders and what is hidden are passed over, and so is all behind the first 10,000 names."""
    return list(islice((path for path in _below(folder) if path.name.lower().endswith(ends)), most))


def _below(folder: Path) -> Iterator[Path]:
    folders, left = deque([folder]), _MOST_ENTRIES
    while folders and left > 0:
        entries: list[os.DirEntry[str]] = []
        with suppress(OSError), os.scandir(folders.popleft()) as scanned:
            entries = sorted(islice(scanned, left), key=lambda entry: entry.name)
        left -= len(entries)
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)
