"""Several workers on one student, each a process of one thread."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import parent_process
from pathlib import Path

import numpy as np
import torch
from torch.multiprocessing.spawn import spawn

from app.learning.processes import use_one_thread
from app.learning.scenes.scene import ScenePool
from app.learning.training.lessons import TrainingBatch
from app.learning.training.trainer import Recipe, Trainer, TrainingModel, TrainingProgress, save

_SAVE_EVERY_S = 120.0
_REPORT_EVERY = 25
_LISTEN_EVERY_S = 2.0
_LESSONS_AHEAD = 4
_CURVE = "curve.jsonl"

Line = dict[str, float]
"""Of the curve: step, seconds, rate, loss, and mean scores over some steps."""


def train(
    student: TrainingModel,
    scenes: Path,
    recipe: Recipe,
    folder: Path,
    workers: int = 2,
    on_progress: Callable[[Line], None] = lambda line: None,
) -> None:
    """Ends when every worker has made its steps; where there is CUDA, one worker makes those of all. folder: keeps a
    checkpoint per worker, from which a second call goes on, and curve.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    if torch.cuda.is_available():
        recipe = replace(recipe, steps=recipe.steps * workers, dense_steps=recipe.dense_steps * workers)
        workers = 1
    student = student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    latest = folder / "worker0.pt"
    if latest.exists():
        student.load_state_dict(torch.load(latest, map_location="cpu", weights_only=True)["student"])
    student.share_memory()
    curve = folder / _CURVE
    heard = len(_lines(curve))
    context = spawn(_work, (student, scenes, recipe, folder), nprocs=workers, join=False)
    assert context is not None  # as it is only when joined
    ended = False
    while not ended:
        ended = context.join(timeout=_LISTEN_EVERY_S)
        lines = _lines(curve)
        for line in lines[heard:]:
            on_progress(json.loads(line))
        heard = len(lines)


def _lines(curve: Path) -> list[str]:
    """Returns the whole lines of a file of losses, without one that is still being written."""
    return curve.read_text(encoding="utf-8").split("\n")[:-1] if curve.exists() else []


def _work(worker: int, student: TrainingModel, scenes: Path, recipe: Recipe, folder: Path) -> None:
    use_one_thread()
    student = student.to("cuda" if torch.cuda.is_available() else "cpu")  # which leaves shared memory where it is
    trainer = Trainer(student, ScenePool(scenes), recipe, worker)
    checkpoint = folder / f"worker{worker}.pt"
    if checkpoint.exists():
        trainer.restore(torch.load(checkpoint, map_location="cpu", weights_only=True))
    curve = _Curve(folder / _CURVE, recipe) if worker == 0 else None
    saved = time.monotonic()
    owner = parent_process()
    for taught in _prepared(trainer, recipe):
        if owner is not None and not owner.is_alive():
            return  # killed without a word: the next run, which goes on here, would share its folder with this one
        progress = trainer.train_step(taught)
        if curve is not None:
            curve.add(progress)
        if time.monotonic() - saved > _SAVE_EVERY_S:
            save(checkpoint, trainer.state())
            saved = time.monotonic()
    save(checkpoint, trainer.state())


def _prepared(trainer: Trainer, recipe: Recipe) -> Iterator[TrainingBatch]:
    """The lessons still to come, made ready beside the training; what goes wrong there is raised here."""
    steps = iter(range(trainer.step, recipe.steps))
    with ThreadPoolExecutor(1) as beside:
        ready = deque(beside.submit(trainer.lesson, step) for step in islice(steps, _LESSONS_AHEAD))
        while ready:
            taught = ready.popleft().result()
            ready.extend(beside.submit(trainer.lesson, step) for step in islice(steps, 1))
            yield taught


class _Curve:
    """Means over some steps, a line each."""

    def __init__(self, path: Path, recipe: Recipe) -> None:
        self._path = path
        self._recipe = recipe
        self._since: list[TrainingProgress] = []
        self._started = time.monotonic()

    def add(self, progress: TrainingProgress) -> None:
        self._since.append(progress)
        if len(self._since) < _REPORT_EVERY:
            return
        line = {"step": progress.step, "seconds": round(time.monotonic() - self._started)}
        line |= {"rate": round(self._recipe.rate_at(progress.step), 6)}
        line |= {"loss": round(float(np.mean([p.loss for p in self._since])), 4)}
        for name in progress.scores._fields:
            values = [v for p in self._since if not np.isnan(v := getattr(p.scores, name))]
            if values:
                line[name] = round(float(np.mean(values)), 4)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._since.clear()
