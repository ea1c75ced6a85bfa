"""The mouse, pen or finger as tools see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Button: TypeAlias = Literal["left", "right", "none"]
Key: TypeAlias = Literal["", "finish", "back", "leave"]
"""leave: another tool or image comes; what is drawn is finished, unless it is too little for that."""
Modifier: TypeAlias = Literal["shift", "ctrl", "alt"]


@dataclass(frozen=True)
class PointerEvent:
    """A press, move or release. x, y in image pixels, also outside the image."""

    x: float
    y: float
    button: Button = "left"
    modifiers: frozenset[Modifier] = frozenset()
    down: bool = True
    pressure: float = 1.0
    """Of a pen, from 0 to 1; a mouse presses with 1."""
    is_eraser: bool = False
    """It is the other end of a pen: its button is the right one, and it never paints."""
    key: Key = ""
    """What was pressed on the keyboard while the pointer was here, for a gesture that stays between presses."""
