"""What commands and tools act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.labeling.session import Session


class ViewControl(Protocol):
    """The canvas as commands see it."""

    @property
    def scale(self) -> float:
        """Screen pixels per image pixel."""
        ...

    def zoom_in(self) -> None:
        """Shows the image one step larger, around the middle of the view."""
        ...

    def zoom_out(self) -> None:
        """Shows the image one step smaller, around the middle of the view."""
        ...

    def fit(self) -> None:
        """Shows the whole image."""
        ...

    def zoom_to(self, bbox: tuple[float, float, float, float]) -> None:
        """Shows that part of the image. bbox: x, y, width, height in image pixels."""
        ...

    def pan(self, dx: float, dy: float) -> None:
        """Moves the view by fractions of itself; positive ones move it right and down over the image."""
        ...

    def hide_masks(self, hidden: bool) -> None:
        """Hides all masks, or shows them again."""
        ...


@dataclass(frozen=True)
class Context:
    """What commands and tools work with: the session and the view of its image."""

    session: Session
    view: ViewControl
