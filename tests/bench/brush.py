"""What a stroke costs on a photo of 24 megapixels with an object of 6: each segment from the event to what is painted,
and its end, until the new mask is there as RLE, traced and painted. python -m tests.bench.brush prints milliseconds."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

import app.sam  # noqa: F401  before torch
from tests.bench.driver import program, until, wait
from tests.bench.rows import Row

ROOT = Path(__file__).parents[2]
PHOTO, VIEW = (4000, 6000), (1920, 1080)
STROKES, SEGMENTS, SIZE = 15, 60, 80
BAR_MS, BAR_WORST_MS, BAR_END_MS = 8, 16, 60


def brush() -> list[Row]:
    """The rows of the brush and of the eraser, of one process."""
    command = [sys.executable, "-m", "tests.bench.brush"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    about = f"24 megapixels, object of 6, {VIEW[0]} x {VIEW[1]}"
    return [
        Row(f"{name}, {about}", value, "ms", None, None, f"<= {bar} ms", value <= bar)
        for name, value, bar in figures
    ]  # fmt: skip


def main() -> None:
    """Measures in the real window, with its real events."""
    import cv2

    from app.labeling.tools.brushing import TIP

    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        noise = np.random.default_rng(0).integers(0, 255, (PHOTO[0] // 8, PHOTO[1] // 8, 3), np.uint8)
        cv2.imwrite(str(photos / "one.jpg"), cv2.resize(noise, PHOTO[::-1], interpolation=cv2.INTER_CUBIC))
        with program(Path(folder) / "home") as window:
            window.resize(VIEW[0] + 700, VIEW[1] + 200)
            window.open_path(photos)
            until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
            canvas, session = window.workspace.canvas, window.workspace.session
            until(lambda: session.place.is_encoded)
            canvas.setFixedSize(*VIEW)
            wait(500)
            TIP.size.set(SIZE)
            rows = [*_measured(window, "brush"), *_measured(window, "eraser")]
            _save_others(window)
            *segments, _end = _measured(window, "brush", "brush that cuts 100 others")
            print(json.dumps([*rows, *segments]))
            sys.stdout.flush()
            window.workspace.session.editor.discard()


def _save_others(window) -> None:
    """Objects along the way of the strokes that lose pixels to them, one of them as large as what is painted on."""
    from app.labeling.policies import NEW_CUTS_OLD
    from app.masks.rle import Mask, Region
    from app.project.records import Annotation

    session = window.workspace.session
    session.editor.discard()
    ys, xs = np.mgrid[-1:1:300j, -1:1:300j]
    blob = xs**2 + ys**2 < 0.9 + 0.1 * np.sin(30 * np.arctan2(ys, xs))
    large = _object()
    places = [_stroke(number)[n] for number in range(STROKES) for n in range(0, SEGMENTS, 9)][:99]
    blobs = [Region(round(x) - 150, round(y) - 150, blob, PHOTO) for x, y in places]
    with session.project.step("Others") as step:
        for region in (large, *blobs):
            step.add(Annotation(0, session.image_id, None, Mask.from_region(region)))
    session.classes.policies.choose(NEW_CUTS_OLD)
    until(lambda: len(window.workspace.canvas.marks.objects) == 1 + len(blobs))


def _measured(window, tool: str, name: str = "") -> list[tuple[str, float, float]]:
    """Names, milliseconds and bars."""
    name = name or tool
    from app.labeling.tools.registry import TOOLBOX

    canvas, editor = window.workspace.canvas, window.workspace.session.editor
    editor.discard()
    editor.edit(_object(), "brush")
    window.workspace.input.take(TOOLBOX.named(tool))
    wait(300)
    segments, ends = [], []
    for number in range(STROKES):
        places = _stroke(number)
        _send(canvas, "press", places[0])
        segments += [_send(canvas, "move", place) for place in places[1:]]
        began = time.perf_counter()
        _send(canvas, "release", places[-1])
        assert editor.proposal.mask.area
        ends.append((time.perf_counter() - began) * 1000)
        wait(50)
    assert len(editor.draft.revisions) == STROKES + 1, "each stroke changed something"
    return [
        (f"{name}: a segment, event to painted (median of {len(segments)})", median(segments), BAR_MS),
        (f"{name}: the same, p99", float(np.percentile(segments, 99)), BAR_WORST_MS),
        (f"{name}: end of the stroke to RLE, traced, painted (median of {STROKES})", median(ends), BAR_END_MS),
    ]


def _object():
    """A blob with a wavy border: 6 megapixels."""
    from app.masks.rle import Region

    ys, xs = np.mgrid[-1:1:2800j, -1:1:2800j]
    return Region(1500, 600, xs**2 + ys**2 < 0.95 + 0.05 * np.sin(40 * np.arctan2(ys, xs)), PHOTO)


def _stroke(number: int) -> list[tuple[float, float]]:
    """Places of the image along the border of the object, where it is inside and outside in turn."""
    first = 2 * math.pi * number / STROKES
    angles = first + np.linspace(0, 2 * math.pi / STROKES, SEGMENTS)
    radii = 1330 + 120 * np.sin(9 * angles)
    return [(2900 + r * math.cos(a), 2000 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]


def _send(canvas, what: str, place: tuple[float, float]) -> float:
    """Milliseconds until the event was heard and all of it is painted."""
    from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    kind = {
        "press": QEvent.Type.MouseButtonPress,
        "move": QEvent.Type.MouseMove,
        "release": QEvent.Type.MouseButtonRelease,
    }[what]
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if what == "move" else left
    at = QPointF(*canvas.viewport.to_view(*place)) / canvas.devicePixelRatioF()
    event = QMouseEvent(
        kind, at, QPointF(canvas.mapToGlobal(at)), button, none if what == "release" else left,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    began = time.perf_counter()
    QCoreApplication.sendEvent(canvas, event)
    QCoreApplication.processEvents()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
