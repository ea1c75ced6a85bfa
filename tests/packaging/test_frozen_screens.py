"""The frozen program on screens that lack something: an X server, OpenGL, libraries."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from app.paths import resource
from tests.e2e.screen import screen
from tests.e2e.shown import shows_photo
from tests.e2e.wayland import MISSING, compositor
from tests.packaging.frozen import FROZEN, frozen_tests, surroundings

pytestmark = [*frozen_tests, pytest.mark.xdist_group("screen")]
NO_OPENGL = {
    "QT_XCB_GL_INTEGRATION": "none",
    "LIBGL_DRIVERS_PATH": "/nonexistent",
    "__EGL_VENDOR_LIBRARY_DIRS": "/none",
}
_WITHOUT = """
set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work"
found=$(/sbin/ldconfig -p | sed -n 's/.*libEGL.so.1 .*=> //p' | head -1)
test -n "$found"
libraries=$(dirname "$found")
mount -t overlay -o "lowerdir=$libraries,upperdir=$1/upper,workdir=$1/work" none "$libraries"
rm "$libraries"/libEGL.so.1*
shift
exec "$@"
"""
"""Runs a command that finds no libEGL. Its first argument is a folder, which has something else in it meanwhile."""


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "写真 äß"
    folder.mkdir()
    shutil.copy(resource("samples/astronaut.png"), folder)
    return folder


@pytest.mark.skipif(bool(MISSING), reason="weston is missing here (Debian: apt-get install weston)")
def test_a_photo_is_shown_on_wayland(tmp_path, photos):
    with compositor() as wayland:
        env = surroundings(tmp_path, **wayland.env)
        said = shows_photo([FROZEN, "open", photos], env, lambda: wayland.picture("frozen-wayland"))
    assert said == ""


def test_a_photo_is_shown_without_opengl(tmp_path, photos):
    with screen(1440, 900, "-extension", "GLX") as xvfb:
        env = surroundings(tmp_path, DISPLAY=xvfb.env["DISPLAY"], **{**NO_OPENGL, "QT_QPA_PLATFORM": "xcb"})
        said = shows_photo([FROZEN, "open", photos], env, lambda: xvfb.picture("frozen-without-opengl"))
    assert said == ""


@pytest.mark.parametrize(
    ("screen", "told"),
    [
        ({}, "There is no screen: set DISPLAY. All commands but `open` work without one."),
        ({"DISPLAY": ":98765"}, "The screen :98765 cannot be reached: is DISPLAY right?"),
        ({"WAYLAND_DISPLAY": "w"}, "The screen w cannot be reached: is WAYLAND_DISPLAY right?"),
    ],
)
def test_a_screen_that_is_not_there_is_one_sentence(tmp_path, screen, told):
    env = surroundings(tmp_path, QT_QPA_PLATFORM="", XDG_RUNTIME_DIR=str(tmp_path), **screen)
    done = subprocess.run([FROZEN, "open"], env=env, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{told}\n")


@pytest.mark.parametrize("platform", ["xcb", "wayland"])
def test_a_library_that_the_system_lacks_is_named_with_its_package(tmp_path, platform):
    entered = ["unshare", "--mount", "sh", "-c", _WITHOUT, "sh", str(tmp_path)]
    if subprocess.run([*entered, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no library can be hidden here: that takes root, overlays and libEGL")
    env = surroundings(tmp_path, QT_QPA_PLATFORM=platform, DISPLAY=":98765", WAYLAND_DISPLAY="w")
    done = subprocess.run([*entered, FROZEN, "open"], env=env, capture_output=True, text=True, check=False, timeout=120)
    advice = "On Debian or Ubuntu: sudo apt-get install libegl1"
    told = f"The window needs libraries that are missing: libEGL.so.1. {advice}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)
