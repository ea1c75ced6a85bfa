"""What the program remembers between starts. A damaged file is as good as none, and kept aside: the start never fails
by it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app import paths, private
from app.masks.snapping import MOST_BAND_PX
from app.paths import config_dir
from app.problem import Problem
from app.sam import address
from app.text import LANGUAGE_NAMES, languages, say
from app.ui.keymap_files import DEFAULT_PRESET, presets
from app.ui.setting import Line, OneOf, Range, Setting, Switch

_RECENT_KEPT = 6
_MAX_BYTES = 1 << 20
_CANVAS, _LABELLING, _WINDOW, _DISK = (
    say("Masks on the canvas"),
    say("Labelling"),
    say("The window"),
    say("Disk and network"),
)


def _schemes() -> dict[str, str]:
    return {"system": say("As the system"), "dark": say("Dark"), "light": say("Light")}


def _languages() -> dict[str, str]:
    return {"system": say("As the system")} | {each: LANGUAGE_NAMES.get(each, each) for each in languages()}


def _check_folder(folder: str) -> None:
    """Problem for a path that depends on where the program was started, or that is a file."""
    if folder and not Path(folder).is_absolute():
        raise Problem(say("Give the whole path of a folder."))
    if Path(folder).is_file():
        raise Problem(say("There is a file of this name: give a folder."))


def _check_mirror(mirror: str) -> None:
    if mirror:
        address.check_mirror(mirror)


class Settings:
    """The settings, each of them an attribute, and what else is kept between starts.

    Values may be asked for on any thread; they are changed on the GUI thread.
    """

    opacity = Setting(
        "opacity",
        Range(5, 100, step=5, unit=" %"),
        40.0,
        say("Opacity of masks"),
        say("How much of the image masks cover."),
        _CANVAS,
    )
    contour_width = Setting(
        "contour_width",
        Range(50, 400, step=25, unit=" %"),
        100.0,
        say("Width of outlines"),
        say("100 % is just thick enough for most screens."),
        _CANVAS,
    )
    preview = Setting(
        "preview",
        Switch(),
        True,
        say("Preview under the mouse"),
        say("Shows the mask that a click would give."),
        _LABELLING,
    )
    closeups = Setting(
        "closeups",
        Switch(),
        True,
        say("Close-ups"),
        say("Looks more closely at small things while you are zoomed in."),
        _LABELLING,
    )
    usual_level = Setting(
        "usual_level",
        Switch(),
        True,
        say("Part or whole as usual"),
        say("Puts the candidate first that the last objects of the class were: a part, the whole, its surroundings."),
        _LABELLING,
    )
    crosshair_step = Setting(
        "crosshair_step",
        Range(1, 64, unit=" px"),
        8.0,
        say("Step of the crosshair"),
        say(
            "How far {key:crosshair.right} moves it on the screen, at every zoom; {key:crosshair.right_far} moves it "
            "eight times as far."
        ),
        _LABELLING,
    )
    speck_percent = Setting(
        "speck_percent",
        Range(0.1, 100, step=0.5, decimals=1, unit=" %"),
        1.0,
        say("Small holes and islands"),
        say("Holes are filled and islands dropped up to this part of their object."),
        _LABELLING,
    )
    snap_band = Setting(
        "snap_band",
        Range(0, MOST_BAND_PX, unit=" px", least_means=say("By the size of the image")),
        0.0,
        say("Reach of snapping"),
        say("So far from the outline edges are looked for, in pixels of the image; where a mask is thin, less far."),
        _LABELLING,
    )
    class_overlap = Setting(
        "class_overlap",
        Range(1, 100, step=5, unit=" %"),
        20.0,
        say("Overlap of classes"),
        say("The check tells objects of different classes that share so much of the smaller one."),
        _LABELLING,
    )
    scheme = Setting("scheme", OneOf(_schemes), "system", say("Theme"), say("Dark or light."), _WINDOW)
    language = Setting(
        "language",
        OneOf(_languages),
        "system",
        say("Language"),
        say("The language of menus and messages."),
        _WINDOW,
        after_restart=True,
    )
    keymap = Setting(
        "keymap",
        OneOf(presets),
        DEFAULT_PRESET,
        say("Keys"),
        say("Keys that you know from another program. Your own keymap.toml comes on top of them."),
        _WINDOW,
    )
    embeddings_gb = Setting(
        "embeddings_gb",
        Range(0, 1e6, step=0.5, decimals=1, unit=" GB"),
        2.0,
        say("Disk for prepared images"),
        say("What the model made of images is kept, so that they open at once. The oldest goes when it is full."),
        _DISK,
    )
    models_dir = Setting(
        "models_dir",
        Line(say("the folder of the program's data"), folder=True),
        "",
        say("Folder of models"),
        say("Where downloaded and imported models lie. Models in the old folder are not moved."),
        _DISK,
        check=_check_folder,
    )
    mirror = Setting(
        "mirror",
        Line("https://example.org/models"),
        "",
        say("Mirror for downloads"),
        say("Models are fetched from here instead of the official places."),
        _DISK,
        check=_check_mirror,
    )
    model = Setting("model", Line(), "starter")
    runtime = Setting("runtime", Line(), "")
    """One of sam.runtime; "" for the best of this machine."""

    def __init__(self, *, only_read: bool = False) -> None:
        """Reads the settings. only_read: nothing is made or moved in their folder."""
        self.path = config_dir() / "maskwright.ini"
        self.kept_aside = None if only_read else _kept_aside(self.path)
        """Where a file lies that was no settings file, if there was one."""
        if not only_read:
            with suppress(OSError):
                private.make_folder(self.path.parent)
                private.create(self.path)  # Qt would let everybody read it
        self._file = QSettings(str(self.path), QSettings.Format.IniFormat)
        self._values = {setting.name: self._read(setting) for setting in self.all()}
        self._listeners: list[tuple[tuple[str, ...], Callable[[str], object]]] = []

    @classmethod
    def all(cls) -> tuple[Setting, ...]:
        """Every setting, in the order of the dialog."""
        return tuple(setting for setting in vars(cls).values() if isinstance(setting, Setting))

    def _read(self, setting: Setting) -> object:
        value = self._file.value(setting.name)
        return setting.default if value is None else setting.type.read(str(value), setting.default)

    def value(self, name: str) -> object:
        """The value of the setting of that name."""
        return self._values[name]

    def change(self, name: str, value: object) -> None:
        """Keeps a value and tells those who asked. Raises Problem when it cannot be; then all is as it was."""
        setting = next(setting for setting in self.all() if setting.name == name)
        setting.check(value)
        before, self._values[name] = self._values[name], value
        self._file.setValue(name, setting.type.write(value))
        if value != before:
            for names, do in self._listeners:
                if not names or name in names:
                    do(name)

    def on(self, *names: str, do: Callable[[str], object]) -> None:
        """Calls `do` with the name of each of these settings that changes; of any, when none is named."""
        self._listeners.append((names, do))

    def off(self, do: Callable[[str], object]) -> None:
        """No longer calls `do`."""
        self._listeners = [listener for listener in self._listeners if listener[1] != do]

    def use_places(self) -> None:
        """Puts the folder of models and the mirror in force, for this process."""
        paths.use_models_dir(Path(self.models_dir) if self.models_dir else None)
        address.use_mirror(self.mirror)

    @property
    def are_kept(self) -> bool:
        """False when they are forgotten at the end: the file cannot be read or written."""
        return self._file.status() == QSettings.Status.NoError and self._file.isWritable()

    @property
    def embedding_bytes(self) -> int:
        """How much of the disk embeddings may take."""
        return int(self.embeddings_gb * 2**30)

    def recent(self) -> list[Path]:
        """Projects opened last, newest first; whether they are there is not looked for: that may take long."""
        return [Path(str(name)) for name in self._recent_names() if name]

    def _recent_names(self) -> list[object]:
        value = self._file.value("recent", [])
        return [value] if isinstance(value, str) else value if isinstance(value, list) else []

    def add_recent(self, project: Path) -> None:
        """Puts a project first among those opened last. Those on a drive or server that is away stay."""
        others = [str(name) for name in self._recent_names() if str(name) != str(project)]
        self._file.setValue("recent", [str(project), *others][:_RECENT_KEPT])

    @property
    def left_open(self) -> Path | None:
        """The project that was open when the program was killed; None after it was closed. It may be gone."""
        name = str(self._file.value("open_project", "") or "")
        return Path(name) if name else None

    def note_open(self, project: Path | None) -> None:
        """Notes on the disk, at once, which project is open; None for none."""
        name = str(project or "")
        if name != str(self._file.value("open_project", "")):
            self._file.setValue("open_project", name)
            self._file.sync()

    def layout(self, name: str) -> QByteArray | None:
        """The saved geometry of a window or the state of a splitter. None when there is none."""
        value = self._file.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else None

    def save_layout(self, name: str, value: QByteArray) -> None:
        """Keeps the geometry of a window or the state of a splitter."""
        self._file.setValue(f"layout/{name}", value)


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
