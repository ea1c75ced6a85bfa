"""Whether a window can be opened here: where Qt would end the process with an abort, the person reads a sentence."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

from app.cli.screen import (
    NO_SCREEN,
    WAYLAND_PLUGIN,
    XCB_PLUGIN,
    library_advice,
    missing_libraries,
    qt_folder,
    unreached,
)
from app.problem import Problem
from app.text import say

_PAUSES_S = (0, 0.2, 0.8)
"""Before it is asked again: a session that just begins has a screen in a moment."""


@dataclass(frozen=True)
class _Server:
    """What shows windows: an X server, or a compositor of Wayland."""

    platform: str
    """What Qt calls it."""
    variable: str
    """Of the environment: names the one in use."""
    usual: str
    """The one in use where the variable is not set and Qt is told to take this platform; "" where there is none."""
    plugin: str
    answers: Callable[[], bool]

    def display(self, platform: str) -> str:
        """Returns the name of the one that Qt would ask; "" when it would ask none."""
        return os.environ.get(self.variable) or (self.usual if platform == self.platform else "")

    def refuse(self, display: str) -> None:
        """Raises a Problem when it does not let us in, or Qt lacks libraries for it."""
        _load_plugin(self.plugin)
        for pause in _PAUSES_S:
            sleep(pause)
            if self.answers():
                return
        raise Problem(unreached(self.variable, display))


def refuse_without_screen() -> None:
    """Raises a Problem when Qt would find no screen, or not the libraries that it needs for one. Linux only."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if sys.platform != "linux" or platform not in ("", *(server.platform for server in _SERVERS)):
        return
    named = [server for server in _SERVERS if platform in ("", server.platform) and server.display(platform)]
    refused = Problem(NO_SCREEN)
    for server in reversed(named):
        try:
            server.refuse(server.display(platform))
        except Problem as problem:
            refused = problem
        else:
            return
    raise refused


def _load_plugin(plugin: str) -> None:
    """What the linker does not find is missing for Qt too."""
    qt = qt_folder()
    if qt is None or not (qt / plugin).is_file():
        return
    try:
        ctypes.CDLL(str(qt / plugin))
    except OSError as error:
        reason = error.__cause__ or error  # in a frozen program PyInstaller puts an error of its own before it
        missing = missing_libraries(plugin) or [str(reason).partition(":")[0]]
        told = say("The window needs libraries that are missing: {missing}.", missing=", ".join(missing))
        raise Problem(f"{told} {library_advice(missing)}") from error


def _x_answers() -> bool:
    """Whether the X server lets us in. True where that cannot be asked."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    try:
        return xcb.xcb_connection_has_error(connection) == 0
    finally:
        xcb.xcb_disconnect(connection)


def _wayland_answers() -> bool:
    """Whether the compositor lets us in. True where that cannot be asked: a socket that was handed on can be used
    once."""
    if "WAYLAND_SOCKET" in os.environ:
        return True
    try:
        wayland = ctypes.CDLL("libwayland-client.so.0")
    except OSError:
        return True
    wayland.wl_display_connect.restype = ctypes.c_void_p
    wayland.wl_display_connect.argtypes = [ctypes.c_char_p]
    wayland.wl_display_disconnect.argtypes = [ctypes.c_void_p]
    connection = wayland.wl_display_connect(None)
    if connection:
        wayland.wl_display_disconnect(connection)
    return bool(connection)


_SERVERS = (
    _Server("xcb", "DISPLAY", "", XCB_PLUGIN, _x_answers),
    _Server("wayland", "WAYLAND_DISPLAY", "wayland-0", WAYLAND_PLUGIN, _wayland_answers),
)
"""Qt takes the last one that answers."""
