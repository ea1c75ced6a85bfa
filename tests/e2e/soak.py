"""python -m tests.e2e.soak SECONDS: the real window at work, at random, with three models. Tells in JSON how it went.

Every click is waited for: one that is not answered is lost. Memory is looked at when the starter comes back. Caches are
small, so that they are full after a minute.
"""

from __future__ import annotations

import json
import logging
import os
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import app.sam  # noqa: F401  before torch
from app.images.budget import give_back
from tests.bench.driver import program, resident_mb, until, wait

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

CACHE_BYTES = 48 << 20
IMAGES = 24
SWITCH_EVERY_S = 20.0
MODELS = ("starter", "mine", "square")
"""The bundled one, it again with one weight changed, and MobileSAM with random weights, which OpenVINO takes."""


class Soak:
    def __init__(self, window: MainWindow, seed: int = 0) -> None:
        self.window = window
        self.random = random.Random(seed)
        self.did: Counter[str] = Counter()
        self.resident: list[tuple[float, float]] = []
        """(seconds since the start, megabytes)"""
        self.errors: list[str] = []
        self._began = self._switched = time.monotonic()

    def run(self, seconds: float) -> None:
        while (elapsed := time.monotonic() - self._began) < seconds:
            if time.monotonic() - self._switched > SWITCH_EVERY_S:
                self.switch(elapsed)
            name, weight = zip(*ACTIONS.items(), strict=True)
            [action] = self.random.choices(name, weight)
            self.did[action] += 1
            getattr(self, action)()
            wait(self.random.choice((0, 1, 5, 20)))

    @property
    def session(self):
        assert self.window.workspace is not None
        return self.window.workspace.session

    def switch(self, elapsed: float) -> None:
        """Perhaps while something is being encoded or decoded."""
        self.did["switch"] += 1
        self.click(answered=False)
        wanted = MODELS[self.did["switch"] % len(MODELS)]
        self.window.models.load(wanted)
        until(lambda: self.window.models.state.name == wanted, f"{wanted} was never loaded")
        self.answered()
        if wanted == "starter":
            self.session.discard()
            wait(500)
            give_back()  # what malloc keeps for later is no leak, and as much as 300 MB beside other work
            self.resident.append((elapsed, resident_mb()))
        self._switched = time.monotonic()

    def point(self) -> tuple[float, float]:
        until(lambda: self.session.image.width, "the image was never read")
        image = self.session.image
        return self.random.uniform(1, image.width - 2), self.random.uniform(1, image.height - 2)

    def answered(self) -> None:
        until(lambda: not self.session.editor.is_waiting and self.session.editor.ring.is_whole, "a click was lost")

    def click(self, *, answered: bool = True) -> None:
        self.session.editor.point(*self.point(), positive=self.random.random() < 0.8)
        if answered:
            self.answered()

    def burst(self) -> None:
        for _ in range(20):
            self.session.editor.point(*self.point())
        self.answered()
        assert len(self.session.editor.prompt.points) >= 20

    def box(self) -> None:
        self.session.editor.box(*self.point(), *self.point())
        self.answered()

    def hover(self) -> None:
        for _ in range(10):
            self.session.hover.move(*self.point())
            wait(3)

    def cycle(self) -> None:
        self.session.editor.next_candidate(self.random.choice((1, -1)))

    def accept(self) -> None:
        before = self.session.project.statistics.counts()["annotation"]
        draft = self.session.editor.draft
        is_now = draft.proposal is not None and draft.resumed is None and not draft.is_waiting
        self.session.acceptance.accept()
        if is_now:  # else it comes when its answer does
            assert self.session.project.statistics.counts()["annotation"] == before + 1, "an accepted mask was lost"

    def resume(self) -> None:
        objects = self.session.objects.all()
        if objects:
            self.session.editor.resume(self.random.choice(objects).id)

    def discard(self) -> None:
        self.session.discard()

    def undo(self) -> None:
        self.session.undo_stack.undo()

    def redo(self) -> None:
        self.session.undo_stack.redo()

    def delete(self) -> None:
        self.session.discard()
        self.session.objects.select(*(a.id for a in self.session.objects.all()))
        self.session.objects.delete_selected()

    def travel(self) -> None:
        self.session.navigation.next(self.random.choice((1, 1, -1)))

    def everything(self) -> None:
        self.session.everything.toggle()
        wait(300)
        self.session.everything.stop()

    def zoom(self) -> None:
        canvas = self.window.workspace.canvas
        self.random.choice((canvas.fit, lambda: canvas.zoom(+1), lambda: canvas.zoom(-1)))()


ACTIONS = {
    "click": 30, "burst": 1, "box": 4, "hover": 6, "cycle": 10, "accept": 12, "resume": 3, "discard": 3, "undo": 8,
    "redo": 4, "delete": 2, "travel": 14, "everything": 1, "zoom": 5,
}  # fmt: skip


def prepare(home: Path) -> Path:
    """Photos and the two models of one's own."""
    import torch
    from PIL import Image
    from safetensors.torch import load_file, save_file

    from app.paths import models_dir, resource
    from app.sam.families import FAMILIES
    from tests.oracle import reference

    os.environ["MASKWRIGHT_HOME"] = str(home)
    models_dir().mkdir(parents=True)
    state = load_file(resource("models/starter.safetensors"))
    state["decoder.output_tokens.weight"].view(-1)[0] += 0.1
    save_file(state, models_dir() / "mine.safetensors")
    network = FAMILIES["mobile_sam"].build()
    reference.randomise(network, seed=2)
    torch.save(network.state_dict(), models_dir() / "square.pth")
    photos = home / "photos"
    photos.mkdir()
    samples = [Image.open(path).convert("RGB") for path in sorted(resource("samples").glob("*.[pj][np]g"))]
    for number in range(IMAGES):
        samples[number % len(samples)].rotate(number, expand=True).save(photos / f"{number:02}.jpg")
    return photos


def main(seconds: float, folder: Path) -> None:
    home = folder / "home"
    home.mkdir()
    photos = prepare(home)
    heard: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: heard.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    sys.excepthook = lambda *error: heard.append("".join(traceback.format_exception(*error)))
    with program(home, cache_bytes=CACHE_BYTES, image_bytes=CACHE_BYTES) as window:
        window.open_path(photos)
        until(lambda: window.workspace is not None and window.workspace.session.place.is_encoded)
        soak = Soak(window)
        window.workspace.session.subscribe(
            lambda event: heard.append(event.sentence) if getattr(event, "problem", False) else None
        )
        try:
            soak.run(seconds)
        except Exception:  # noqa: BLE001  told with the rest
            heard.append(traceback.format_exc())
        told = {"did": soak.did, "errors": heard[:20], "resident": soak.resident}
    print(json.dumps(told))
    sys.stdout.flush()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        main(float(sys.argv[1]), Path(folder))
