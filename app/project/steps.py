"""Every change of a project, and its undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from app.problem import Problem
from app.project.connection import damaged, is_sound, sentences
from app.project.history import journal, taking_back
from app.project.history.journal import Step
from app.project.open_file import OpenFile
from app.project.records import ChangeSet
from app.text import english, recalled, say
from app.work import Work

ChangeListener: TypeAlias = Callable[[ChangeSet], None]
_GONE = say("That step was taken back already.")


@dataclass(frozen=True)
class LongReplay:
    """The undo or redo of a step with many changes, or its taking back, which `Steps.replay` does; `replay_told` too,
    unless it is huge."""

    step_id: int
    name: str
    redo: bool
    is_taken_back: bool = False
    """True when it is that step wherever it is, and not only while it is the last one."""
    is_huge: bool = False
    """True when it has too many changes for anybody to be told each."""


class Steps:
    """Writes the steps of one project, undoes and redoes them."""

    def __init__(self, file: OpenFile, forget: Callable[[], None]) -> None:
        """Makes the steps of an open file. forget: called when nobody can tell what is different in the file."""
        self._file, self._forget = file, forget
        self._listeners: list[ChangeListener] = []
        self._in_step = False

    def must_be_writable(self) -> None:
        """Raises a Problem, with the reason, when nothing can be changed."""
        self._file.must_be_writable()

    def is_in_step(self) -> bool:
        """True while a step is under way."""
        return self._in_step

    def subscribe(self, listener: ChangeListener) -> None:
        """Tells the listener of every step, undo and redo after its commit, on this thread."""
        self._listeners.append(listener)

    @contextmanager
    def step(self, name: str, *, into: int | None = None) -> Generator[Step, None, None]:
        """One undoable change and one transaction: an exception inside takes all of it back. into: the id of an
        earlier step that goes on, for long imports in many small transactions; Problem when it was undone."""
        self._file.must_be_writable()
        if self._in_step:
            raise RuntimeError(f"Step {name!r} inside another step.")
        step = Step(self._file.db, english(name), into)
        self._in_step = True
        try:
            with self._file.transaction():
                if into is not None and not journal.is_done(self._file.db, into):
                    raise Problem(
                        say("{name}: it was undone before it was complete; the rest was left out.", name=name)
                    )
                yield step
        except sqlite3.IntegrityError as error:
            if is_sound(self._file.db):
                raise  # a bug of ours
            raise damaged(self._file.path) from error
        finally:
            self._in_step = False
        self._tell(step.changes)

    @contextmanager
    def in_bulk(self) -> Generator[None, None, None]:
        """Around many steps that are told as one, see Writer.bulk."""
        self._file.must_be_writable()
        with sentences(self._file.path), self._file.writer.bulk():
            yield

    def follow(self, changes: ChangeSet) -> None:
        """Tells the listeners of a step that another connection of this program wrote, some time ago perhaps: what was
        written since is not to be covered by it."""
        self._forget()
        self._tell(changes)

    def undo(self) -> ChangeSet | None:
        """None when there is nothing to undo."""
        return self._replayed(journal.undo)

    def redo(self) -> ChangeSet | None:
        """None when there is nothing to redo."""
        return self._replayed(journal.redo)

    def long_replay(self, *, redo: bool = False) -> LongReplay | None:
        """Returns the next undo, or redo, where it takes longer than a blink; None where `undo` and `redo` serve."""
        self._file.must_be_writable()
        with sentences(self._file.path):
            step = self._next(redo=redo)
            if step is None or not journal.is_long(self._file.db, step):
                return None
            return LongReplay(step["id"], step["name"], redo, is_huge=journal.is_huge(self._file.db, step))

    def name_of(self, step_id: int) -> str | None:
        """Returns the name of a step in force; None of one that was undone, or that compaction forgot."""
        with sentences(self._file.path):
            step = journal.step_in_force(self._file.db, step_id)
        return step["name"] if step else None

    def in_the_way(self, step_id: int) -> str:
        """Returns why that step cannot be taken back, in a sentence; "" when nothing is known to be in the way."""
        with sentences(self._file.path):
            step = journal.step_in_force(self._file.db, step_id)
            return str(taking_back.in_the_way(self._file.db, step)) if step else str(_GONE)

    def take_back(self, step_id: int) -> ChangeSet | None:
        """Takes back that step and no other: the last one as undo does, one before it by a new step. Problem when
        something later depends on it, or it was undone."""

        def replay(db: sqlite3.Connection) -> ChangeSet | None:
            step = _in_force(db, step_id)
            return journal.undo(db) if journal.is_last(db, step) else taking_back.take_back(db, step)

        return self._replayed(replay)

    def long_taking_back(self, step_id: int) -> LongReplay | None:
        """Returns the taking back of a step where it takes longer than a blink; None where take_back is the better
        way. Problem when it was undone."""
        self._file.must_be_writable()
        with sentences(self._file.path):
            step = _in_force(self._file.db, step_id)
            if not journal.is_long(self._file.db, step):
                return None
            return LongReplay(step_id, step["name"], False, True, journal.is_huge(self._file.db, step))

    def _next(self, *, redo: bool) -> sqlite3.Row | None:
        return journal.first_undone(self._file.db) if redo else journal.last_done(self._file.db)

    def replay(self, long: LongReplay) -> Work[None]:
        """Undoes, or redoes, a long step, all or nothing: closed before its end it changes nothing. Listeners are told
        that something is different, not what. What else this connection writes meanwhile belongs to it. Problem when
        it is not the next one any more."""
        self._file.must_be_writable()
        self._in_step = True
        try:
            with self._undamaged(), self._file.transaction():
                yield from self._replaying(long)
        finally:
            self._in_step = False
            self._forget()
        for listener in self._listeners:
            listener(ChangeSet(long.name))

    def replay_told(self, long: LongReplay) -> ChangeSet | None:
        """Undoes, or redoes, a long step that is not huge, at once. Listeners are told what is different, as after any
        step. Problem when it is not the next one any more."""

        def replay(db: sqlite3.Connection) -> ChangeSet | None:
            step = self._step_of(long)
            if not (long.redo or journal.is_last(db, step)):
                return taking_back.take_back(db, step)
            return journal.redo(db) if long.redo else journal.undo(db)

        return self._replayed(replay)

    def _step_of(self, long: LongReplay) -> sqlite3.Row:
        step = _in_force(self._file.db, long.step_id) if long.is_taken_back else self._next(redo=long.redo)
        if step is None or step["id"] != long.step_id:
            raise Problem(
                say(
                    "{name}: the project was changed meanwhile. Nothing was undone or redone.", name=recalled(long.name)
                )
            )
        return step

    def _replaying(self, long: LongReplay) -> Work[None]:
        db, step = self._file.db, self._step_of(long)
        if long.redo or journal.is_last(db, step):
            yield from journal.replaying(db, step, undone=not long.redo)
        else:
            yield from taking_back.taking_back(db, step)

    @property
    def undo_label(self) -> str | None:
        """The name of the step that `undo` would undo; None when there is nothing."""
        return self._label(journal.last_done)

    @property
    def redo_label(self) -> str | None:
        """The name of the step that `redo` would do again; None when there is nothing."""
        return self._label(journal.first_undone)

    def _tell(self, changes: ChangeSet) -> None:
        if changes.changes:
            for listener in self._listeners:
                listener(changes)

    def _label(self, find: Callable[[sqlite3.Connection], sqlite3.Row | None]) -> str | None:
        with sentences(self._file.path):
            step = find(self._file.db)
        return step["name"] if step else None

    def _replayed(self, replay: Callable[[sqlite3.Connection], ChangeSet | None]) -> ChangeSet | None:
        self._file.must_be_writable()
        if self._in_step:
            raise RuntimeError("Undo or redo inside a step.")
        with self._undamaged(), self._file.transaction():
            changes = replay(self._file.db)
        if changes is not None:
            self._tell(changes)
        return changes

    @contextmanager
    def _undamaged(self) -> Generator[None, None, None]:
        """What we journal fits; a stranger's may not."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise Problem(
                say("{file}: the record of its changes is damaged. Nothing was changed.", file=self._file.path.name)
            ) from error


def _in_force(db: sqlite3.Connection, step_id: int) -> sqlite3.Row:
    step = journal.step_in_force(db, step_id)
    if step is None:
        raise Problem(_GONE)
    return step
