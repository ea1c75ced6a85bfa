"""The settings of a project: a value that JSON holds for each key. They are not undoable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.project.connection import sentences
from app.project.deferred import Deferred
from app.project.open_file import OpenFile
from app.project.rows import read_setting, setting_keys, write_setting


class ProjectSettings:
    """Reads and writes the settings of one project."""

    def __init__(self, file: OpenFile, deferred: Deferred) -> None:
        self._file, self._deferred = file, deferred

    def get(self, key: str, default: Any = None) -> Any:
        """Returns the value of the key, or the default when it was never set."""
        if key in self._deferred.settings:
            return self._deferred.settings[key]
        with sentences(self._file.path):
            return read_setting(self._file.db, key, default)

    def keys(self, beginning: str) -> set[str]:
        """Returns the keys that begin so and have a value other than None."""
        with sentences(self._file.path):
            keys = setting_keys(self._file.db, beginning)
        for key, value in self._deferred.settings.items():
            if key.startswith(beginning):
                (keys.discard if value is None else keys.add)(key)
        return keys

    def set(self, key: str, value: Any) -> None:
        """Writes the value. Nothing happens in a read-only project; Problem when it cannot be written."""
        if self._file.read_only_reason or self.get(key) == value:
            return
        with self._file.transaction():
            write_setting(self._file.db, key, value)

    def keep(self, key: str, value: Any) -> None:
        """Writes the value now or later, for what is not worth a Problem."""
        if not self._file.read_only_reason and self.get(key) != value:
            self._deferred.note_setting(key, value)

    def keep_later(self, known: Mapping[str, Any]) -> None:
        """Notes these values, to be written with whatever is written next."""
        self._deferred.settings |= {key: value for key, value in known.items() if self.get(key) != value}
