"""What a gesture that stays has made, for as long as it is the newest of the object: then it can be gone on with."""

from __future__ import annotations

from typing import Generic, TypeVar
from weakref import ReferenceType, ref

from app.labeling.context import Context
from app.labeling.session import Session

_Drawn = TypeVar("_Drawn")


class Ended(Generic[_Drawn]):
    """Remembers what was drawn last, as its tool knows it."""

    def __init__(self) -> None:
        self._last: tuple[ReferenceType[Session], int, _Drawn] | None = None
        """Of which session: tools outlive a project, and the next one numbers its states anew."""

    def note(self, c: Context, drawn: _Drawn, before: int | None) -> None:
        """Notes that the object got a new state from this. before: `newest` before that; where nothing is new, nothing
        can be taken back."""
        number = newest(c)
        self._last = None if number is None or number == before else (ref(c.session), number, drawn)

    def take_back(self, c: Context) -> _Drawn | None:
        """Takes its state from the object, and returns what was drawn; None where something else is newer."""
        last, self._last = self._last, None
        if last is None or last[0]() is not c.session or last[1] != newest(c):
            return None
        c.session.editor.back()
        return last[2]


def newest(c: Context) -> int | None:
    """Returns the number of the newest state of the object in the making; None without one."""
    draft = c.session.editor.draft
    return draft.top.number if draft.is_live else None
