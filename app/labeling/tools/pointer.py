"""The mouse, pen or finger as tools see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Button: TypeAlias = Literal["left", "right", "none"]
Modifier: TypeAlias = Literal["shift", "ctrl", "alt"]


@dataclass(frozen=True)
class PointerEvent:
    """A press, move or release. x, y in image pixels, also outside the image."""

    x: float
    y: float
    button: Button = "left"
    modifiers: frozenset[Modifier] = frozenset()
    down: bool = True
