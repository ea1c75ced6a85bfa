"""What people, machines and other programs do around an open project, by dice, and what must hold afterwards: nothing
that was acknowledged is lost, and no malformed file is opened to be written to.

`python -m tests.project.mishaps --rounds 1000` runs as many as one wants; the tests run some.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from PIL import Image

from app.project.safety import wal
from app.project.safety.backup import backups_of
from app.project.safety.restoring import restore
from app.project.store import Project
from tests.project import power_cut
from tests.project.living import IDLE_S

ROOT = Path(__file__).parents[2]
_NOTICED_S = 8 * IDLE_S
"""After so long a copy of the file holds everything, on a busy machine too."""


class Living:
    """The program that has the project open, and what it acknowledged."""

    def __init__(self, path: Path, seed: int, record: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "tests.project.living", str(path), str(seed)]
        environment = {**os.environ, **(record or {})}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        self.lines: list[list[str]] = []
        while not self.lines or self.lines[-1][0] not in ("opened", "problem"):
            self._read()
        assert self.lines[-1][2] == "writable", self.lines

    def work(self, acts: int, until: Callable[[list[str]], bool] = lambda _line: False) -> None:
        """Until so many things were said, or one of them is it."""
        for _ in range(acts):
            self._read()
            if until(self.lines[-1]):
                return

    def _read(self) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.endswith("\n"), ("It died.", self.lines[-3:])
        self.lines.append(line.split())

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def close(self) -> None:
        self._end(signal.SIGTERM)
        assert self.lines[-1][0] == "closed", self.lines[-3:]

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        assert self._process.stdout is not None
        rest = self._process.stdout.read()
        self.lines += [line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        self._process.wait()
        self._process.stdout.close()

    def acknowledged(self, before: set[int], until: float = float("inf")) -> set[int]:
        """The objects that are there by what was said until then."""
        there = set(before)
        for word, when, *ids in self.lines:
            if float(when) <= until:
                there |= {int(i) for i in ids} if word == "saved" else set()
                there -= {int(i) for i in ids} if word == "undone" else set()
        return there

    def said(self, word: str) -> list[list[str]]:
        return [line for line in self.lines if line[0] == word]


class Round:
    """One project, and one mishap after the other."""

    def __init__(self, folder: Path, seed: int, library: Path | None) -> None:
        self.dice, self.seed, self.library = random.Random(seed), seed, library
        self.home = folder / f"round {seed}"
        photos = self.home / "photos"
        photos.mkdir(parents=True)
        Image.new("RGB", (8, 6)).save(photos / "one.png")
        self.path = photos / "cats.maskwright"
        with closing(Project.create(self.path, photos)) as project:
            list(project.folder.scan())
        self.there: set[int] = set()
        self.done: list[str] = []

    def run(self) -> list[str]:
        """Returns the names of what happened."""
        mishaps = [m for m in MISHAPS if m is not Round.power or self.library]
        for _ in range(self.dice.choice([1, 2, 2, 3])):
            mishap = self.dice.choice(mishaps)
            self.done.append(mishap.__name__)
            mishap(self)
        self.ends_well()
        shutil.rmtree(self.home)
        return self.done

    def ends_well(self) -> None:
        """After all of it the project can be worked on, closed, and is whole in one file."""
        life = self.living()
        life.work(3)
        life.close()
        self.there = life.acknowledged(self.there)
        assert self.content(self.path, exactly=True) == self.there
        left = {p.name for p in self.path.parent.glob(f"{self.path.name}-*") if p.is_file()}
        assert not [name for name in left if " aside " not in name], left

    # --- helpers -------------------------------------------------------------------------------------------------

    def living(self, record: dict[str, str] | None = None) -> Living:
        return Living(self.path, self.dice.randrange(1 << 30), record)

    def some_work(self, life: Living) -> None:
        life.work(self.dice.choice([2, 10, 30, 80]))
        time.sleep(self.dice.choice([0, 0.005, 0.02, 0.1]) * self.dice.random())

    def ended(self, life: Living) -> None:
        if self.dice.random() < 0.5:
            life.kill()
        else:
            life.close()

    def content(self, path: Path, *, exactly: bool = False) -> set[int]:
        """Opens it for writing, as the next start of the program does. exactly: nothing is to be said of it."""
        with closing(Project.open(path)) as project:
            if project.read_only:
                assert not exactly, project.read_only_reason
                assert project.read_only_reason.endswith("."), project.read_only_reason
                return set()
            assert project.file.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok", (path, project.notes)
            assert project.file.db.execute("PRAGMA foreign_key_check").fetchone() is None
            assert not exactly or not project.notes, project.notes
            return {annotation.id for annotation in project.annotation_table.all()}

    def is_writable(self) -> bool:
        with closing(Project.open(self.path)) as project:
            return not project.read_only

    def holds(self, path: Path, life: Living) -> set[int]:
        """All that was acknowledged, and at most what was under way."""
        there, expected = self.content(path), life.acknowledged(self.there)
        lost = expected - there
        under_way = there - expected
        assert lost <= self._under_way(life), (lost, life.lines[-5:])
        assert len(under_way) <= 3, (under_way, life.lines[-5:])
        return there

    def _under_way(self, life: Living) -> set[int]:
        """What an undo takes back that was not acknowledged any more."""
        last = life.lines[-1]
        return {int(i) for i in last[2:]} if last[0] == "undoing" else set()

    # --- what happens --------------------------------------------------------------------------------------------

    def kill(self) -> None:
        life = self.living()
        self.some_work(life)
        life.kill()
        self.there = self.holds(self.path, life)

    def power(self) -> None:
        """A power cut: what was not waited for is there in part."""
        assert self.library is not None
        before, record = self.home / "before", self.home / "record"
        shutil.copytree(self.path.parent, before)
        environment = {"LD_PRELOAD": str(self.library), "RECORD_TO": str(record)}
        life = self.living({**environment, "RECORD_BELOW": str(self.path.parent)})
        self.some_work(life)
        life.kill()
        power_cut.cut(before, self.path.parent, record, self.dice)
        self.there = self.holds(self.path, life)
        shutil.rmtree(before)
        record.unlink()

    def rename(self) -> None:
        """Of the file or of its folder, while it is open."""
        life = self.living()
        self.some_work(life)
        match self.dice.choice(["file", "away", "folder"]):
            case "file":
                new = self.path.rename(self.path.with_name(f"cats {self.dice.randrange(10_000)}.maskwright"))
            case "away":
                (self.path.parent / "below").mkdir(exist_ok=True)
                new = self.path.rename(self.path.parent / "below" / f"{self.dice.randrange(10_000)}.maskwright")
            case _:
                name = f"photos {self.dice.randrange(10_000)}"
                new = self.path.parent.rename(self.path.parent.with_name(name)) / self.path.name
        if self.dice.random() < 0.7:
            life.work(500, lambda line: line[0] == "followed")
            life.work(self.dice.choice([1, 10]))
        else:  # before it was noticed what was acknowledged last may lie in the log under the old name
            life.close()
            self.path = new
            self.there = self.holds(new, life)
            return
        self.path = new
        self.ended(life)
        self.there = self.holds(new, life)

    def copy(self) -> None:
        """Of the file alone, at any moment."""
        life = self.living()
        self.some_work(life)
        began = time.monotonic()
        copy = Path(shutil.copyfile(self.path, self.home / "copy.maskwright"))
        life.work(2)
        self.ended(life)
        there = self.holds(self.path, life)
        copied = self._copied(copy)
        if copied is not None:
            settled = life.acknowledged(self.there, began - _NOTICED_S)
            assert settled - copied <= self._undone(life), settled - copied
        self.there = there
        copy.unlink()

    def copy_all(self) -> None:
        """Of the file and all that is beside it, one after the other, as a sync program does."""
        life = self.living()
        self.some_work(life)
        target = self.home / "all"
        target.mkdir()
        files = list(self.path.parent.glob(f"{self.path.name}*"))
        self.dice.shuffle(files)
        for file in files:
            if file.is_file() and file.exists():
                try:
                    shutil.copyfile(file, target / file.name)
                except FileNotFoundError:
                    continue
        life.work(2)
        self.ended(life)
        self.there = self.holds(self.path, life)
        if (target / self.path.name).exists():
            self.content(target / self.path.name)
        shutil.rmtree(target)

    def _copied(self, copy: Path) -> set[int] | None:
        """What it holds; None when it is read-only with a sentence."""
        with closing(Project.open(copy)) as project:
            if project.read_only:
                return None
            assert project.notes, "It does not say what it may lack."
            assert project.file.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return {annotation.id for annotation in project.annotation_table.all()}

    def _undone(self, life: Living) -> set[int]:
        return {int(i) for line in life.said("undone") for i in line[2:]}

    def put_back(self) -> None:
        """A backup or an older copy takes the place of the file after a crash, by hand."""
        older = self._older()
        life = self.living()
        self.some_work(life)
        life.kill()
        had_log = wal.has_log(self.path)
        if self.dice.random() < 0.5:
            shutil.copyfile(older, self.path)
        else:
            older.replace(self.path)
        there = self.content(self.path)
        assert there == self._at_copy, (there, self._at_copy, had_log)
        self.there = there

    def _older(self) -> Path:
        """A copy that was made when the project was closed, or one of its backups."""
        copy = self.home / "older.maskwright"
        backups = backups_of(self.path)
        source = self.dice.choice(backups) if backups and self.dice.random() < 0.5 else self.path
        shutil.copyfile(source, copy)
        with closing(sqlite3.connect(f"file:{source}?immutable=1&mode=ro", uri=True)) as db:
            self._at_copy = {row[0] for row in db.execute("SELECT id FROM annotation")}
        return copy

    def restored(self) -> None:
        """By the program, after a crash; and the state before comes back the same way."""
        life = self.living()
        self.some_work(life)
        life.kill()
        backups = backups_of(self.path)
        if not backups:
            self.there = self.holds(self.path, life)
            return
        done = restore(self.path, self.dice.choice(backups))
        self.content(self.path, exactly=True)
        kept = [path for path in done.kept if path.suffix == ".maskwright"]
        if kept:
            restore(self.path, kept[0])
            self.there = self.holds(self.path, life)
        else:  # nothing was ever done in it
            assert not life.acknowledged(self.there)
            self.there = self.content(self.path)

    def exchanged(self) -> None:
        """Another project gets the name after a crash; then the first one comes back."""
        other = self.path.with_name("other.maskwright")
        with closing(Project.create(other, self.path.parent)) as project:
            list(project.folder.scan())
        life = self.living()
        self.some_work(life)
        life.kill()
        away = self.path.rename(self.path.with_name("away.maskwright"))
        other.rename(self.path)
        assert self.content(self.path) == set()
        self.path.unlink()
        away.rename(self.path)
        self.there = self.holds(self.path, life)

    def sync(self) -> None:
        """Another program writes older bytes over the open file."""
        older = self._older()
        life = self.living()
        self.some_work(life)
        self.path.write_bytes(older.read_bytes())
        life.work(500, lambda line: line[0] in ("changed", "problem"))
        self.ended(life)
        if not self.is_writable():  # they fell into a check-point: it is not whole, which is said, and is put back
            shutil.copyfile(older, self.path)
        self.there = self.content(self.path)

    def replaced(self) -> None:
        """Another program puts an older file in the place of the open one; what was there is kept as a backup."""
        older = self._older()
        life = self.living()
        self.some_work(life)
        when = time.monotonic()
        older.replace(self.path)
        life.work(500, lambda line: line[0] == "lost")
        [lost] = life.said("lost")
        self.ended(life)
        kept = self.home / "kept.maskwright"
        shutil.copyfile(" ".join(lost[2:]), kept)
        expected, there = life.acknowledged(self.there, when), self.content(kept)
        assert expected - there <= self._undone(life)
        assert self.content(self.path) == self._at_copy
        self.there = self._at_copy


MISHAPS = [
    Round.kill, Round.power, Round.rename, Round.copy, Round.copy_all, Round.put_back, Round.restored,
    Round.exchanged, Round.sync, Round.replaced,
]  # fmt: skip


def main() -> None:
    """Prints what happened how often; ends with an error at the first thing that does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    happened = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        library = power_cut.recorder(Path(folder))
        for seed in range(options.first, options.first + options.rounds):
            round_ = Round(Path(folder), seed, library)
            try:
                happened.update(round_.run())
            except BaseException:
                print(f"round {seed} failed: {round_.done}", flush=True)
                raise
            if seed % 20 == 19:
                print(seed + 1, dict(happened), flush=True)
    print(f"{options.rounds} rounds, {happened.total()} mishaps: {dict(happened)}")


if __name__ == "__main__":
    main()
