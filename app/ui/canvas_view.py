"""The canvas as the commands see it."""

from __future__ import annotations

from dataclasses import replace

from app.ui.canvas.canvas import Canvas
from app.ui.canvas.shapes import Look

_OPACITIES = (Look().opacity, 0.2, 0.65)


class CanvasView:
    """Fulfils labeling.context.View."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    @property
    def scale(self) -> float:
        """Points of the screen per image pixel: a hand shakes as much on a high-density screen."""
        return self._canvas.viewport.scale / self._canvas.devicePixelRatioF()

    def zoom_in(self) -> None:
        """Shows the image larger, around the middle."""
        self._canvas.zoom(+1)

    def zoom_out(self) -> None:
        """Shows the image smaller, around the middle."""
        self._canvas.zoom(-1)

    def fit(self) -> None:
        """Shows the whole image."""
        self._canvas.fit()

    def zoom_to(self, bbox: tuple[float, float, float, float]) -> None:
        """Shows a part of the image. `bbox` is x, y, width, height in image pixels."""
        self._canvas.fit_box(bbox)

    def pan(self, dx: float, dy: float) -> None:
        """Moves the view by so many points of the screen."""
        self._canvas.pan_by(dx, dy)

    def hide_masks(self, hidden: bool) -> None:
        """Hides the masks, or shows them again."""
        self._canvas.set_look(replace(self._canvas.look, hidden=hidden))

    def toggle_contour_only(self) -> None:
        """Shows the masks as contours only, or filled again."""
        self._canvas.set_look(replace(self._canvas.look, contour_only=not self._canvas.look.contour_only))

    def cycle_opacity(self) -> None:
        """Fills the masks more or less strongly."""
        look = self._canvas.look
        following = _OPACITIES[(_OPACITIES.index(look.opacity) + 1) % len(_OPACITIES)]
        self._canvas.set_look(replace(look, opacity=following, contour_only=False))
