"""The canvas as the commands see it."""

from __future__ import annotations

from dataclasses import replace

from app.ui.canvas.canvas import Canvas
from app.ui.canvas.shapes import Look

_OTHER_OPACITIES = (0.2, 0.65)


class CanvasView:
    """Lets commands and tools work the canvas: it fulfils labeling.context.ViewControl."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.usual_opacity = Look().opacity
        """How strongly masks are filled unless the person wants a look at more or less."""

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
        self._canvas.marks.set_look(replace(self._canvas.marks.look, hidden=hidden))

    def toggle_contour_only(self) -> None:
        """Shows the masks as contours only, or filled again."""
        self._canvas.marks.set_look(
            replace(self._canvas.marks.look, contour_only=not self._canvas.marks.look.contour_only)
        )

    def cycle_opacity(self) -> None:
        """Fills the masks more or less strongly."""
        look, opacities = self._canvas.marks.look, (self.usual_opacity, *_OTHER_OPACITIES)
        following = opacities[(opacities.index(look.opacity) + 1) % len(opacities)]
        self._canvas.marks.set_look(replace(look, opacity=following, contour_only=False))
