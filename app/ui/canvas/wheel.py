"""Wheel or touchpad: a wheel zooms, two fingers pan. Qt reports both as wheel events.

The device decides where Qt knows it (X11, Wayland), the phases of a gesture where it does not (macOS). `pixelDelta`
alone says nothing: on X11 mice with a fine wheel have it too. Windows tells neither: a touchpad zooms there as a wheel
does, and its pinch arrives as a wheel with Ctrl, which zooms everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QInputDevice, QWheelEvent

NOTCH = 120
"""A click of the wheel, in Qt's eighths of a degree."""
_PAN_PX = 60.0
"""So far does a touchpad pan that tells notches and no pixels."""


@dataclass(frozen=True)
class Turn:
    """What a wheel event asks for. pan: by so many points of the screen; None to zoom by so many steps instead."""

    pan: QPointF | None
    steps: float = 0.0


class Notches:
    """Counts the notches of a wheel. Fine wheels and touchpads tell parts of them: one counts when it is full."""

    def __init__(self) -> None:
        self._turn = 0
        """What is left of a notch, in Qt's eighths of a degree."""

    def of(self, turn: int) -> int:
        """Returns how many are full by this turn; who turns the other way begins anew."""
        self._turn = turn if self._turn * turn < 0 else self._turn + turn
        full = int(self._turn / NOTCH)
        self._turn -= full * NOTCH
        return full


def turn_of(event: QWheelEvent) -> Turn:
    """Returns what the event asks for; Ctrl zooms, and Shift turns a wheel sideways, as does tilting it."""
    angle = QPointF(event.angleDelta())
    is_coasting = event.phase() == Qt.ScrollPhase.ScrollMomentum  # the fingers have left: Ctrl is for something else
    if is_touchpad(event) and (is_coasting or not event.modifiers() & Qt.KeyboardModifier.ControlModifier):
        pixels = QPointF(event.pixelDelta())
        return Turn(angle / NOTCH * _PAN_PX if pixels.isNull() else pixels)
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not angle.y():
        return Turn(QPointF(angle.x() or angle.y(), 0))
    return Turn(None, angle.y() / NOTCH)


def is_touchpad(event: QWheelEvent) -> bool:
    """Returns True if the event comes from fingers on a touchpad."""
    if event.device().type() == QInputDevice.DeviceType.TouchPad:
        return True
    return event.phase() != Qt.ScrollPhase.NoScrollPhase
