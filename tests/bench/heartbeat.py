"""Does the window keep breathing? A 10 ms timer on the GUI thread while an image is encoded and clicked on 50 times."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.bench.driver import program, until, wait

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

BEAT_MS = 10
CLICKS = 50
PHOTO = (4000, 3000)


def main() -> None:
    """Prints the longest gap in milliseconds. A process of its own: the figure is of a fresh window."""
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        save_photo(photos / "one.jpg")
        save_photo(photos / "two.jpg")
        with program(Path(folder) / "home") as window:
            window.open_path(photos)
            print(f"{_longest_gap(window):.1f}")


def save_photo(path: Path, *, shade: int = 0) -> None:
    """A 12-megapixel picture with something in it, darker by that."""
    small = Image.open(Path(__file__).parents[2] / "resources/samples/astronaut.png").convert("RGB")
    pixels = np.asarray(small.resize(PHOTO, Image.Resampling.BICUBIC))
    Image.fromarray(np.maximum(pixels, shade) - np.uint8(shade)).save(path, quality=90)


def _longest_gap(window: MainWindow) -> float:
    from PySide6.QtCore import QTimer

    until(lambda: window.workspace is not None and window.workspace.session.place.is_encoded)
    beats: list[float] = []
    timer = QTimer(interval=BEAT_MS)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    session = window.workspace.session
    random = np.random.default_rng(0)
    timer.start()
    session.navigation.next(+1)  # decoded, shown and encoded while the heart beats
    until(lambda: session.place.is_encoded and window.workspace.canvas.has_image)
    for _ in range(CLICKS):
        session.editor.point(float(random.uniform(0, PHOTO[0])), float(random.uniform(0, PHOTO[1])))
        wait(60)
    until(lambda: not session.editor.is_waiting)
    timer.stop()
    return float(np.diff(beats).max() * 1000)


if __name__ == "__main__":
    main()
