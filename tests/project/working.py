"""Works on a project as a window does, for ever and by dice: accepts, undoes, redoes, imports and backs up, for the
kill test. Says what it is about to do, and what was done when it is committed."""

from __future__ import annotations

import random
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np

from app.formats.coco import import_coco
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, ChangeSet
from app.project.safety import backup
from app.project.store import Project
from tests.project.stepped_backup import backup_steps


def say(*words: object) -> None:
    print(*words, flush=True)


def acknowledge(changes: ChangeSet) -> None:
    """+id for each object that is there now, -id for each that is not."""
    rows = [(change.before, change.after) for change in changes.changes]
    came = [f"+{after.id}" for _, after in rows if isinstance(after, Annotation)]
    went = [f"-{before.id}" for before, after in rows if isinstance(before, Annotation) and after is None]
    say("done", *came, *went)


def accept(project: Project, dice: random.Random) -> None:
    pixels = np.random.default_rng(dice.randrange(1 << 30)).random((6, 8)) > 0.5
    say("doing accept")
    with project.step("Accept mask") as step:
        for _ in range(dice.choice([1, 1, 3])):
            step.add(Annotation(0, project.images()[0].id, None, Mask.from_array(pixels)))


def undo(project: Project) -> None:
    last = "(SELECT max(id) FROM step WHERE undone = 0)"
    ids = project.file.db.execute(f"SELECT row_id FROM journal WHERE kind = 'annotation' AND step_id = {last}")  # noqa: S608
    say("doing undo", *(row[0] for row in ids))
    project.undo()


def imports(project: Project, file: Path) -> Generator[None, None, None]:
    """On a connection of its own, in many transactions."""
    with closing(Project.sibling_of(project.path, read_only=False)) as sibling:
        sibling.subscribe(acknowledge)
        say("doing import")
        for _ in import_coco(sibling, file):
            yield
            say("doing import")


def backs_up(project: Project) -> Generator[None, None, None]:
    made = yield from _stepped(backup_steps(project.path))
    if made is not None:
        say("backed", made.name)


def _stepped(steps: Generator[tuple[int, int], None, Path | None]) -> Generator[None, None, Path | None]:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        yield


def work_for_ever(path: Path, coco: Path, seed: int) -> None:
    dice = random.Random(seed)
    backup._PAGES = 2
    project = Project.open(path)
    project.subscribe(acknowledge)
    while True:
        try:
            work(project, coco, dice)
        except Problem as problem:
            say("problem", problem)


def work(project: Project, coco: Path, dice: random.Random) -> None:
    match dice.choice(["accept", "accept", "accept", "undo", "redo", "import", "back up"]):
        case "accept":
            accept(project, dice)
        case "undo":
            undo(project)
        case "redo":
            say("doing redo")
            project.redo()
        case "import":
            for _ in imports(project, coco):
                if dice.random() < 0.2:
                    accept(project, dice)
            project.refresh()
        case _:
            for _ in backs_up(project):
                if dice.random() < 0.3:
                    accept(project, dice)


if __name__ == "__main__":
    try:
        work_for_ever(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    except Problem as problem:  # it cannot even be opened
        say("problem", problem)
