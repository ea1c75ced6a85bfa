"""What another program, which writes to the project, keeps from being saved: tried again by itself, between the events
of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.labeling.session import Session
from app.problem import Busy, Problem

_PAUSE_MS = 300
PATIENCE_S = 30.0
"""So long an act is tried again."""


@dataclass(frozen=True)
class Act:
    """Something to do that is tried again while another program is in its way. name: the same act twice has the same
    one."""

    name: str
    run: Callable[[], object]
    is_meant: Callable[[], bool] | None = None
    """Whether it would still do what the person wanted; None: whatever the person does meanwhile."""
    give_up: Callable[[], object] = lambda: None
    """After the last try."""


@dataclass(frozen=True)
class _Waiting:
    act: Act
    until: float
    problem: Problem


class Again(QObject):
    """Tries acts of one session again while another program is in their way."""

    told = Signal(str)
    """A sentence."""
    ended = Signal()
    """Nothing waits any more."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._waiting: dict[str, _Waiting] = {}
        """By name."""
        self._timer = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._timer.timeout.connect(self._try)

    @property
    def is_waiting(self) -> bool:
        """True while an act waits."""
        return bool(self._waiting)

    def meant_now(self) -> Callable[[], bool]:
        """Returns what tells whether what the person acts on is still what it is now."""
        before = _standing(self._session)
        return lambda: _standing(self._session) == before

    def attempt(self, act: Act) -> None:
        """Now, and again when another program is in the way. Any other Problem is raised; that one too when something
        else that the person did waits already: what comes after it would not be what was meant."""
        try:
            act.run()
        except Busy as problem:
            if act.is_meant is not None and act.name not in self._waiting and self._has_act:
                raise
            self._waiting.setdefault(act.name, _Waiting(act, monotonic() + PATIENCE_S, problem))
            self.told.emit(problem.meanwhile)
        finally:
            self.look()

    def look(self) -> None:
        """Begins to try again when there is something."""
        if (self._waiting or self._session.project.deferred.any) and not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Forgets what waits: the project is being closed."""
        self._timer.stop()
        self._waiting.clear()

    @property
    def _has_act(self) -> bool:
        return any(waiting.act.is_meant is not None for waiting in self._waiting.values())

    def _try(self) -> None:
        was_waiting = self.is_waiting
        for name, waiting in list(self._waiting.items()):
            if not self._is_over(waiting):
                break  # the others would wait in vain as well
            self._waiting.pop(name, None)
        else:
            self._session.project.deferred.save()
        if was_waiting and not self.is_waiting:
            self.ended.emit()
        self.look()

    def _is_over(self, waiting: _Waiting) -> bool:
        """Saved, or given up."""
        act, problem = waiting.act, waiting.problem
        try:
            if act.is_meant is None or act.is_meant():
                act.run()
                return True
        except Busy:
            if monotonic() < waiting.until:
                return False
        except Problem as other:
            problem = other
        act.give_up()
        self.told.emit(str(problem))
        return True


def _standing(session: Session) -> tuple[object, ...]:
    asked = tuple(revision.number for revision in session.editor.draft.revisions)
    return session.image_id, asked, session.editor.draft.resumed, session.objects.selection, session.place.past
