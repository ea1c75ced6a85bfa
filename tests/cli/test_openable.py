"""Where no window can be opened the person reads a sentence, and Qt does not get to abort."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli import openable
from app.cli.screen import window_checks
from app.problem import Problem

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.fixture(autouse=True)
def no_screen(monkeypatch):
    for name in SCREEN:
        monkeypatch.delenv(name, raising=False)


def test_without_a_screen_it_is_said():
    surroundings = {name: value for name, value in os.environ.items() if name not in SCREEN}
    done = subprocess.run(
        [sys.executable, "-m", "app", "open"], capture_output=True, text=True, env=surroundings, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr == "There is no screen: set DISPLAY. All commands but `open` work without one.\n"


def test_a_screen_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":98765")
    with pytest.raises(Problem, match="The screen :98765 cannot be reached: is DISPLAY right"):
        openable.refuse_without_screen()


@pytest.mark.parametrize("platform", ["", "wayland"])
def test_a_compositor_that_does_not_answer_is_named(monkeypatch, tmp_path, platform):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-98765")
    with pytest.raises(Problem, match="The screen wayland-98765 cannot be reached: is WAYLAND_DISPLAY right"):
        openable.refuse_without_screen()


def test_doctor_names_what_does_not_answer(monkeypatch):
    surroundings = {"QT_QPA_PLATFORM": "wayland", "WAYLAND_DISPLAY": "wayland-98765", "DISPLAY": ":0"}
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    *_, check = window_checks()
    assert not check.ok
    assert check.advice == "The screen wayland-98765 cannot be reached: is WAYLAND_DISPLAY right?"


def test_a_library_that_is_missing_is_named_with_its_package(monkeypatch, tmp_path):
    """As on a Debian without libxcb-cursor0: the linker looks for a library that is not there."""
    [folder] = importlib.util.find_spec("PySide6").submodule_search_locations
    plugin = tmp_path / "Qt/plugins/platforms/libqxcb.so"
    plugin.parent.mkdir(parents=True)
    data = (Path(folder) / "Qt/plugins/platforms/libqxcb.so").read_bytes()
    (tmp_path / "Qt/lib").symlink_to(Path(folder) / "Qt/lib")
    needed = b"libxcb-cursor.so.0\0"
    assert needed in data
    plugin.write_bytes(data.replace(needed, b"libxcb-kursor.so.0\0"))
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: found)
    monkeypatch.setenv("DISPLAY", ":98765")
    told = r"libraries that are missing: libxcb-kursor.so.0\. .*apt-get install libxcb-kursor0$"
    with pytest.raises(Problem, match=told):
        openable.refuse_without_screen()


def test_with_another_platform_nothing_is_asked(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    openable.refuse_without_screen()
