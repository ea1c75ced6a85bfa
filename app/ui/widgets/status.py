"""The lamp and the figures at the bottom: what the model is doing, what can be done now, how the work goes.

The row is as high whether a job runs or not: the canvas above it must not change its size.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from app.text import say
from app.ui import theme
from app.ui.widgets.elided import ElidedLabel


class Lamp(QWidget):
    """Paints a disc: grey off, amber busy, green ready, red trouble. The text beside it says the same in words."""

    def __init__(self) -> None:
        super().__init__()
        self._state = "off"
        self.setFixedSize(QSize(12, 12))

    def set_state(self, state: str) -> None:
        """Shows "off", "busy", "ready" or "trouble"."""
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.colors()
        color = {"ready": colors.good, "busy": colors.busy, "trouble": colors.bad}.get(self._state, colors.muted)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawEllipse(QRectF(1, 1, 10, 10))
        painter.end()


_GAP_PX = 14


class StatusRow(QWidget):
    """Shows what the program does on the left, with a cancel; what can be done now in the middle; on the right where
    the mouse is and how the work goes."""

    def __init__(self) -> None:
        super().__init__()
        self.lamp = Lamp()
        self._model = ElidedLabel()
        self._sentence, self._hint = ElidedLabel(objectName="muted"), ElidedLabel(objectName="muted")
        self._progress = QProgressBar(textVisible=False)
        self._progress.setFixedWidth(130)
        self._progress.setAccessibleName(say("Progress"))
        self._progress.hide()
        self.cancel = QToolButton(text=say("Cancel"))
        self.cancel.hide()
        self._position, self._zoom, self._image = (QLabel(objectName="muted") for _ in range(3))
        self._pace = ElidedLabel(objectName="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 3)
        row.setSpacing(10)
        for widget in (self.lamp, self._model, self._sentence, self._progress, self.cancel):
            row.addWidget(widget)
        row.addSpacing(_GAP_PX)
        row.addWidget(self._hint, 1)
        for widget in (self._position, self._zoom, self._image, self._pace):
            row.addWidget(widget)

    def show_lamp(
        self, state: str, model: str, sentence: str, fraction: float | None = None, *, cancellable: bool = False
    ) -> None:
        """Shows what the program is doing.

        `state` is "busy", "ready" or "trouble"; `fraction` is that of the progress bar, None without one.
        """
        self.lamp.set_state(state)
        self._model.setText(model)
        self._sentence.setText(sentence)
        self.setAccessibleDescription(f"{model} {sentence}")
        self._progress.setVisible(fraction is not None)
        self.cancel.setVisible(cancellable)
        if fraction is not None:
            self._progress.setRange(0, 1000)
            self._progress.setValue(round(fraction * 1000))

    def sizeHint(self) -> QSize:
        return self._with_room(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._with_room(super().minimumSizeHint())

    def _with_room(self, size: QSize) -> QSize:
        """Adds the room for what is seen only while a job runs."""
        margins = self.layout().contentsMargins()  # pyright: ignore[reportOptionalMemberAccess]
        height = max(self.cancel.sizeHint().height(), self._progress.sizeHint().height())
        return size.expandedTo(QSize(0, height + margins.top() + margins.bottom()))

    def show_hint(self, text: str) -> None:
        """Shows what can be done now, in one line."""
        self._hint.setText(text)

    def show_position(self, position: tuple[int, int] | None) -> None:
        """Shows the image pixel under the mouse, x and y; None for none."""
        self._position.setText(f"{position[0]}, {position[1]}" if position else "")

    def show_zoom(self, scale: float | None) -> None:
        """Shows the scale, screen pixels per image pixel; None while there is nothing to be zoomed."""
        if scale is None:
            self._zoom.clear()
            return
        percent = scale * 100
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def show_work(self, image: str, pace: str) -> None:
        """Shows which image it is, and how many masks there are."""
        self._image.setText(image)
        self._pace.setText(pace)
