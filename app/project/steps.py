"""Every change of a project, and its undo."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.problem import Problem
from app.project.connection import FileId, damaged, file_id, is_sound, sentences
from app.project.history import journal
from app.project.history.journal import Step
from app.project.records import ChangeSet
from app.project.write_queue import WriteQueue, Writer

ChangeListener: TypeAlias = Callable[[ChangeSet], None]


@dataclass(frozen=True, eq=False)
class LongReplay:
    """The undo, or redo, of a step with many changes."""

    name: str
    redo: bool
    steps: Generator[tuple[int, int], None, None]
    """(done, all). When they are closed before their end, nothing has happened."""


class Changing(ABC):
    """The part of a Project that writes steps."""

    path: Path
    read_only_reason: str
    _db: sqlite3.Connection
    _file_id: FileId | None
    _turns: WriteQueue
    _writer: Writer
    _listeners: list[ChangeListener]
    _in_step: bool

    @abstractmethod
    def _changed(self, changes: ChangeSet) -> None:
        """It is in the file now."""

    @abstractmethod
    def refresh(self) -> None:
        """Forget what was remembered."""

    @abstractmethod
    def _keep_lock(self) -> None:
        """Problem when the lock is not ours any more."""

    @contextmanager
    def step(self, name: str, *, into: int | None = None) -> Generator[Step, None, None]:
        """One undoable change and one transaction: an exception inside takes all of it back. into: the id of an
        earlier step that goes on, for long imports in many small transactions; Problem when it was undone."""
        self._writable()
        if self._in_step:
            raise RuntimeError(f"Step {name!r} inside another step.")
        step = Step(self._db, name, into)
        self._in_step = True
        try:
            with sentences(self.path), self._writer.transaction():
                if into is not None and not journal.is_done(self._db, into):
                    raise Problem(f"{name}: it was undone before it was complete; the rest was left out.")
                yield step
        except sqlite3.IntegrityError as error:
            if is_sound(self._db):
                raise  # a bug of ours
            raise damaged(self.path) from error
        finally:
            self._in_step = False
        self._changed(step.changes)

    @contextmanager
    def in_bulk(self) -> Generator[None, None, None]:
        """Around many steps that are told as one, see Writer.bulk."""
        self._writable()
        with sentences(self.path), self._writer.bulk():
            yield

    def undo(self) -> ChangeSet | None:
        """None when there is nothing to undo."""
        return self._replayed(journal.undo)

    def redo(self) -> ChangeSet | None:
        """None when there is nothing to redo."""
        return self._replayed(journal.redo)

    def replaying(self, *, redo: bool = False) -> LongReplay | None:
        """undo, or redo, where it takes longer than a blink: to be stepped. None where they are the better way."""
        self._writable()
        with sentences(self.path):
            step = self._next(redo=redo)
            if step is None or not journal.is_long(self._db, step):
                return None
        return LongReplay(step["name"], redo, self._stepped(step, redo=redo))

    def _next(self, *, redo: bool) -> sqlite3.Row | None:
        return journal.first_undone(self._db) if redo else journal.last_done(self._db)

    def _stepped(self, step: sqlite3.Row, *, redo: bool) -> Generator[tuple[int, int], None, None]:
        """All or nothing: closed before its end it changes nothing. Listeners are told that something is different,
        not what. What else this connection writes meanwhile belongs to it."""
        self._writable()
        self._in_step = True
        try:
            with self._undamaged(), sentences(self.path), self._writer.transaction():
                now = self._next(redo=redo)
                if now is None or now["id"] != step["id"]:
                    raise Problem(f"{step['name']}: the project was changed meanwhile. Nothing was undone or redone.")
                yield from journal.replaying(self._db, step, undone=not redo)
        finally:
            self._in_step = False
            self.refresh()
        for listener in self._listeners:
            listener(ChangeSet(step["name"]))

    @property
    def undo_label(self) -> str | None:
        return self._label(journal.last_done)

    @property
    def redo_label(self) -> str | None:
        return self._label(journal.first_undone)

    def _label(self, find: Callable[[sqlite3.Connection], sqlite3.Row | None]) -> str | None:
        with sentences(self.path):
            step = find(self._db)
        return step["name"] if step else None

    def _replayed(self, replay: Callable[[sqlite3.Connection], ChangeSet | None]) -> ChangeSet | None:
        self._writable()
        if self._in_step:
            raise RuntimeError("Undo or redo inside a step.")
        with self._undamaged(), sentences(self.path), self._writer.transaction():
            changes = replay(self._db)
        if changes is not None:
            self._changed(changes)
        return changes

    @contextmanager
    def _undamaged(self) -> Generator[None, None, None]:
        """What we journal fits; a stranger's may not."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise Problem(f"{self.path.name}: the record of its changes is damaged. Nothing was changed.") from error

    def _writable(self) -> None:
        if self.read_only_reason:
            raise Problem(f"{self.path.name} is read-only. {self.read_only_reason}")
        if self._turns.log is not None:
            self._turns.log.refuse_changed()
        if file_id(self.path) != self._file_id:  # SQLite would go on writing to a file that nobody finds any more
            raise Problem(
                f"{self.path.name} is not there any more: it was moved or deleted, or its drive was taken out. "
                "The change was not saved; put it back and try again."
            )
        self._keep_lock()
