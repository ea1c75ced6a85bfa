"""Several workers on one student, each a process of one thread."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.multiprocessing.spawn import spawn

from app.learning.scenes.scene import ScenePool
from app.learning.training.lessons import Lesson
from app.learning.training.trainer import Progress, Recipe, Student, Trainer, save

_SAVE_EVERY_S = 120.0
_REPORT_EVERY = 25
_LESSONS_AHEAD = 4


def train(student: Student, scenes: Path, recipe: Recipe, folder: Path, workers: int = 2) -> None:
    """Ends when every worker has made its steps. folder: keeps a checkpoint per worker, from which a second call goes
    on, and curve.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    student = student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    latest = folder / "worker0.pt"
    if latest.exists():
        student.load_state_dict(torch.load(latest, weights_only=True)["student"])
    student.share_memory()
    spawn(_work, (student, scenes, recipe, folder), nprocs=workers)


def _work(worker: int, student: Student, scenes: Path, recipe: Recipe, folder: Path) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    trainer = Trainer(student, ScenePool(scenes), recipe, worker)
    checkpoint = folder / f"worker{worker}.pt"
    if checkpoint.exists():
        trainer.restore(torch.load(checkpoint, weights_only=True))
    curve = _Curve(folder / "curve.jsonl", recipe) if worker == 0 else None
    saved = time.monotonic()
    for taught in _prepared(trainer, recipe):
        progress = trainer.learn(taught)
        if curve is not None:
            curve.add(progress)
        if time.monotonic() - saved > _SAVE_EVERY_S:
            save(checkpoint, trainer.state())
            saved = time.monotonic()
    save(checkpoint, trainer.state())


def _prepared(trainer: Trainer, recipe: Recipe) -> Iterator[Lesson]:
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
        self._since: list[Progress] = []
        self._started = time.monotonic()

    def add(self, progress: Progress) -> None:
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
