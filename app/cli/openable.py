"""Whether a window can be opened here: where Qt would end the process with an abort, the person reads a sentence."""

from __future__ import annotations

import ctypes
import os
import sys
from time import sleep

from app.cli.screen import NO_SCREEN, XCB_PLUGIN, library_advice, missing_libraries, qt_folder
from app.problem import Problem
from app.text import say

_PAUSES_S = (0, 0.2, 0.8)
"""Before it is asked again: a session that just begins has a screen in a moment."""


def refuse_without_screen() -> None:
    """Raises a Problem when Qt would find no screen, or not the libraries that it needs for one. Linux only."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if sys.platform != "linux" or platform not in ("", "xcb"):
        return
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if not platform and wayland:
        return
    if not display:
        raise Problem(NO_SCREEN)
    _load_plugin()
    if not any(_answers_after(pause) for pause in _PAUSES_S):
        raise Problem(say("The screen {display} cannot be reached: is DISPLAY right?", display=display))


def _load_plugin() -> None:
    """What the linker does not find is missing for Qt too."""
    qt = qt_folder()
    if qt is None or not (qt / XCB_PLUGIN).is_file():
        return
    try:
        ctypes.CDLL(str(qt / XCB_PLUGIN))
    except OSError as error:
        missing = missing_libraries() or [str(error).partition(":")[0]]
        told = say("The window needs libraries that are missing: {missing}.", missing=", ".join(missing))
        raise Problem(f"{told} {library_advice(missing)}") from error


def _answers_after(pause_s: float) -> bool:
    sleep(pause_s)
    return _answers()


def _answers() -> bool:
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
