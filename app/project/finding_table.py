"""What the check found, as it is in the project file, and what was said to it: open, mended, or fine as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal, TypeAlias, get_args

import msgspec

from app.masks.rle import Mask
from app.masks.validity import FaultKind
from app.project.open_file import OpenFile
from app.project.tables.stored_json import dump, parse
from app.text import english, recalled

FindingState: TypeAlias = Literal["open", "mended", "fine"]
FindingKey: TypeAlias = tuple[FaultKind, tuple[int, ...], str]
"""Kind, objects and digest of their masks: a check that is run again finds the same finding again."""
_COLUMNS = ("id", "kind", "image_id", "objects", "masks", "sentence", "state")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM finding"  # noqa: S608
_READ = f"""SELECT f.*, coalesce(image.path, 'image ' || image_id) AS image
FROM ({_SELECT} WHERE length(objects) < 100000) f LEFT JOIN image ON image.id = f.image_id ORDER BY f.id"""  # noqa: S608
_INSERT = f"INSERT INTO finding ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608


@dataclass(frozen=True)
class Finding:
    """One thing that is worth a look."""

    image: str
    """Its path in the project."""
    objects: tuple[int, ...]
    """Their ids."""
    kind: FaultKind
    sentence: str
    image_id: int = field(default=0, compare=False)
    masks: str = field(default="", compare=False)
    """The digest of the masks of its objects."""
    state: FindingState = field(default="open", compare=False)
    id: int = field(default=0, compare=False)
    """In the project file; 0 when it is not there."""

    @property
    def key(self) -> FindingKey:
        """Tells it from others, as long as the masks of its objects are the same."""
        return self.kind, self.objects, self.masks


def digest(masks: Iterable[Mask]) -> str:
    """Returns 16 letters that are others as soon as one of the masks is."""
    hashed = sha256()
    for mask in masks:
        hashed.update(f"{mask.size} {mask.counts} ".encode(errors="surrogatepass"))
    return hashed.hexdigest()[:16]


class FindingTable:
    """The findings of the last check of a project."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def all(self) -> list[Finding]:
        """Returns the findings of the last check, with what was said to them since."""
        return [each for each in self._file.all(_finding_of, _READ) if each is not None]

    def fine(self) -> set[FindingKey]:
        """Returns the keys of what somebody called fine."""
        return {each.key for each in self.all() if each.state == "fine"}

    def replace(self, found: Sequence[Finding]) -> list[Finding]:
        """Writes these instead of those of the check before, and returns them with their ids. A project that cannot be
        written gets none of them."""
        if self._file.read_only_reason:
            return list(found)
        kept = [replace(each, id=n) for n, each in enumerate(found, 1)]
        with self._file.transaction():
            self._file.db.execute("DELETE FROM finding")
            self._file.db.executemany(_INSERT, (_values(each) for each in kept))
        return kept

    def note(self, changed: Sequence[Finding]) -> None:
        """Writes the states of these, and the digests they are about. Not undoable: it can be said otherwise again."""
        known = [each for each in changed if each.id]
        if known and not self._file.read_only_reason:
            with self._file.transaction():
                self._file.db.executemany(
                    "UPDATE finding SET state = ?, masks = ?, sentence = ? WHERE id = ?",
                    [(each.state, each.masks, english(each.sentence), each.id) for each in known],
                )


def copy_readable(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copies what can be read of the findings of a damaged project."""
    with suppress(sqlite3.Error, UnicodeError):
        for row in old.execute(_READ):
            if _finding_of(row) is not None:
                new.execute(_INSERT, [row[column] for column in _COLUMNS])


def _finding_of(row: sqlite3.Row) -> Finding | None:
    """None for what is none of ours."""
    try:
        objects = parse(row["objects"], tuple[int, ...])
    except msgspec.DecodeError:
        return None
    kind, state = row["kind"], row["state"]
    if kind not in get_args(FaultKind) or state not in get_args(FindingState):
        return None
    if not objects and kind != "replaced":
        return None
    return Finding(
        row["image"], objects, kind, recalled(row["sentence"]), row["image_id"], row["masks"], state, row["id"]
    )


def _values(each: Finding) -> tuple[object, ...]:
    return each.id, each.kind, each.image_id, dump(each.objects), each.masks, english(each.sentence), each.state
