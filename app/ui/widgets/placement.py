"""Where a message lies: in the place that covers least of what is being worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

EDGE = 18
"""Points between a message and the edge of its room."""
_NEAR = 32
"""Points around the pointer that are kept free."""


class Room:
    """The room of a message: a widget, seen from one that it lies in, and what is worked on there."""

    def __init__(self, over: QWidget, inside: QWidget, worked_on: Callable[[], Sequence[QRect]]) -> None:
        """Looks at a widget. worked_on: what is not to be covered, in coordinates of `over`."""
        self._over, self._inside, self._worked_on = over, inside, worked_on

    def rect(self) -> QRect:
        """Returns where it is, in coordinates of `inside`."""
        return QRect(self._over.mapTo(self._inside, QPoint(0, 0)), self._over.size())

    def taken(self) -> list[QRect]:
        """Returns what is not to be covered, in the same coordinates."""
        room = self.rect()
        return [each.translated(room.topLeft()).intersected(room) for each in self._worked_on()]


def near(at: QPoint) -> QRect:
    """Returns what is kept free around the pointer."""
    return QRect(at.x() - _NEAR, at.y() - _NEAR, 2 * _NEAR, 2 * _NEAR)


def covered(place: QRect, taken: Sequence[QRect]) -> int:
    """Returns how much of the taken places, in square points, would be covered there."""
    parts = (place.intersected(each) for each in taken)
    return sum(part.width() * part.height() for part in parts if not part.isEmpty())


def free_place(size: QSize, room: QRect, taken: Sequence[QRect], pointer: QPoint | None) -> QRect:
    """Returns the place in the room, or in the strip above it, that covers least of what is taken; of several that
    cover nothing the first: below in the middle. The pointer is covered nowhere, if that can be."""
    around = [] if pointer is None else [near(pointer)]
    return min(_places(size, room), key=lambda place: (covered(place, around), covered(place, taken)))


def _places(size: QSize, room: QRect) -> Iterator[QRect]:
    inner = room.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    middle = QRect(QPoint(), size)
    middle.moveCenter(room.center())
    left, right = inner.left(), inner.right() - size.width() + 1
    top, bottom = inner.top(), inner.bottom() - size.height() + 1
    for x, y in (
        (middle.left(), bottom), (middle.left(), top), (right, bottom), (left, bottom), (right, top), (left, top),
        (right, middle.top()), (left, middle.top()),
    ):  # fmt: skip
        yield QRect(QPoint(x, y), size)
    if room.top() > 0:
        above = max(room.top() - size.height(), 0)  # what is higher than the strip reaches into the room
        yield QRect(QPoint(middle.left(), above), size)
