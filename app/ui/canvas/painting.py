"""A stroke under way on the canvas: what lies below the mask is painted again, with the mask as it will be on it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

from app.labeling.tools.overlay import PaintingShape
from app.masks.painting import cut_of_tiles
from app.ui.canvas.viewport import Viewport

_HALVES = (0.25, 0.75)
"""Zoomed out, each pixel of the screen looks at four places of the image: the border is as smooth as that of a mask."""


def paint_painting(
    painter: QPainter,
    shape: PaintingShape,
    viewport: Viewport,
    ink: Callable[[QPainter, QRect], None],
    below: QPixmap | None,
) -> None:
    """Paints a stroke in the area that the painter is clipped to. ink: paints all of an area of the view as the mask
    will be; below: the canvas without the mask in the making."""
    view = QRect(0, 0, viewport.view_width, viewport.view_height)
    area = painter.clipBoundingRect().toAlignedRect().intersected(view) if painter.hasClipping() else view
    area = area.intersected(_on_image(shape, viewport))
    if area.isEmpty():
        return
    covered = _covered(shape, viewport, area)
    cover = QImage(area.size(), QImage.Format.Format_ARGB32_Premultiplied)
    cover.fill(0)
    on_cover = QPainter(cover)
    if below is not None:
        on_cover.drawPixmap(QRectF(cover.rect()), below, QRectF(area))
    if not shape.erases:
        on_cover.translate(-area.topLeft())
        ink(on_cover, area)
        on_cover.resetTransform()
    on_cover.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    height, width = covered.shape
    on_cover.drawImage(QPoint(0, 0), QImage(covered.data, width, height, width, QImage.Format.Format_Alpha8))
    on_cover.end()
    painter.drawImage(area.topLeft(), cover)


def _on_image(shape: PaintingShape, viewport: Viewport) -> QRect:
    """Where the stroke is seen, in device pixels: its tiles, as far as they lie on the image."""
    if shape.extent is None:
        return QRect()
    x0, y0, x1, y1 = shape.extent
    left, top = viewport.to_view(x0, y0)
    right, bottom = viewport.to_view(min(x1, viewport.image_width), min(y1, viewport.image_height))
    return QRectF(left, top, right - left, bottom - top).toAlignedRect().adjusted(-1, -1, 1, 1)


def _covered(shape: PaintingShape, viewport: Viewport, area: QRect) -> NDArray[np.uint8]:
    """How much of each pixel of the screen is covered, (h, w) from 0 to 255. It does not depend on the area: parts that
    are painted one after the other fit together."""
    columns = _looked_at(area.x(), area.width(), viewport.left, viewport.scale)
    rows = _looked_at(area.y(), area.height(), viewport.top, viewport.scale)
    x0, x1 = max(int(columns[0][0]), 0), min(int(columns[-1][-1]) + 1, viewport.image_width)
    y0, y1 = max(int(rows[0][0]), 0), min(int(rows[-1][-1]) + 1, viewport.image_height)
    cut = np.pad(cut_of_tiles(shape.tiles, (x0, y0, x1, y1)), 1)  # what is beside the image is not covered
    covered = np.zeros((area.height(), area.width()), np.uint16)
    for row in rows:
        lines = cut[np.clip(row - y0 + 1, 0, y1 - y0 + 1)]
        for column in columns:
            covered += lines[:, np.clip(column - x0 + 1, 0, x1 - x0 + 1)]
    share = math.ceil(255 / (len(columns) * len(rows)))
    return np.minimum(covered * share, 255).astype(np.uint8)


def _looked_at(first: int, count: int, corner: float, scale: float) -> list[NDArray[np.int64]]:
    """The columns, or rows, of the image that so many pixels of the screen look at, from `first` on."""
    pixels = np.arange(first, first + count, dtype=np.float64)
    return [np.floor((pixels + part - corner) / scale).astype(np.int64) for part in (_HALVES if scale < 1 else (0.5,))]
