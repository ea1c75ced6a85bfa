"""What a key costs on an image of thousands of objects: processor time of this process, with the painting it brings.
python -m tests.bench.crowd prints the milliseconds of each key as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

import app.sam  # noqa: F401  before torch
from tests.bench.driver import program, until, wait
from tests.bench.rows import Row

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

ROOT = Path(__file__).parents[2]
OBJECTS, CLASSES, TIMES = 3000, 12, 15
CLOSER = 8
"""Steps of the ladder."""
BAR_MS, BAR_ACCEPT_MS = 30, 60
PHOTO = (3000, 4000)


def crowd() -> list[Row]:
    """A row for each key, of one process."""
    command = [sys.executable, "-m", "tests.bench.crowd"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    return [_row(name, value) for name, value in figures.items()]


def _row(name: str, value: float) -> Row:
    bar = BAR_ACCEPT_MS if name == "Enter" else BAR_MS
    return Row(f"{OBJECTS:,} objects on the image: {name} (median of {TIMES}, processor)", value, "ms", None, None,
               f"<= {bar} ms", value <= bar)  # fmt: skip


def fill(project, image_id: int, objects: int, size: tuple[int, int]) -> None:
    """Blobs of all sizes all over the image, of several classes."""
    from app.masks.rle import Mask, Region
    from app.project.palette import color_of
    from app.project.records import Annotation, Category

    random = Random(0)
    height, width = size
    with project.step("Fill") as step:
        classes = [step.add(Category(0, f"thing {n}", color_of(n))).id for n in range(CLASSES)]
        for number in range(objects):
            pixels = _blob(random)
            y, x = int(random.uniform(0, height - pixels.shape[0])), int(random.uniform(0, width - pixels.shape[1]))
            mask = Mask.from_region(Region(x, y, pixels, size))
            step.add(Annotation(0, image_id, classes[number % CLASSES], mask))


def _blob(random: Random, sides: tuple[int, int] = (20, 120)):
    """A wavy disc. sides: the least and the most of its width and height."""
    width, height = random.randint(*sides), random.randint(*sides)
    ys, xs = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    wave = 1 + 0.15 * np.sin(random.uniform(4, 14) * xs + random.uniform(0, 6)) * np.cos(random.uniform(4, 14) * ys)
    return xs**2 + ys**2 < wave - 0.15


def main() -> None:
    """On a photo of 12 megapixels, where all are seen, and zoomed in."""
    with crowded(OBJECTS) as window:
        print(json.dumps(_measured(window)))
        sys.stdout.flush()


@contextmanager
def crowded(objects: int, view: tuple[int, int] | None = None) -> Iterator[MainWindow]:
    """A program with a photo that has so many objects. view: the width and height of its window."""
    from app.project.store import Project
    from tests.bench.heartbeat import save_photo

    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        save_photo(photos / "one.jpg")
        project = Project.create(photos / "photos.maskwright", photos)
        list(project.folder.scan())
        fill(project, project.images()[0].id, objects, PHOTO)
        project.close()
        with program(Path(folder) / "home") as window:
            if view is not None:
                window.resize(*view)
            window.open_path(photos)
            until(lambda: window.workspace is not None)
            yield window


def _measured(window) -> dict[str, float]:
    """Milliseconds by key."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    canvas, session = window.workspace.canvas, window.workspace.session
    until(
        lambda: (
            canvas.has_image
            and session.place.is_encoded
            and len(canvas.marks.objects) == OBJECTS
            and canvas.marks.crowd.is_sharp
        )
    )
    canvas.setFocus()
    wait(500)
    keys = Qt.Key
    figures = {
        "Tab": _of_key(window, keys.Key_Tab),
        "Esc": _of_key(window, keys.Key_Escape, before=keys.Key_Tab),
        "W pressed": _of_key(window, keys.Key_W, QTest.keyPress, after=keys.Key_W),
        "W let go": _of_key(window, keys.Key_W, QTest.keyRelease, before=keys.Key_W),
        "zoom in": _of_key(window, keys.Key_Plus, after=keys.Key_Minus),
        "zoom out": _of_key(window, keys.Key_Minus, before=keys.Key_Plus),
        "pan": _of_key(window, keys.Key_L, before=keys.Key_H),
    }
    for _ in range(CLOSER):
        QTest.keyClick(canvas, keys.Key_Plus)
        wait(100)
        until(lambda: canvas.marks.crowd.is_sharp)
    figures["zoom in, from close"] = _of_key(window, keys.Key_Plus, after=keys.Key_Minus)
    canvas.fit()
    return figures | {"Enter": _accepting(window)}


def _of_key(window, key, act=None, *, before=None, after=None) -> float:
    """Median milliseconds. act: keyClick, unless it is something else; before and after: keys that undo it, pressed or
    let go around it and not measured."""
    from PySide6.QtTest import QTest

    canvas, times = window.workspace.canvas, []
    act = act or QTest.keyClick
    undo = {QTest.keyPress: QTest.keyRelease, QTest.keyRelease: QTest.keyPress}.get(act, QTest.keyClick)
    for _ in range(TIMES):
        if before is not None:
            undo(canvas, before)
            _settle()
        began = time.process_time()
        act(canvas, key)
        _settle()
        times.append((time.process_time() - began) * 1000)
        if after is not None:
            undo(canvas, after)
            _settle()
    return median(times)


def _accepting(window) -> float:
    """Of a click's mask."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    session, times = window.workspace.session, []
    session.objects.select(None)
    random = np.random.default_rng(0)
    for _ in range(TIMES):
        session.editor.point(*(random.uniform(0.1, 0.9, 2) * PHOTO[::-1]))
        until(
            lambda: (
                not session.editor.is_waiting
                and session.editor.ring.is_whole
                and not session.editor.draft.is_sharpening
            )
        )
        wait(100)
        began = time.process_time()
        QTest.keyClick(window.workspace.canvas, Qt.Key.Key_Return)
        _settle()
        times.append((time.process_time() - began) * 1000)
    return median(times)


def _settle() -> None:
    """Until all is painted, also what is painted a moment later."""
    wait(60)


if __name__ == "__main__":
    main()
