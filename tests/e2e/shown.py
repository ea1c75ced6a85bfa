"""Whether a program shows a photo on a screen, whatever kind of screen that is."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.e2e.screen import wait_for

_PATIENCE_S = 120
_ORANGE = (150, 30, 10), (255, 110, 70)
"""Between these is the suit of the astronaut, and nothing else on a screen."""
_LEAST = 10_000
"""Of its pixels."""


def shows_photo(command: Sequence[str | Path], env: Mapping[str, str], picture: Callable[[], Path]) -> str:
    """Starts a program, waits until the photo of the astronaut is on the screen, and ends it politely.

    Args:
        command: Opens a folder whose first image is resources/samples/astronaut.png.
        env: All of the program's environment.
        picture: Takes a picture of the screen.

    Returns:
        What the program printed.
    """
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        try:
            wait_for(lambda: _has_suit(picture()) or program.poll() is not None, _PATIENCE_S, "the photo is not shown")
            program.send_signal(signal.SIGTERM)
            said, _ = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode == 0, said
    return said


def _has_suit(picture: Path) -> bool:
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    low, high = (np.array(colour) for colour in _ORANGE)
    return int(((pixels >= low) & (pixels <= high)).all(axis=2).sum()) > _LEAST
