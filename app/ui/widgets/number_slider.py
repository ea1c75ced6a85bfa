"""A slider for a number, for what one looks at while it is dragged."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSlider

_WIDTH_PX = 110
_PAGE = 5
"""So many steps at a press of PgUp or PgDn."""


class NumberSlider(QSlider):
    """Sets a number between two others by steps; its tooltip says which. The mouse leaves the keyboard to the canvas;
    Tab gives it to the slider."""

    number_changed = Signal(float)

    def __init__(self, words: str, low: float, high: float, step: float, unit: str = "") -> None:
        """Begins at the lowest. words: what it sets; unit: what the number counts."""
        super().__init__(Qt.Orientation.Horizontal)
        self._words, self._low, self._step, self._unit = words, low, step, unit
        self.setRange(0, round((high - low) / step))
        self.setPageStep(_PAGE)
        self.setFixedWidth(_WIDTH_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(words)
        self.valueChanged.connect(self._changed)
        self._tell()

    def number(self) -> float:
        """Returns the number."""
        return self._low + self.value() * self._step

    def set_number(self, number: float) -> None:
        """Sets the step that is nearest to this number."""
        self.setValue(round((number - self._low) / self._step))
        self._tell()  # also while its signals are blocked

    def _changed(self) -> None:
        self._tell()
        self.number_changed.emit(self.number())

    def _tell(self) -> None:
        number = f"{self.number():.{0 if float(self._step).is_integer() else 1}f} {self._unit}".strip()
        self.setAccessibleDescription(number)
        self.setToolTip(f"{self._words}: {number}")
