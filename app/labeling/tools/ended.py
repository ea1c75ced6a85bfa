"""What a gesture that stays has drawn, as long as nothing was done since: then it can be gone on with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import ReferenceType, ref

from app.labeling.context import Context
from app.labeling.drafts import When
from app.labeling.session import Session

_Drawn = TypeVar("_Drawn")


@dataclass(frozen=True)
class _Last(Generic[_Drawn]):
    session: ReferenceType[Session]
    """Tools outlive a project, and the next one numbers its states anew."""
    newest: int | None
    drawn: _Drawn
    dropped_at: When | None = None
    """Of what was taken back before it made a state."""


class Ended(Generic[_Drawn]):
    """Remembers what was drawn last, as its tool knows it."""

    def __init__(self) -> None:
        self._last: _Last[_Drawn] | None = None

    def note(self, c: Context, drawn: _Drawn, before: int | None) -> None:
        """Notes that the object got a new state from this. before: `newest` before that; where nothing is new, nothing
        can be taken back."""
        number = newest(c)
        self._last = None if number is None or number == before else _Last(ref(c.session), number, drawn)

    def drop(self, c: Context, drawn: _Drawn) -> None:
        """Notes that this was taken back before it was ended."""
        self._last = _Last(ref(c.session), newest(c), drawn, c.session.drafts.when())

    def has_dropped(self, c: Context) -> bool:
        """Returns True if the last thing that was done was to take back what was drawn."""
        return self._last is not None and self._last.dropped_at is not None and self._is_last(c)

    def take_back(self, c: Context) -> _Drawn | None:
        """Takes its state from the object, if it made one, and returns what was drawn; None where something else is
        newer."""
        last, is_last = self._last, self._is_last(c)
        if last is None or (last.dropped_at is not None and not is_last):
            return None  # undo may come by it again
        self._last = None
        if is_last and last.dropped_at is None:
            c.session.editor.back()
        return last.drawn if is_last else None

    def _is_last(self, c: Context) -> bool:
        last = self._last
        if last is None or last.session() is not c.session or last.newest != newest(c):
            return False
        return last.dropped_at is None or last.dropped_at.is_reached(c.session.drafts.when())


def newest(c: Context) -> int | None:
    """Returns the number of the newest state of the object in the making; None without one."""
    draft = c.session.editor.draft
    return draft.top.number if draft.is_live else None
