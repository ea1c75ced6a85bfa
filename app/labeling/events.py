"""What the session tells those who listen. The values themselves are read from the session: state lives once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.project.steps import LongReplay
from app.project.store import Project
from app.work import Work

What: TypeAlias = str
"""image, past, model, progress, proposal, selection, category, crosshair, findings, carried, preview, pixels, edges,
photo (its file is another one); and what others add."""


@dataclass(frozen=True)
class Changed:
    """That part of the session is different now."""

    what: What


@dataclass(frozen=True)
class Notice:
    """One sentence for the person: a toast. problem: something went wrong, details hold the traceback of a bug."""

    sentence: str
    step_id: int | None = None
    """The id of the step that it tells of, which the person may take back."""
    problem: bool = False
    details: str = ""


@dataclass(frozen=True, eq=False)
class LongWork:
    """A step of many changes that takes longer than a blink. Nothing else can be changed until it is over."""

    title: str
    work: Callable[[Project], Work[Any]]
    """With a connection of its own."""
    done: Callable[[Any], object]
    """Gets the result, on the thread of the session; nothing has happened when it was ended before."""
    beside_masks: bool = False
    """It begins also while accepted masks are still to come: it is not about them."""


SessionEvent: TypeAlias = Changed | Notice | LongReplay | LongWork
"""Long ones are to be done by who listens, beside the window."""
Tell: TypeAlias = Callable[[SessionEvent], None]


class Listeners:
    """Keeps those who listen to a session and passes each event on to them, in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: list[Tell] = []

    def subscribe(self, listener: Tell) -> None:
        """Passes every event from now on to `listener`."""
        self._listeners.append(listener)

    def on(self, *what: What, do: Callable[[], object]) -> Callable[[], None]:
        """Calls `do` whenever one of these parts of the session changed. Returns what ends it."""

        def listener(event: SessionEvent) -> None:
            if isinstance(event, Changed) and event.what in what:
                do()

        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def tell(self, event: SessionEvent) -> None:
        """Passes the event on to all who listen now."""
        for listener in list(self._listeners):
            listener(event)
