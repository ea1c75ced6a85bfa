"""The canvas as the commands see it."""

from __future__ import annotations

from dataclasses import replace

from app.ui.canvas.canvas import Canvas


class CanvasView:
    """Lets commands and tools work the canvas: it fulfils labeling.context.ViewControl."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    @property
    def scale(self) -> float:
        """Points of the screen per image pixel: a hand shakes as much on a high-density screen."""
        return self._canvas.viewport.scale / self._canvas.devicePixelRatioF()

    def zoom_in(self) -> None:
        """Zooms in by one step."""
        self._canvas.zoom(+1)

    def zoom_out(self) -> None:
        """Zooms out by one step."""
        self._canvas.zoom(-1)

    def fit(self) -> None:
        """Shows the whole image."""
        self._canvas.fit()

    def zoom_to(self, bbox: tuple[float, float, float, float]) -> None:
        """Shows a part of the image. bbox: x, y, width, height in image pixels."""
        self._canvas.fit_box(bbox)

    def pan(self, dx: float, dy: float) -> None:
        """Pans by fractions of the view."""
        self._canvas.pan_by(dx, dy)

    def hide_masks(self, hidden: bool) -> None:
        """Hides all masks, or shows them again."""
        self._canvas.marks.set_look(replace(self._canvas.marks.look, hidden=hidden))
