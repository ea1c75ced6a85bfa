"""A project that is open as in the window, for the mishaps: masks are accepted and undone by dice, a moved file is
followed. Says what is committed, when (monotonic seconds), and what is seen of the file."""

from __future__ import annotations

import random
import signal
import sys
import time
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np

from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, ChangeSet
from app.project.safety import keeper
from app.project.safety.backup import back_up
from app.project.safety.keeper import FileEvent, Keeper
from app.project.store import Project

IDLE_S = 0.3


class Life:
    """From opening to closing."""

    def __init__(self, path: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.project = Project.open(path)
        for note in self.project.notes:
            say("note", note)
        say("opened", self.project.read_only_reason or "writable")
        self.seen: SimpleQueue[tuple[FileEvent, Path | None]] = SimpleQueue()
        self.watch()
        self.accepted: list[tuple[int, list[int]]] = []
        """The steps that accepted masks, and the objects of each."""
        self.ends = False
        signal.signal(signal.SIGTERM, self.end)

    def end(self, *_: object) -> None:
        self.ends = True

    def watch(self) -> None:
        self.keeper = Keeper(self.project.path, lambda seen, where: self.seen.put((seen, where)))
        self.keeper.start()

    def live(self) -> None:
        while not self.ends:
            try:
                self.look()
                self.act()
            except Problem as problem:
                say("problem", problem)
                time.sleep(0.02)
            time.sleep(self.dice.choice([0, 0, 0.002, 0.01, 0.03, 2 * IDLE_S if self.dice.random() < 0.1 else 0]))
        self.keeper.stop()
        self.project.close()
        say("closed")

    def look(self) -> None:
        try:
            seen, where = self.seen.get_nowait()
        except Empty:
            return
        say(seen.name.lower(), where)
        if seen is FileEvent.MOVED and (found := self.project.file.moved_to()):
            self.keeper.stop()
            self.project.file.follow(found)
            self.watch()
            say("followed", found)

    def act(self) -> None:
        match self.dice.choice(["accept"] * 7 + ["undo", "take back", "back up"]):
            case "undo":
                self.say_what_is_undone()
                self.say_what_changed(self.project.undo())
            case "take back":
                self.take_back()
            case "back up":
                back_up(self.project.path)
            case _:
                self.accept()

    def say_what_is_undone(self) -> None:
        last = "(SELECT max(id) FROM step WHERE undone = 0)"
        rows = self.project.file.db.execute(f"SELECT row_id FROM journal WHERE step_id = {last}")  # noqa: S608
        say("undoing", *(row[0] for row in rows))

    def say_what_changed(self, changes: ChangeSet | None) -> None:
        """In one line: a kill may come between two. What takes back a taking back brings its objects again."""
        rows = changes.changes if changes else ()
        gone = [change.before.id for change in rows if change.before is not None]
        came = [change.after.id for change in rows if change.after is not None]
        if gone:
            say("undone", *gone)
        elif came:
            say("saved", *came)

    def take_back(self) -> None:
        """Of a step anywhere in the middle."""
        step_id, ids = self.dice.choice(self.accepted or [(0, [])])
        if not self.project.steps.in_the_way(step_id):
            say("undoing", *ids)
            self.say_what_changed(self.project.steps.take_back(step_id))

    def accept(self) -> None:
        pixels = np.random.default_rng(self.dice.randrange(1 << 30)).random((6, 8)) > 0.5
        note = {"note": "x" * self.dice.choice([0, 10, 3000])}
        added: list[int] = []
        with self.project.step("Accept mask") as step:
            for _ in range(self.dice.choice([1, 1, 3])):
                mask = Mask.from_array(pixels)
                added.append(step.add(Annotation(0, self.project.images()[0].id, None, mask, attributes=note)).id)
        assert step.id is not None
        self.accepted.append((step.id, added))
        say("saved", *added)


def say(word: str, *more: object) -> None:
    print(word, f"{time.monotonic():.6f}", *more, flush=True)


if __name__ == "__main__":
    keeper.IDLE_S, keeper.MOST_S, keeper.LOOK_S = IDLE_S, 3 * IDLE_S, 0.02
    Life(Path(sys.argv[1]), int(sys.argv[2])).live()
