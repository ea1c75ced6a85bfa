"""What the program remembers between starts. A damaged file is as good as none, and kept aside: the start never fails
by it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app import private
from app.paths import config_dir

_RECENT_KEPT = 6
_EMBEDDINGS_GB, _MAX_GB = 2.0, 1e6
_MAX_BYTES = 1 << 20


class Settings:
    def __init__(self) -> None:
        self.path = config_dir() / "maskwright.ini"
        self.kept_aside = _kept_aside(self.path)
        """Where a file lies that was no settings file, if there was one."""
        with suppress(OSError):
            private.make_folder(self.path.parent)
            private.create(self.path)  # Qt would let everybody read it
        self._file = QSettings(str(self.path), QSettings.Format.IniFormat)
        self._runtime = str(self._file.value("runtime", ""))

    @property
    def are_kept(self) -> bool:
        """False when they are forgotten at the end: the file cannot be read or written."""
        return self._file.status() == QSettings.Status.NoError and self._file.isWritable()

    @property
    def scheme(self) -> str:
        """ "dark", "light" or "system"."""
        return str(self._file.value("scheme", "system"))

    @scheme.setter
    def scheme(self, value: str) -> None:
        self._file.setValue("scheme", value)

    @property
    def model(self) -> str:
        return str(self._file.value("model", "starter"))

    @model.setter
    def model(self, value: str) -> None:
        self._file.setValue("model", value)

    @property
    def runtime(self) -> str:
        """Of sam.runtime; "" for the best of this machine. May be asked on any thread."""
        return self._runtime

    @runtime.setter
    def runtime(self, value: str) -> None:
        self._runtime = value
        self._file.setValue("runtime", value)

    @property
    def preview(self) -> bool:
        """Whether the mask under the mouse is shown before a click."""
        return self._is_on("preview")

    @preview.setter
    def preview(self, value: bool) -> None:
        self._switch("preview", value)

    @property
    def closeups(self) -> bool:
        """Whether small things are looked at more closely."""
        return self._is_on("closeups")

    @closeups.setter
    def closeups(self, value: bool) -> None:
        self._switch("closeups", value)

    @property
    def embedding_bytes(self) -> int:
        """How much of the disk embeddings may take."""
        try:
            gigabytes = float(str(self._file.value("embeddings_gb", _EMBEDDINGS_GB)))
        except ValueError:
            gigabytes = _EMBEDDINGS_GB
        return int((gigabytes if 0 <= gigabytes <= _MAX_GB else _EMBEDDINGS_GB) * 2**30)

    def recent(self) -> list[Path]:
        """Projects opened last, newest first; those that are gone are left out."""
        value = self._file.value("recent", [])
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(name) for name in names if Path(str(name)).is_file()]

    def add_recent(self, project: Path) -> None:
        others = [str(path) for path in self.recent() if path != project]
        self._file.setValue("recent", [str(project), *others][:_RECENT_KEPT])

    def layout(self, name: str) -> QByteArray | None:
        """The saved geometry of a window or the state of a splitter."""
        value = self._file.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else None

    def save_layout(self, name: str, value: QByteArray) -> None:
        self._file.setValue(f"layout/{name}", value)

    def _is_on(self, name: str) -> bool:
        return str(self._file.value(name, "on")) != "off"

    def _switch(self, name: str, on: bool) -> None:
        self._file.setValue(name, "on" if on else "off")


def _kept_aside(path: Path) -> Path | None:
    """Qt would take anything for settings, find none in it, and write its own over it."""
    with suppress(OSError):
        if path.is_file() and not _is_settings(path):
            aside = path.with_name(f"{path.stem} (damaged){path.suffix}")
            path.replace(aside)
            return aside
    return None


def _is_settings(path: Path) -> bool:
    """Sections, comments, and lines that set something."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_BYTES + 1)
    except UnicodeDecodeError:
        return False
    lines = (line.strip() for line in text.splitlines())
    is_told = all(not line or line[0] in "[;#" or "=" in line for line in lines)
    return is_told and len(text) <= _MAX_BYTES and "\0" not in text
