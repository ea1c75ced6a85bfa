"""The strip of candidate masks over a corner of the canvas: thumbnails with what they are; Tab and the wheel walk
along."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QSizePolicy, QStyle, QWidget

from app.masks.rle import Region
from app.ui import theme
from app.ui.candidate_words import CandidateWords
from app.ui.canvas.wheel import Notches

THUMBNAIL = QSize(104, 74)
_SCORE_PX = 22
_LEAST_WIDTH_PX = 48
_PAD_PX, _MARGIN_PX = 6, 12
_ICON_PX = 13
CORNERS = (
    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom,
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom,
    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop,
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
)
"""Of the canvas, the usual one first."""


class CandidateStrip(QWidget):
    """Shows the candidates of the object in the making over the canvas; without any it is not there."""

    chosen = Signal(int)
    turned = Signal(int)
    """The wheel went so many candidates on, or back."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas, objectName="strip")
        self._canvas = canvas
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(_PAD_PX, _PAD_PX, _PAD_PX, _PAD_PX)
        self._row.setSpacing(_PAD_PX)
        self._buttons: list[CandidateButton] = []
        self._notches = Notches()
        """Of the wheel over it."""
        self._around = QGridLayout(canvas)
        self._around.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        self._around.addWidget(self, 0, 0, CORNERS[0])
        self.hide()

    def show_candidates(self, thumbnails: Sequence[QImage], words: Sequence[CandidateWords], current: int) -> None:
        """Shows a button for each candidate; `current` is the index of the one on the canvas."""
        while len(self._buttons) < len(thumbnails):
            self._add_button()
        for index, button in enumerate(self._buttons):
            button.setVisible(index < len(thumbnails))
            if index < len(thumbnails):
                button.show_candidate(thumbnails[index], words[index])
        self.show_current(current)
        self.setVisible(bool(thumbnails))

    def _add_button(self) -> None:
        """They are kept: a new one for each candidate of each click would be a thousand an hour."""
        index = len(self._buttons)
        button = CandidateButton()
        button.clicked.connect(lambda: self.chosen.emit(index))
        self._buttons.append(button)
        self._row.insertWidget(index, button)

    def show_current(self, current: int) -> None:
        """Marks the candidate on the canvas."""
        for index, button in enumerate(self._buttons):
            button.setChecked(index == current)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A notch is a candidate, downwards the next one; the canvas below does not zoom."""
        notches = self._notches.of(event.angleDelta().y() or event.angleDelta().x())
        if notches:
            self.turned.emit(-notches)
        event.accept()

    def keep_clear(self, area: QRect) -> None:
        """Moves to another corner of the canvas rather than cover what is worked on. It stays where it covers nothing.

        area: in points of the canvas.
        """
        room = self._canvas.rect().marginsRemoved(self._around.contentsMargins())
        here = self._around.itemAt(0).alignment()  # pyright: ignore[reportOptionalMemberAccess]
        self._around.setAlignment(self, clear_corner(self.sizeHint().boundedTo(room.size()), room, area, here))


def clear_corner(size: QSize, room: QRect, area: QRect, here: Qt.AlignmentFlag) -> Qt.AlignmentFlag:
    """Returns the corner of the room in which something of that size covers the least of the area; `here` where
    another one would not be better."""

    def covered(corner: Qt.AlignmentFlag) -> int:
        place = QStyle.alignedRect(Qt.LayoutDirection.LeftToRight, corner, size, room).intersected(area)
        return max(place.width(), 0) * max(place.height(), 0)

    return min((here, *CORNERS), key=covered)


class CandidateButton(QAbstractButton):
    """Shows one candidate: what it would cut out, of which level it is, and how sure the model is."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._words = CandidateWords("", "", "", "")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(THUMBNAIL.height() + _SCORE_PX)
        self.setMinimumWidth(_LEAST_WIDTH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Returns the size that shows the whole picture; where the canvas is narrow its middle is shown."""
        return QSize(THUMBNAIL.width() + 8, THUMBNAIL.height() + _SCORE_PX)

    def show_candidate(self, image: QImage, words: CandidateWords) -> None:
        """Shows another candidate."""
        self._image, self._words = image, words
        self.setAccessibleName(words.name)
        self.setToolTip(words.tip)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The strip around it turns, wherever the mouse is over it."""
        strip = self.parentWidget()
        if isinstance(strip, CandidateStrip):
            strip.wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        marked = self.isChecked() or self.hasFocus()
        painter.setPen(QPen(QColor(colors.accent if marked else colors.border), 2 if self.isChecked() else 1))
        painter.setBrush(QColor(colors.raised if self.isChecked() else colors.panel))
        painter.drawRoundedRect(frame, 8, 8)
        seen = QRectF(self._image.rect())
        seen.setWidth(seen.width() * (self.width() - 8) / THUMBNAIL.width())
        seen.moveCenter(QRectF(self._image.rect()).center())
        painter.drawImage(QRectF(4, 4, self.width() - 8, THUMBNAIL.height()), self._image, seen)
        self._paint_words(painter, QColor(colors.text if self.isChecked() else colors.muted))
        painter.end()

    def _paint_words(self, painter: QPainter, color: QColor) -> None:
        """The icon and the words beside it, in the middle below the picture."""
        top, height = THUMBNAIL.height() + 4, self.height() - THUMBNAIL.height() - 6
        icon_px = _ICON_PX + 4 if self._words.icon else 0
        metrics = painter.fontMetrics()
        label = metrics.elidedText(self._words.label, Qt.TextElideMode.ElideRight, self.width() - 8 - icon_px)
        left = (self.width() - icon_px - metrics.horizontalAdvance(label)) / 2
        if self._words.icon:
            ratio = self.devicePixelRatioF()
            icon = theme.pixmap(self._words.icon, round(_ICON_PX * ratio), color.name())
            at = QRectF(left, top + (height - _ICON_PX) / 2, _ICON_PX, _ICON_PX)
            painter.drawPixmap(at, icon, QRectF(icon.rect()))
        painter.setPen(color)
        painter.drawText(
            QRectF(left + icon_px, top, self.width(), height),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            label,
        )


def thumbnail(level: NDArray[np.uint8], shrink: float, region: Region, color: QColor, ratio: float) -> QImage:
    """Returns the picture around the mask, darkened outside it.

    `level` is (h, w, 4) uint8 B G R 255; `shrink` is image pixels per pixel of level; `ratio` is device pixels per
    point.
    """
    width, height = round(THUMBNAIL.width() * ratio), round(THUMBNAIL.height() * ratio)
    crop = _window(region, width / height)
    to_thumbnail = np.array([[width / crop[2], 0, 0], [0, height / crop[3], 0]], np.float64)
    to_thumbnail[:, 2] = -crop[0] * to_thumbnail[0, 0], -crop[1] * to_thumbnail[1, 1]
    picture = cv2.warpAffine(level, to_thumbnail * [[shrink, shrink, 1]], (width, height), flags=cv2.INTER_AREA)
    step = max(1, int(min(crop[2] / width, crop[3] / height) / 2))  # a large mask is looked at here and there
    inside = cv2.warpAffine(
        np.ascontiguousarray(region.pixels[::step, ::step]).view(np.uint8),
        to_thumbnail @ _shift(region, step),
        (width, height),
        flags=cv2.INTER_NEAREST,
    )
    tint = np.array([color.blue(), color.green(), color.red(), 255], np.float32)
    shown = np.where(inside[..., None] > 0, picture * 0.6 + tint * 0.4, picture * 0.35).astype(np.uint8)
    edge = inside.astype(bool) & ~cv2.erode(inside, np.ones((3, 3), np.uint8)).astype(bool)
    shown[edge] = (255, 255, 255, 255)
    shown = np.ascontiguousarray(shown)
    return QImage(shown.data, width, height, shown.strides[0], QImage.Format.Format_RGB32).copy()


def _window(region: Region, aspect: float) -> tuple[float, float, float, float]:
    """Returns the window of the image that a thumbnail shows, x, y, width, height: the mask with a margin, in the
    thumbnail's aspect."""
    height, width = region.pixels.shape
    wide, high = max(width * 1.25, 24.0), max(height * 1.25, 24.0)
    wide, high = max(wide, high * aspect), max(high, wide / aspect)
    return region.x + width / 2 - wide / 2, region.y + height / 2 - high / 2, wide, high


def _shift(region: Region, step: int) -> NDArray[np.float64]:
    return np.array([[step, 0, region.x], [0, step, region.y], [0, 0, 1]], np.float64)
