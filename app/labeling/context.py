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

    def zoom_in(self) -> None: ...

    def zoom_out(self) -> None: ...

    def fit(self) -> None: ...

    def zoom_to(self, bbox: tuple[float, float, float, float]) -> None:
        """bbox: x, y, width, height in image pixels."""
        ...

    def pan(self, dx: float, dy: float) -> None:
        """By fractions of the view; positive moves the window right and down over the image."""
        ...

    def hide_masks(self, hidden: bool) -> None: ...


@dataclass(frozen=True)
class Context:
    session: Session
    view: ViewControl
