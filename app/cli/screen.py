"""Does Qt start on this screen? Asked in a process of its own: Qt ends the process when it finds no screen."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from app.cli.checks import Check, reinstall_advice
from app.support.own_program import own_command, own_environment
from app.text import say

COMMAND = "start-qt"
"""The hidden command of the other process."""
NO_SCREEN = say("There is no screen: set DISPLAY. All commands but `open` work without one.")
XCB_PLUGIN = "plugins/platforms/libqxcb.so"
WAYLAND_PLUGIN = "plugins/platforms/libqwayland.so"
"""What opens windows on X11, and on Wayland, below Qt's folder."""
_UNREACHED = {"could not connect to display": "DISPLAY", "Failed to create wl_display": "WAYLAND_DISPLAY"}
"""What Qt says when nothing answers, and the variable that names what it asked."""
_PATIENCE_S = 60


def start_qt() -> None:
    """Starts Qt and prints its version, the platform it runs on and the size of the screen."""
    import PySide6
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication([])
    width = (screen.geometry().width() for screen in app.screens()[:1])
    print(PySide6.__version__, app.platformName(), *width)


def has_screen() -> bool:
    """Returns whether there may be a screen for a window."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(os.environ.get(name) for name in names)


def window_checks() -> Iterator[Check]:
    """Tells what Qt's window lacks here, or what it runs on."""
    missing = missing_libraries()
    if missing:
        yield Check(
            say("Qt libraries"), False, say("missing: {missing}", missing=", ".join(missing)), library_advice(missing)
        )
    try:
        done = subprocess.run(
            own_command(COMMAND), capture_output=True, text=True, errors="replace", check=False, timeout=_PATIENCE_S,
            env=own_environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        yield Check("Qt", False, say("it does not start"), _screen_advice(""))
        return
    if done.returncode == 0:
        version, platform, *_ = done.stdout.split()
        yield Check("Qt", True, say("PySide6 {version}, platform {platform}", version=version, platform=platform))
        return
    lines = [line for line in done.stderr.splitlines() if line.strip()] or [say("it does not start")]
    yield Check("Qt", False, lines[0], _screen_advice(done.stderr))


def qt_folder() -> Path | None:
    """Returns where Qt lies, without importing it; None when it is not installed."""
    spec = importlib.util.find_spec("PySide6")
    return Path(spec.submodule_search_locations[0]) / "Qt" if spec and spec.submodule_search_locations else None


def missing_libraries(plugin: str = XCB_PLUGIN) -> list[str]:
    """Returns what the dynamic linker does not find for Qt's window. Linux only; elsewhere the wheels bring
    everything."""
    if sys.platform != "linux":
        return []
    qt = qt_folder()
    if qt is None:
        return []
    files = [qt / plugin, qt / "lib/libQt6Gui.so.6", qt / "lib/libQt6XcbQpa.so.6"]
    listed = [_linked(file) for file in files if file.is_file()]
    return sorted({line.split()[0] for text in listed for line in text.splitlines() if "not found" in line})


def _linked(file: Path) -> str:
    try:
        return subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:  # musl and small systems have none
        return ""


def library_advice(missing: list[str]) -> str:
    """Debian names the package after the library: libxcb-cursor.so.0 -> libxcb-cursor0."""
    packages = {"libglib2.0-0" if "-2.0.so" in name else _package(name) for name in missing}  # glib and gthread
    return say("On Debian or Ubuntu: sudo apt-get install {packages}", packages=" ".join(sorted(packages)))


def _package(library: str) -> str:
    """A number at the end of the name is kept apart: libdbus-1.so.3 -> libdbus-1-3."""
    stem, _, number = library.lower().partition(".so.")
    return f"{stem}-{number}" if stem[-1:].isdigit() else f"{stem}{number}"


def unreached(variable: str, display: str) -> str:
    """Returns the sentence of a screen that does not answer. variable: of the environment, which names it."""
    return say("The screen {display} cannot be reached: is {variable} right?", display=display, variable=variable)


def _screen_advice(said: str) -> str:
    """What helps where Qt does not start. said: by Qt."""
    asked = [variable for mark, variable in _UNREACHED.items() if mark in said]
    named = [variable for variable in asked or _UNREACHED.values() if os.environ.get(variable)]
    if sys.platform == "linux" and not named:
        return NO_SCREEN
    return unreached(named[0], os.environ[named[0]]) if asked else reinstall_advice("PySide6-Essentials")
