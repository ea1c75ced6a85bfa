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
        """Zooms in by one step, at the middle."""
        ...

    def zoom_out(self) -> None:
        """Zooms out by one step, at the middle."""
        ...

    def fit(self) -> None:
        """Shows the whole image."""
        ...

    def zoom_to(self, bbox: tuple[float, float, float, float]) -> None:
        """Shows a part of the image. bbox: x, y, width, height in image pixels."""
        ...

    def pan(self, dx: float, dy: float) -> None:
        """Pans by fractions of the view; positive moves the window right and down over the image."""
        ...

    def hide_masks(self, hidden: bool) -> None:
        """Hides all masks for a look at the bare picture, or shows them again."""
        ...


@dataclass(frozen=True)
class Context:
    """What tools act on: the session and the view of its image."""

    session: Session
    view: ViewControl
