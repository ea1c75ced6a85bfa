"""What is known whatever the disk says: what reading an image told, the class that was chosen, who has it open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.problem import Problem
from app.project.open_file import OpenFile
from app.project.rows import write_setting


class Deferred:
    """Writes that may come later. What cannot be written just now, because the disk is full or another program writes,
    is kept in memory, where it counts, until `save` finds a better moment."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self.images: dict[int, dict[str, Any]] = {}
        """Columns that are not in the file yet, by the id of the image."""
        self.settings: dict[str, Any] = {}
        """Settings that are not in the file yet, by key."""
        self.reason = ""
        """Why it could not be written the last time, in a sentence or two; "" when it could."""

    @property
    def any(self) -> bool:
        """True if something is not in the file yet."""
        return bool(self.images or self.settings)

    def note_image(self, image_id: int, found: Mapping[str, Any]) -> None:
        """Writes columns of an image, now or later."""
        self.images.setdefault(image_id, {}).update(found)
        self.save()

    def note_setting(self, key: str, value: Any) -> None:
        """Writes a setting, now or later."""
        self.settings[key] = value
        self.save()

    def save(self) -> bool:
        """Tries to write all of it; returns whether it is in the file."""
        if not self.any:
            return True
        try:
            with self._file.transaction():
                self._write()
        except Problem as problem:
            self.reason = str(problem)
            return False
        self.forget()
        return True

    def forget(self) -> None:
        """Drops what could not be written."""
        self.images, self.settings, self.reason = {}, {}, ""

    def _write(self) -> None:
        for image_id, found in self.images.items():
            assignments = ", ".join(f"{key} = :{key}" for key in found)
            self._file.db.execute(f"UPDATE image SET {assignments} WHERE id = :id", {**found, "id": image_id})  # noqa: S608
        for key, value in self.settings.items():
            write_setting(self._file.db, key, value)
