"""The window on a real compositor of Wayland, where there is no X server."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from app.paths import resource
from tests.e2e.screen import ROOT
from tests.e2e.shown import shows_photo
from tests.e2e.wayland import MISSING, compositor


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING), reason="weston is missing here (Debian: apt-get install weston)")
def test_a_photo_is_shown_on_wayland(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(resource("samples/astronaut.png"), photos)
    with compositor() as screen:
        env = {**os.environ, **screen.env, "PYTHONPATH": str(ROOT)}
        env.pop("DISPLAY", None)
        said = shows_photo([sys.executable, "-m", "app", "open", photos], env, lambda: screen.picture("wayland"))
    assert said == ""
