"""What a hand feels on the canvas at 1920x1080: a step of panning over 24 megapixels with 500 masks, beside labelme's
own canvas with the same polygons; and what is done to one of 10,000 objects. Wall clock, from the event to painted.

python -m tests.bench.canvas pan|many prints the milliseconds as JSON. labelme is asked where there is an environment
with it: python3 -m venv .venv-labelme; .venv-labelme/bin/pip install labelme==6.3.1
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

import app.sam  # noqa: F401  before torch
from app.labeling.policies import ALLOW, NEW_CUTS_OLD
from tests.bench.crowd import PHOTO as SIZE
from tests.bench.crowd import _blob, crowded
from tests.bench.driver import until, wait
from tests.bench.rows import Row

if TYPE_CHECKING:
    from app.ui.canvas.canvas import Canvas
    from app.ui.main_window import MainWindow

ROOT = Path(__file__).parents[2]
LABELME = ROOT / ".venv-labelme" / "bin" / "python"
VIEW = (1920, 1080)
PHOTO = (4000, 6000)
"""(height, width): 24 megapixels."""
MASKS, SIDE = 500, (100, 400)
SCALES = (0.5, 1.0)
TOLERANCE_PX = 1.0
"""Of the polygons: labelme draws a dot at each corner, and nobody sets one at each pixel."""
_DRAG = [(-13, -7), (11, 9), (-21, 4), (17, -12), (6, 6)]
STEPS = [(dx * sign, dy * sign) for _ in range(5) for sign in (1, -1) for dx, dy in _DRAG]
"""A hand that drags to and fro, in pixels of the screen."""
BAR_MS, TIMES_FASTER = 16, 3
OBJECTS, TIMES = 10_000, 15
BAR_ACCEPT_MS, BAR_OTHER_MS = 50, 100


def canvas() -> list[Row]:
    """All rows; each of its figures is of a process of its own."""
    pan, many = _ours("pan"), _ours("many")
    return [*_pan_rows(pan), *(_row_of_many(name, value) for name, value in many.items())]


def _pan_rows(figures: dict[str, float]) -> list[Row]:
    rows = []
    for scale in SCALES:
        where = f"pan at {scale:.0%}, 24 megapixels, {MASKS} masks (median of {len(STEPS)})"
        ours, same, theirs = figures[f"masks {scale}"], figures[f"polygons {scale}"], figures.get(f"labelme {scale}")
        rows.append(Row(where, ours, "ms", None, None, f"<= {BAR_MS} ms", ours <= BAR_MS))
        name, bar = f"{where}, the same polygons in labelme's canvas", f">= {TIMES_FASTER}x labelme"
        if theirs is None:
            rows.append(Row(f"{name}; labelme is not there", same, "ms", None, None, bar, None))
        else:
            rows.append(Row(name, same, "ms", theirs, theirs / same, bar, theirs / same >= TIMES_FASTER))
    return rows


def _row_of_many(name: str, value: float) -> Row:
    bar = BAR_ACCEPT_MS if name.startswith("accept") else BAR_OTHER_MS
    return Row(f"{OBJECTS:,} objects on one image: {name}, to painted (median of {TIMES})", value, "ms", None, None,
               f"<= {bar} ms", value <= bar)  # fmt: skip


def _ours(what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.canvas", what]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


# --- in a process of its own: panning --------------------------------------------------------------------------------


def panning() -> dict[str, float]:
    """Milliseconds of a step: of exact outlines of masks, of polygons, and of the same in labelme's canvas."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from app.engine.pyramid import pyramid
    from app.ui.canvas.canvas import Canvas

    app = QApplication.instance() or QApplication([])
    outlines = _outlines()
    polygons = [_simple(each) for each in outlines]
    pixels = _photo()
    canvas = Canvas()
    canvas.resize(*VIEW)
    canvas.show_image(pyramid(pixels), PHOTO)
    canvas.show()
    figures: dict[str, float] = {}
    for name, shapes in (("masks", outlines), ("polygons", polygons)):
        canvas.marks.show_objects([_drawn(number, each) for number, each in enumerate(shapes)])
        for scale in SCALES:
            figures[f"{name} {scale}"] = _of_steps(canvas, scale, app.processEvents)
    return figures | _labelme(pixels, polygons)


def _of_steps(canvas: Canvas, scale: float, paint: Callable[[], None]) -> float:
    canvas.viewport.show_middle(PHOTO[1] / 2, PHOTO[0] / 2, scale)
    canvas.view_changed()
    wait(100)
    until(lambda: canvas.marks.crowd.is_sharp)
    times = []
    for dx, dy in STEPS:
        began = time.perf_counter()
        canvas.viewport.pan(dx, dy)
        canvas.view_changed()
        paint()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def _outlines() -> list[np.ndarray]:
    """The exact outlines of blobs all over the image: (N, 2) xy each."""
    from app.masks.outlines import outlines
    from app.masks.rle import Region

    random, found = Random(0), []
    while len(found) < MASKS:
        pixels = _blob(random, SIDE)
        x, y = random.randint(0, PHOTO[1] - pixels.shape[1]), random.randint(0, PHOTO[0] - pixels.shape[0])
        found.append(max(outlines(Region(x, y, pixels, PHOTO)), key=len))
    return found


