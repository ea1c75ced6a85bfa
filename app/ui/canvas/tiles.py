"""The sharp parts of a huge image: squares of it, asked for as they come into view and laid on its overview."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QImage, QPainter

from app.engine.values import TILE_PX
from app.ui.canvas.viewport import Viewport

BUDGET_BYTES = 192 << 20
TilePlace: TypeAlias = tuple[int, int]
"""Column, row."""


class Tiles(QObject):
    """Keeps the sharp parts of a huge image, bounded in bytes.

    What was seen least recently goes first, and is asked for again when it comes into view.
    """

    wanted = Signal(int, object)
    """How many times smaller, and a tuple of TilePlace; what is nearest to the middle of the view comes first."""
    changed = Signal()
    """There is something sharper to be painted."""

    def __init__(self, viewport: Viewport, parent: QObject) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._size = (0, 0)
        self._overview_shrink = 1
        self._kept: OrderedDict[tuple[int, TilePlace], NDArray[np.uint8] | None] = OrderedDict()
        self._asked: tuple[int, frozenset[TilePlace]] = (0, frozenset())

    def begin(self, size: tuple[int, int], overview_shrink: int) -> None:
        """Takes another image. size: (height, width); overview_shrink 1: it needs no tiles."""
        self.end()
        self._size, self._overview_shrink = size, overview_shrink

    def end(self) -> None:
        """Forgets the image."""
        self._kept.clear()
        self._overview_shrink, self._asked = 1, (0, frozenset())

    @property
    def is_sharp(self) -> bool:
        """True if all that is in view is there as sharp as the screen shows it."""
        shrink = self._shrink
        return shrink >= self._overview_shrink or all((shrink, place) in self._kept for place in self._in_view(shrink))

    def ask(self) -> None:
        """Asks for what came into view; what was asked for and is out of view again is not read any more."""
        shrink = self._shrink
        if shrink >= self._overview_shrink:
            return
        missing = [place for place in self._in_view(shrink) if (shrink, place) not in self._kept]
        asked = shrink, frozenset(missing)
        if asked != self._asked:
            self._asked = asked
            self.wanted.emit(shrink, tuple(sorted(missing, key=self._from_the_middle)))

    def show(self, shrink: int, place: TilePlace, pixels: NDArray[np.uint8]) -> None:
        """Keeps a tile that was read. pixels: (h, w, 4) uint8 B G R 255."""
        if shrink < self._overview_shrink:
            self._keep(shrink, place, pixels)

    def give_up(self, shrink: int, places: Sequence[TilePlace]) -> None:
        """Notes that tiles cannot be read: the overview is all there is to see of them."""
        for place in places:
            self._keep(shrink, place, None)

    def paint(self, painter: QPainter) -> None:
        """Paints what is in view, in pixels of the screen: the sharpest last."""
        shrink = self._overview_shrink
        while shrink > self._shrink:
            shrink //= 2
            for place in self._in_view(shrink):
                pixels = self._kept.get((shrink, place))
                if pixels is not None:
                    self._kept.move_to_end((shrink, place))
                    painter.drawImage(self._on_screen(shrink, place), as_image(pixels))

    def _keep(self, shrink: int, place: TilePlace, pixels: NDArray[np.uint8] | None) -> None:
        self._kept[shrink, place] = pixels
        while sum(kept.nbytes for kept in self._kept.values() if kept is not None) > BUDGET_BYTES:
            self._kept.popitem(last=False)
        self.changed.emit()

    @property
    def _shrink(self) -> int:
        """That gives each pixel of the screen one of the image, or more."""
        scale = min(self._viewport.scale, 1.0)
        return 1 << math.floor(math.log2(1 / scale) + 1e-9)

    def _in_view(self, shrink: int) -> Iterator[TilePlace]:
        x0, y0, x1, y1 = self._viewport.visible()
        side = TILE_PX * shrink
        if x0 < x1 and y0 < y1:
            yield from product(range(x0 // side, -(-x1 // side)), range(y0 // side, -(-y1 // side)))

    def _from_the_middle(self, place: TilePlace) -> float:
        middle = self._on_screen(self._asked[0], place).center()
        return math.hypot(middle.x() - self._viewport.view_width / 2, middle.y() - self._viewport.view_height / 2)

    def _on_screen(self, shrink: int, place: TilePlace) -> QRect:
        """On whole pixels, so that no line is left between two of them."""
        side, (height, width) = TILE_PX * shrink, self._size
        x, y = place[0] * side, place[1] * side
        left, top = map(round, self._viewport.to_view(x, y))
        right, bottom = map(round, self._viewport.to_view(min(x + side, width), min(y + side, height)))
        return QRect(left, top, max(1, right - left), max(1, bottom - top))


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """Returns an image of (h, w, 4) uint8 B G R 255. It only points at the pixels: they have to be kept as long."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB32)
