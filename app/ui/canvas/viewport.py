"""Where the image lies in the widget. Plain numbers, in device pixels, so that 100 % is exact on every screen."""

from __future__ import annotations

import math
from dataclasses import dataclass

MIN_SCALE, MAX_SCALE = 1 / 512, 64.0
STEPS_PER_DOUBLING = 4
FIT_MARGIN_PX = 12
KEEP_VISIBLE_PX = 48


@dataclass
class Viewport:
    """The view of an image. scale: device pixels per image pixel; (left, top): where the image's corner lies."""

    view_width: int = 1
    view_height: int = 1
    image_width: int = 0
    image_height: int = 0
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0
    fitted: bool = True
    """Fit the image again when the widget changes its size."""

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Returns the image position under a device position."""
        return (x - self.left) / self.scale, (y - self.top) / self.scale

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Returns the device position of an image position."""
        return x * self.scale + self.left, y * self.scale + self.top

    def show(self, image_width: int, image_height: int) -> None:
        """Takes an image of another size, and fits it."""
        self.image_width, self.image_height = image_width, image_height
        self.fit()

    def resize(self, view_width: int, view_height: int) -> None:
        """Takes the widget's new size; the image point in the middle of the view stays there."""
        middle = self.middle
        self.view_width, self.view_height = max(1, view_width), max(1, view_height)
        if self.fitted:
            self.fit()
        else:
            self._place(middle, (self.view_width / 2, self.view_height / 2))

    def fit(self) -> None:
        """Shows the whole image."""
        self._fit_box(0, 0, self.image_width, self.image_height, FIT_MARGIN_PX)
        self.fitted = True

    def fit_box(self, x: float, y: float, width: float, height: float) -> None:
        """Shows a part of the image, with a margin of a fifth of the view around it."""
        self._fit_box(x, y, width, height, 0.2 * min(self.view_width, self.view_height))

    @property
    def middle(self) -> tuple[float, float]:
        """The image position in the middle of the view."""
        return self.to_image(self.view_width / 2, self.view_height / 2)

    def show_middle(self, x: float, y: float, scale: float) -> None:
        """Shows the image at that scale, with this position of it in the middle of the view."""
        self.scale = min(max(scale, MIN_SCALE), MAX_SCALE)
        self.fitted = False
        self._place((x, y), (self.view_width / 2, self.view_height / 2))

    def zoom_at(self, x: float, y: float, scale: float) -> None:
        """Changes the scale; the image point under the view position (x, y) stays there."""
        anchor = self.to_image(x, y)
        self.scale = min(max(scale, MIN_SCALE), MAX_SCALE)
        self.fitted = False
        self._place(anchor, (x, y))

    def zoom_steps_at(self, x: float, y: float, steps: float) -> None:
        """Zooms by steps of the ladder ... 50 %, 59 %, 71 %, 84 %, 100 % ..., so that 100 % is always met."""
        position = math.log2(self.scale) * STEPS_PER_DOUBLING
        target = position + steps
        if steps == int(steps):
            target = math.floor(target + 1e-6) if steps > 0 else math.ceil(target - 1e-6)
        self.zoom_at(x, y, 2 ** (target / STEPS_PER_DOUBLING))

    def zoom_middle(self, steps: int) -> None:
        """Zooms by steps at the middle of the view."""
        self.zoom_steps_at(self.view_width / 2, self.view_height / 2, steps)

    def pan(self, dx: float, dy: float) -> None:
        """Moves the image by device pixels."""
        self.left += dx
        self.top += dy
        self.fitted = False
        self._settle()

    def reveal(self, x: float, y: float, margin: float = 40) -> None:
        """Pans just far enough that the image point is in view."""
        at_x, at_y = self.to_view(x, y)
        dx = max(margin - at_x, 0) + min(self.view_width - margin - at_x, 0)
        dy = max(margin - at_y, 0) + min(self.view_height - margin - at_y, 0)
        if dx or dy:
            self.pan(dx, dy)

    def visible(self, around: int = 0) -> tuple[int, int, int, int]:
        """Returns the image pixels in view as x0, y0, x1, y1; x0 >= x1 when there are none. around: so many device
        pixels of what is just out of view belong to it."""
        x0, y0 = self.to_image(-around, -around)
        x1, y1 = self.to_image(self.view_width + around, self.view_height + around)
        return (
            max(0, math.floor(x0)),
            max(0, math.floor(y0)),
            min(self.image_width, math.ceil(x1)),
            min(self.image_height, math.ceil(y1)),
        )

    def _fit_box(self, x: float, y: float, width: float, height: float, margin: float) -> None:
        space_x = max(self.view_width - 2 * margin, 1)
        space_y = max(self.view_height - 2 * margin, 1)
        scale = min(space_x / max(width, 1), space_y / max(height, 1), 16.0)
        self.scale = min(max(scale, MIN_SCALE), MAX_SCALE)
        self.fitted = False
        self._place((x + width / 2, y + height / 2), (self.view_width / 2, self.view_height / 2))

    def _place(self, image_point: tuple[float, float], view_point: tuple[float, float]) -> None:
        self.left = view_point[0] - image_point[0] * self.scale
        self.top = view_point[1] - image_point[1] * self.scale
        self._settle()

    def _settle(self) -> None:
        """Never lose the image out of sight; put pixel edges on device pixels."""
        keep = KEEP_VISIBLE_PX
        self.left = min(max(self.left, keep - self.image_width * self.scale), self.view_width - keep)
        self.top = min(max(self.top, keep - self.image_height * self.scale), self.view_height - keep)
        if self.scale >= 1:
            self.left, self.top = round(self.left), round(self.top)
