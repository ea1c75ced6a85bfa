"""What is known whatever the disk says: what reading an image told, the class that was chosen, who has it open."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from app.problem import Problem
from app.project.connection import sentences
from app.project.records import ImageRecord
from app.project.rows import dump, parse
from app.project.write_queue import Writer

_FOUND = {"width", "height", "content_hash", "size_bytes", "mtime_ns"}


@dataclass
class Notes:
    """That are not in the file yet."""

    images: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    why: str = ""
    """The sentence of the last try."""

    @property
    def any(self) -> bool:
        return bool(self.images or self.settings)


class Noting(ABC):
    """The part of a Project that notes it. What cannot be written just now, because the disk is full or another program
    writes, is kept in memory, where it counts, until `save_notes` finds a better moment."""

    path: Path
    _db: sqlite3.Connection
    _writer: Writer
    _notes: Notes

    @property
    @abstractmethod
    def read_only(self) -> bool: ...

    @abstractmethod
    def setting(self, key: str, default: Any = None) -> Any: ...

    @abstractmethod
    def _image_table(self) -> dict[int, ImageRecord]:
        """By id."""

    def note_image(self, image_id: int, **found: Any) -> None:
        """What reading the file told: width, height, content_hash, size_bytes, mtime_ns. Not undoable, being true."""
        if found.keys() - _FOUND:
            raise TypeError(f"An image has no {', '.join(found.keys() - _FOUND)}.")
        table = self._image_table()
        before, table[image_id] = table[image_id], replace(table[image_id], **found)
        if table[image_id] != before and not self.read_only:
            self._notes.images.setdefault(image_id, {}).update(found)
            self.save_notes()

    def keep_setting(self, key: str, value: Any) -> None:
        """As set_setting, for what is not worth a Problem."""
        if not self.read_only and self.setting(key) != value:
            self._notes.settings[key] = value
            self.save_notes()

    def note_later(self, known: Mapping[str, Any]) -> None:
        """As keep_setting, with the next `save_notes`."""
        self._notes.settings |= {key: value for key, value in known.items() if self.setting(key) != value}

    @property
    def unsaved(self) -> str:
        """Why it could not be written the last time, in a sentence or two; "" when it could."""
        return self._notes.why

    @property
    def has_unsaved(self) -> bool:
        """Whether something noted is not in the file yet."""
        return self._notes.any

    def save_notes(self) -> bool:
        """Whether all that was noted is in the file."""
        if not self._notes.any:
            return True
        try:
            with sentences(self.path), self._writer.transaction():
                self._write_notes()
        except Problem as problem:
            self._notes.why = str(problem)
            return False
        self._notes = Notes()
        return True

    def _write_notes(self) -> None:
        for image_id, found in self._notes.images.items():
            assignments = ", ".join(f"{key} = :{key}" for key in found)
            self._db.execute(f"UPDATE image SET {assignments} WHERE id = :id", {**found, "id": image_id})  # noqa: S608
        for key, value in self._notes.settings.items():
            write_setting(self._db, key, value)

    def _with_notes(self, table: dict[int, ImageRecord]) -> dict[int, ImageRecord]:
        """table: as it is in the file."""
        known = {image_id: found for image_id, found in self._notes.images.items() if image_id in table}
        if not known:
            return table
        return table | {image_id: replace(table[image_id], **found) for image_id, found in known.items()}


def read_setting(db: sqlite3.Connection, key: str, default: Any) -> Any:
    row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return default if row is None else parse(row["value"])


def write_setting(db: sqlite3.Connection, key: str, value: Any) -> None:
    upsert = "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    db.execute(upsert, (key, dump(value)))
