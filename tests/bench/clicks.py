"""From the press of a button to the painted mask, and back to an image that was encoded before: MobileSAM, photos of 12
megapixels, the real window. A process of its own: prints the milliseconds of each as JSON.

The weights are random, so the embeddings are put into the cache beforehand: smooth ones, which give blobs as trained
weights do (see masks.py).
"""

from __future__ import annotations

import json
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
CLICKS = 100
VISITS = 20
REST_MS = 200
HOVER_S = 3.0
_MOVE_MS = 10
"""Between two positions of a mouse that is moved without a pause."""
PHOTO = (3000, 4000)


def clicks_and_visits() -> list[Row]:
    """Five rows of one process."""
    command = [sys.executable, "-m", "tests.bench.clicks"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    device, ready = figures["device"], median(figures["visits"])
    p95, rested, moving = (float(np.percentile(figures[kind], 95)) for kind in ("clicks", "rested", "moving"))
    most = 50 if "bf16" in device else 70
    return [
        Row(f"press to painted mask, p95 of {CLICKS}, MobileSAM, {device}", p95, "ms", None, None,
            f"<= {most} ms", p95 <= most),
        Row(f"the same, the mouse at rest for {REST_MS} ms before the press", rested, "ms", None, None,
            "<= 16 ms", rested <= 16),
        Row("the same, pressed while the mouse moves", moving, "ms", None, None, f"<= {most} ms", moving <= most),
        Row("the mask under the moving mouse, painted again a second", figures["hovers"], "", None, None,
            ">= 20", figures["hovers"] >= 20),
        Row(f"an encoded image opened again: ready (median of {VISITS})", ready, "ms", None, None,
            "<= 100 ms", ready <= 100),
    ]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, photos = Path(folder) / "home", Path(folder) / "photos"
        _prepare(home, photos)
        with program(home, model="bench") as window:
            window.open_path(photos)
            until(lambda: window.models.state.name == "bench" and window.models.state.model.preparation is None)
            until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
            figures = {"device": window.models.state.model.device, "clicks": _clicks(window, _nothing)}
            figures |= {"rested": _clicks(window, _rest), "moving": _clicks(window, _move)}
            figures |= {"hovers": _hovers(window), "visits": _visits(window)}
        print(json.dumps(figures))
        sys.stdout.flush()


def _prepare(home: Path, photos: Path) -> None:
    """Two photos, a model file of one's own, and the embeddings that it might have made."""
    import os

    import torch

    from app.engine.disk_cache import DiskCache
    from app.images.reading import file_hash
    from app.paths import embeddings_dir, models_dir
    from app.sam.load import load_predictor
    from app.sam.preprocess import Square
    from app.sam.types import Embedding
    from tests.bench.heartbeat import save_photo
    from tests.bench.masks import blob_model, smooth_features
    from tests.bench.models import ready

    os.environ["MASKWRIGHT_HOME"] = str(home)
    models_dir().mkdir(parents=True)
    torch.save(blob_model().state_dict(), models_dir() / "bench.pth")
    predictor = ready(load_predictor("bench"))  # the conversion is not what is measured
    photos.mkdir()
    cache = DiskCache(embeddings_dir())
    for number in range(2):
        path = photos / f"{number}.jpg"
        save_photo(path, shade=40 * number)
        embedding = Embedding((smooth_features(number + 1),), Square(1024).frame(PHOTO), predictor.model_key)
        cache.put((file_hash(path), predictor.model_key), embedding)


def _clicks(window, before) -> list[float]:
    """Press to paint of one click after the other, each on nothing in the making. before: what the mouse does first,
    on its way to that place of the canvas."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    canvas, session = window.workspace.canvas, window.workspace.session
    until(lambda: session.place.is_encoded)
    random, times = np.random.default_rng(0), []
    for _ in range(CLICKS + 3):
        x, y = random.uniform(0.1, 0.9, 2) * PHOTO[::-1]
        at = QPoint(*map(round, canvas.viewport.to_view(x, y)))
        before(canvas, at)
        times.append(_painted(canvas, session, lambda at=at: QTest.mouseClick(
            canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at
        )))  # fmt: skip
        session.discard()
        wait(30)
    return times[3:]


def _nothing(_canvas, _at) -> None:
    """It was never anywhere else."""


def _rest(canvas, at) -> None:
    from PySide6.QtTest import QTest

    QTest.mouseMove(canvas, at)
    wait(REST_MS)


def _move(canvas, at) -> None:
    """Twenty positions on its way, the last of them that of the press."""
    from PySide6.QtCore import QPoint
    from PySide6.QtTest import QTest

    for left in reversed(range(20)):
        QTest.mouseMove(canvas, at - QPoint(3 * left, left))
        if left:
            wait(_MOVE_MS)


def _painted(canvas, session, click) -> float:
    """Milliseconds until the canvas has painted the answer."""
    painted: list[bool] = []
    original = type(canvas).paintEvent

    def paint(event) -> None:
        original(canvas, event)
        if session.editor.draft.is_live and not session.editor.is_waiting:
            painted.append(True)

    canvas.paintEvent = paint
    began = time.perf_counter()
    click()
    until(lambda: painted)
    elapsed = (time.perf_counter() - began) * 1000
    del canvas.paintEvent
    return elapsed


def _hovers(window) -> float:
    """How often a second another preview is on the canvas while the mouse moves over it."""
    from PySide6.QtCore import QPoint
    from PySide6.QtTest import QTest

    canvas, session = window.workspace.canvas, window.workspace.session
    session.discard()
    shown, painted = [], type(canvas).paintEvent

    def paint(event) -> None:
        painted(canvas, event)
        if canvas.marks.preview is not None and (not shown or shown[-1] is not canvas.marks.preview):
            shown.append(canvas.marks.preview)

    canvas.paintEvent = paint
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < HOVER_S:
        share = 0.1 + 0.8 * (elapsed / HOVER_S)
        at = canvas.viewport.to_view(share * PHOTO[1], (0.5 + 0.3 * np.sin(20 * share)) * PHOTO[0])
        QTest.mouseMove(canvas, QPoint(*map(round, at)))
        wait(_MOVE_MS)
    del canvas.paintEvent
    return len(shown) / HOVER_S


def _visits(window) -> list[float]:
    """To "ready" on the other image."""
    session, times = window.workspace.session, []
    for visit in range(VISITS):
        session.navigation.next(+1 if visit % 2 == 0 else -1)
        times.append(until(lambda: session.place.is_encoded))
        until(lambda: window.workspace.canvas.has_image)
        wait(100)
    return times[2:]


if __name__ == "__main__":
    main()
