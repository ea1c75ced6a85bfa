"""The classes that were chosen for the object in the making: undo and redo come by them as by its clicks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple


class _Step(NamedTuple):
    state: int
    """The number of the state in which it was chosen."""
    other: int | None
    """The class that the object gets when this is taken back, or done again."""


@dataclass(frozen=True)
class ClassSteps:
    """Holds the classes that can be taken back, and those that were; the newest last."""

    _done: tuple[_Step, ...] = ()
    _undone: tuple[_Step, ...] = ()

    def chosen(self, state: int, before: int | None) -> ClassSteps:
        """Returns these with one more, in this state. before: the class until then."""
        return ClassSteps((*self._done, _Step(state, before)))

    def can_take_back(self, state: int) -> bool:
        """Returns True if the last thing that was done is that one was chosen. state: the newest."""
        return bool(self._done) and self._done[-1].state == state

    def can_redo(self, state: int) -> bool:
        """Returns True if the next thing to be done again is that one was chosen. state: the newest."""
        return bool(self._undone) and self._undone[-1].state == state

    def taken_back(self, now: int | None) -> tuple[ClassSteps, int | None]:
        """Returns these without the last one, and the class before it. now: the class that it chose."""
        *done, last = self._done
        return ClassSteps(tuple(done), (*self._undone, _Step(last.state, now))), last.other

    def redone(self, now: int | None) -> tuple[ClassSteps, int | None]:
        """Returns these with the one again that was taken back last, and its class. now: the class before it."""
        *undone, last = self._undone
        return ClassSteps((*self._done, _Step(last.state, now)), tuple(undone)), last.other

    def gone_on(self) -> ClassSteps:
        """Returns these after something else was done: what was taken back cannot be done again."""
        return replace(self, _undone=())

    def renumbered(self, before: int, after: int) -> ClassSteps:
        """Returns these where a state was asked anew, which gave it another number."""

        def of(steps: tuple[_Step, ...]) -> tuple[_Step, ...]:
            return tuple(each._replace(state=after) if each.state == before else each for each in steps)

        return ClassSteps(of(self._done), of(self._undone))


NO_CLASS_STEPS = ClassSteps()
