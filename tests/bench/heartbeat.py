"""Does the window keep breathing? A 10 ms timer on the GUI thread while an image is encoded and clicked on 50 times."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

BEAT_MS = 10
CLICKS = 50
PHOTO = (4000, 3000)


def main() -> None:
    """Prints the longest gap in milliseconds. A process of its own: the figure is of a fresh window."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MASKWRIGHT_HOME"] = str(Path(folder) / "home")
        photos = Path(folder) / "photos"
        photos.mkdir()
        save_photo(photos / "one.jpg")
        save_photo(photos / "two.jpg")
        print(f"{_longest_gap(photos):.1f}")


def save_photo(path: Path, *, shade: int = 0) -> None:
    """A 12-megapixel picture with something in it, darker by that."""
    small = Image.open(Path(__file__).parents[2] / "resources/samples/astronaut.png").convert("RGB")
    pixels = np.asarray(small.resize(PHOTO, Image.Resampling.BICUBIC))
    Image.fromarray(np.maximum(pixels, shade) - np.uint8(shade)).save(path, quality=90)


def _longest_gap(photos: Path) -> float:
    from PySide6.QtCore import QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from app.ui import theme
    from app.ui.bridge import GarbageCollector
    from app.ui.settings import Settings
    from app.ui.start import SWITCH_INTERVAL_S, assembled

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = QApplication(sys.argv[:1])
    theme.apply(app)
    collector = GarbageCollector(app)
    with assembled(Settings()) as window:
        window.model.loaded.connect(collector.freeze)
        window.resize(1280, 800)
        window.show()
        window.open_path(photos)
        _until(lambda: window.workspace is not None and window.workspace.session.is_encoded)
        beats: list[float] = []
        timer = QTimer(interval=BEAT_MS)
        timer.timeout.connect(lambda: beats.append(time.perf_counter()))
        session = window.workspace.session
        random = np.random.default_rng(0)
        timer.start()
        session.next_image(+1)  # decoded, shown and encoded while the heart beats
        _until(lambda: session.is_encoded and window.workspace.canvas.has_image)
        for _ in range(CLICKS):
            session.add_point(float(random.uniform(0, PHOTO[0])), float(random.uniform(0, PHOTO[1])))
            QTest.qWait(60)
        _until(lambda: not session.is_waiting)
        timer.stop()
    return float(np.diff(beats).max() * 1000)


def _until(condition) -> None:
    from PySide6.QtTest import QTest

    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        QTest.qWait(5)


if __name__ == "__main__":
    main()
