"""A vertex is dragged on an outline of 2,000: from the event of the mouse to the painted canvas, in the real window at
1920x1080 over a photo of 12 megapixels. A process of its own: prints the milliseconds as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from tests.bench.driver import program, until, wait
from tests.bench.rows import Row

ROOT = Path(__file__).parents[2]
VERTICES = 2000
MOVES = 200


def vertex_drag() -> list[Row]:
    """Two rows: each move of the drag, and its end."""
    command = [sys.executable, "-m", "tests.bench.vertices"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    moved, count = median(figures["moves"]), figures["vertices"]
    return [
        Row(f"vertex drag, outline of {count} vertices: event to painted (median of {MOVES})", moved, "ms", None, None,
            "<= 10 ms", moved <= 10 and count >= VERTICES),
        Row("the same, p99", float(np.percentile(figures["moves"], 99)), "ms", None, None, "", True),
        Row("its end: to the new mask, traced and painted (median)", median(figures["ends"]), "ms", None, None, "",
            True),
    ]  # fmt: skip


def main() -> None:
    """Prints the figures."""
    from tests.bench.heartbeat import PHOTO, save_photo

    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        save_photo(photos / "one.jpg")
        with program(Path(folder) / "home") as window:
            window.resize(1920, 1080)
            window.open_path(photos)
            until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
            until(lambda: window.workspace.session.place.is_encoded)
            print(json.dumps(_figures(window, PHOTO)))


def _ragged(size) -> np.ndarray:
    """A disc of some megapixels with so many teeth that its outline takes 2,000 vertices."""
    width, height = size
    y, x = np.ogrid[:height, :width]
    x, y = x - width / 2, y - height / 2
    angle = np.arctan2(y, x)
    return np.hypot(x, y) < 0.4 * height * (1 + 0.02 * np.sign(np.sin(VERTICES / 4 * angle)))


def _figures(window, size) -> dict[str, object]:
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from app.labeling.tools.vertices import TOOL
    from app.masks.rle import Mask

    workspace = window.workspace
    canvas, session = workspace.canvas, workspace.session
    session.editor.edit(Mask.from_array(_ragged(size)), "brush")
    QTest.keyClick(canvas, Qt.Key.Key_E)
    outline = TOOL.outline(workspace.hand._context)
    at = outline.points[np.argmax(outline.points[:, 0])]
    start = QPoint(*map(round, canvas.viewport.to_view(*at)))
    moves, ends = [], []
    for _ in range(4):
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
        for move in range(MOVES // 4):
            to = start + QPoint(20 + move % 30, move % 17)
            moves.append(_painted(canvas, lambda to=to: QTest.mouseMove(canvas, to)))
        ends.append(_painted(canvas, lambda to=to: QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=to)))
        QTest.keyClick(canvas, Qt.Key.Key_Backspace)
        wait(100)
    return {"vertices": len(outline), "moves": moves, "ends": ends}


def _painted(canvas, act) -> float:
    """Milliseconds until the canvas is painted after that."""
    painted, original = [], type(canvas).paintEvent

    def paint(event) -> None:
        original(canvas, event)
        painted.append(True)

    canvas.paintEvent = paint
    began = time.perf_counter()
    act()
    until(lambda: painted)
    elapsed = (time.perf_counter() - began) * 1000
    del canvas.paintEvent
    return elapsed


if __name__ == "__main__":
    main()
