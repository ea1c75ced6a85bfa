"""python -m tests.bench.hostile_window FOLDER: the real window walks through a folder of hostile images, as fast as
they are shown or refused. Prints the longest gap of a 10 ms timer on its thread beside each, in milliseconds, and the
most memory of the process in MB, torch, Qt and the model with it."""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.driver import program, until, wait
from tests.bench.memory import peak_mb

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

BEAT_MS = 10
_SETTLE_MS = 200


def walked(folder: Path, *, told: bool = False) -> tuple[float, float]:
    """The longest gap in milliseconds, and the most memory in MB. told: each image is printed."""
    from app.project.scan import image_files

    with tempfile.TemporaryDirectory() as home, program(Path(home)) as window:
        window.open_path(folder)
        until(lambda: window.workspace is not None and window.workspace.session.image_id is not None)
        longest = 0.0
        until(lambda: window.workspace.project.statistics.counts()["image"] >= len(list(image_files(folder))))
        for number in range(window.workspace.project.statistics.counts()["image"]):
            name, gap = _beside(window, number)
            longest = max(longest, gap)
            if told:
                print(f"{gap:6.0f} ms  {peak_mb():6.0f} MB  {name}", flush=True)
    return longest, peak_mb()


def _beside(window: MainWindow, number: int) -> tuple[str, float]:
    """The name of the next image and the longest gap until it was shown, or refused."""
    from PySide6.QtCore import QTimer

    beats = [time.perf_counter()]
    timer = QTimer(interval=BEAT_MS)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    session = window.workspace.session
    if number:
        session.navigation.next(+1)
    canvas = window.workspace.canvas
    until(lambda: canvas.has_image or canvas.message[1])
    wait(_SETTLE_MS)
    timer.stop()
    gaps = [after - before for before, after in pairwise(beats)]
    return window.workspace.project.image(session.image_id).path, max(gaps, default=0) * 1000 - BEAT_MS


if __name__ == "__main__":
    gap, peak = walked(Path(sys.argv[1]), told=True)
    print(f"{gap:.1f} ms, {peak:.0f} MB")
