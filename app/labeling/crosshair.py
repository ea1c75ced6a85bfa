"""Crosshair: the pointer of those who use no mouse, moved by the arrow keys; it clicks and spans boxes."""

from __future__ import annotations

from collections.abc import Callable

from app.labeling.events import Changed, SessionEvent

STEP_PX = 8.0
"""One press of an arrow key, unless the person chose another step."""


class Crosshair:
    """at: x, y in image pixels, None while it is not shown. anchor: where a box was begun."""

    def __init__(self, tell: Callable[[SessionEvent], None]) -> None:
        self._tell = tell
        self.at: tuple[float, float] | None = None
        self.anchor: tuple[float, float] | None = None
        self.step_px = STEP_PX

    def move(self, dx: float, dy: float, size: tuple[int, int]) -> None:
        """In image pixels; it appears in the middle and stays inside. size: (width, height)"""
        width, height = size
        x, y = self.at or (width / 2 - dx, height / 2 - dy)
        # half a pixel: in the middle of a border pixel, so that a click at it is inside
        self.at = (min(max(x + dx, 0.5), width - 0.5), min(max(y + dy, 0.5), height - 0.5))
        self._tell(Changed("crosshair"))

    def begin_box(self) -> None:
        self.anchor = self.at
        self._tell(Changed("crosshair"))

    def cancel_box(self) -> bool:
        """False when none was begun."""
        begun, self.anchor = self.anchor is not None, None
        self._tell(Changed("crosshair"))
        return begun

    def hide(self) -> None:
        self.at = self.anchor = None
        self._tell(Changed("crosshair"))