def _simple(outline: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.approxPolyDP(outline.reshape(-1, 1, 2), TOLERANCE_PX, True).reshape(-1, 2)


def _drawn(number: int, outline: np.ndarray):
    from PySide6.QtGui import QColor

    from app.project.palette import color_of
    from app.ui.canvas.outline import Outline
    from app.ui.canvas.shapes import Drawn

    (x0, y0), (x1, y1) = outline.min(axis=0).tolist(), outline.max(axis=0).tolist()
    bounds = int(x0), int(y0), int(x1 - x0) + 1, int(y1 - y0) + 1
    return Drawn(number, Outline([outline]), bounds, QColor(color_of(number % 12)))


def _photo() -> np.ndarray:
    """RGB, neither flat nor noise."""
    import cv2

    small = np.random.default_rng(0).integers(0, 256, (PHOTO[0] // 8, PHOTO[1] // 8, 3), np.uint8)
    return np.asarray(cv2.resize(small, PHOTO[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def _labelme(pixels: np.ndarray, polygons: list[np.ndarray]) -> dict[str, float]:
    """Nothing where it is not installed."""
    from PIL import Image

    python = Path(os.environ.get("MASKWRIGHT_LABELME", LABELME))
    if not python.exists():
        return {}
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        photo, file = Path(folder) / "photo.png", Path(folder) / "polygons.npz"
        Image.fromarray(pixels).save(photo, compress_level=1)
        np.savez(file, *polygons)
        for scale in SCALES:
            script, view = Path(__file__).with_name("canvas_labelme.py"), "x".join(map(str, VIEW))
            command = [python, "-X", "utf8", script, photo, file, view, str(scale), json.dumps(STEPS)]
            clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "QT_PLUGIN"))}
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=clean)
            figures[f"labelme {scale}"] = float(done.stdout.splitlines()[-1])
    return figures


# --- in a process of its own: one of very many -----------------------------------------------------------------------


def one_of_many() -> dict[str, float]:
    """Milliseconds of what is done to one object, by what it is."""
    with crowded(OBJECTS, VIEW) as window:
        return _Hand(window, SIZE).figures()


class _Hand:
    """Does one thing at a time, and looks how long it takes."""

    def __init__(self, window: MainWindow, size: tuple[int, int]) -> None:
        self._size, self._random = size, Random(1)
        self._canvas, self._session = window.workspace.canvas, window.workspace.session
        marks = self._canvas.marks
        until(lambda: self._canvas.has_image and self._session.place.is_encoded)
        until(lambda: len(marks.objects) == OBJECTS)
        self._canvas.setFocus()
        wait(500)
        until(lambda: marks.crowd.is_sharp)

    def figures(self) -> dict[str, float]:
        from PySide6.QtCore import Qt

        objects, undo, keys = self._session.objects, self._session.undo_stack.undo, Qt.Key
        return {
            "accept one more": self._of(self._press(keys.Key_Return), before=self._draw),
            "accept one that cuts those below": self._of(
                self._press(keys.Key_Return), before=self._draw_cutting, after=undo
            ),
            "undo that": self._of(undo, before=self._accept),
            "delete one": self._of(self._press(keys.Key_Delete), before=self._select, after=undo),
            "undo that too": self._of(undo, before=lambda: (self._select(), objects.delete_selected())),
            "change its class": self._of(self._change_class, before=self._select),
            "hide it": self._of(self._toggle, before=self._select, after=self._toggle),
            "select the next (Tab)": self._of(self._press(keys.Key_Tab)),
            "select none (Esc)": self._of(self._press(keys.Key_Escape), before=self._select),
        }

    def _of(
        self, act: Callable[[], object], before: Callable[[], object] = int, after: Callable[[], object] = int
    ) -> float:
        from PySide6.QtWidgets import QApplication

        times = []
        for _ in range(TIMES):
            before()
            wait(100)
            until(lambda: self._canvas.marks.crowd.is_sharp)
            began = time.perf_counter()
            act()
            for _ in range(3):  # what an event asks for is done, and painted
                QApplication.processEvents()
            times.append((time.perf_counter() - began) * 1000)
            after()
        return median(times)

    def _press(self, key) -> Callable[[], None]:
        from PySide6.QtTest import QTest

        return lambda: QTest.keyClick(self._canvas, key)

    def _draw(self) -> None:
        """One more like the others, in the making."""
        from app.masks.rle import Region

        self._session.objects.select(None)
        pixels, (height, width) = _blob(self._random), self._size
        x, y = self._random.randint(0, width - 200), self._random.randint(0, height - 200)
        self._session.editor.edit(Region(x, y, pixels, self._size), "brush")

    def _draw_cutting(self) -> None:
        self._session.classes.policies.choose(NEW_CUTS_OLD)
        self._draw()

    def _accept(self) -> None:
        self._session.classes.policies.choose(ALLOW)
        self._draw()
        self._session.acceptance.accept()

    def _select(self) -> None:
        objects = self._session.objects.all()
        self._session.objects.select(self._random.choice(objects).id)

    def _change_class(self) -> None:
        [chosen] = self._session.objects.selected()
        self._session.set_category(next(c.id for c in self._session.classes.all() if c.id != chosen.category_id))

    def _toggle(self) -> None:
        self._session.objects.toggle_hidden(*self._session.objects.selection)


if __name__ == "__main__":
    print(json.dumps({"pan": panning, "many": one_of_many}[sys.argv[1]]()))
