"""The options of the tool in use: a field for each kind of option, by a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from app.labeling.tools.options import AnyOption, ToolChoice, ToolOption, ToolScale, ToolSwitch
from app.ui.keymap import translated
from app.ui.widgets.number_slider import NumberSlider


class ToolOptions(QWidget):
    """Shows the options of a tool, and sets them. Where the bar is too narrow, it does without the words before the
    fields, which are in their tooltips; then the last fields are cut off: keys set them too."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._shown: Sequence[AnyOption] = ()
        self._fields: list[tuple[AnyOption, QWidget]] = []
        self._labels: list[QLabel] = []

    def full_width(self) -> int:
        """Returns how wide it is with all words, also while they are not shown."""
        shown: list[QWidget] = [*self._labels, *(field for _, field in self._fields)]
        return sum(each.sizeHint().width() for each in shown) + self._row.spacing() * max(len(shown) - 1, 0)

    def show_words(self, *, are_shown: bool) -> None:
        """Shows the words before the fields, or hides them."""
        for label in self._labels:
            label.setVisible(are_shown)

    def minimumSizeHint(self) -> QSize:
        """It can be as narrow as nothing."""
        return QSize(0, super().minimumSizeHint().height())

    def show_options(self, options: Sequence[AnyOption]) -> None:
        """Shows these options, and what they are set to right now."""
        if options is not self._shown:
            self._shown = options
            self._clear()
            for option in options:
                self._add(option)
        for option, field in self._fields:
            _, show = _FIELDS[type(option)]
            with QSignalBlocker(field):
                show(field, option)

    def _clear(self) -> None:
        self._fields.clear()
        self._labels.clear()
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()  # now: Qt deletes it later
                widget.deleteLater()

    def _add(self, option: AnyOption) -> None:
        make, _ = _FIELDS[type(option)]
        field = make(option, self._setter(option))
        field.setObjectName(option.id)
        if not isinstance(field, NumberSlider):  # that keeps its own, and says what it is set to
            field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            field.setToolTip("" if isinstance(option, ToolSwitch) else translated(option.text))
        field.setAccessibleName(translated(option.text))
        if not isinstance(option, ToolSwitch):  # that has its words beside it
            label = QLabel(translated(option.text))
            label.setBuddy(field)
            label.setProperty("muted", True)
            self._labels.append(label)
            self._row.addWidget(label)
        self._row.addWidget(field)
        self._fields.append((option, field))

    def _setter(self, option: AnyOption) -> Callable[[Any], None]:
        def set_value(value: Any) -> None:
            option.set(value)
            self.changed.emit()

        return set_value


def _number(option: ToolOption, set_value: Callable[[Any], None]) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setDecimals(next((n for n in range(3) if round(option.step, n) == option.step), 3))
    field.setRange(option.low, option.high)
    field.setSingleStep(option.step)
    if option.unit:
        field.setSuffix(f" {option.unit}")
    field.setValue(option.value)
    field.valueChanged.connect(set_value)
    return field


def _scale(option: ToolScale, set_value: Callable[[Any], None]) -> NumberSlider:
    field = NumberSlider(translated(option.text), option.low, option.high, option.step, option.unit)
    field.set_number(option.value)
    field.number_changed.connect(set_value)
    return field


def _switch(option: ToolSwitch, set_value: Callable[[Any], None]) -> QCheckBox:
    field = QCheckBox(translated(option.text))
    field.toggled.connect(set_value)
    return field


def _choice(option: ToolChoice, set_value: Callable[[Any], None]) -> QComboBox:
    field = QComboBox()
    for id, words in option.choices:
        field.addItem(translated(words), id)
    field.currentIndexChanged.connect(lambda: set_value(field.currentData()))
    return field


_FIELDS: dict[type, tuple[Callable[..., QWidget], Callable[[Any, Any], object]]] = {
    ToolOption: (_number, lambda field, option: field.setValue(option.value)),
    ToolScale: (_scale, lambda field, option: field.set_number(option.value)),
    ToolSwitch: (_switch, lambda field, option: field.setChecked(option.value)),
    ToolChoice: (_choice, lambda field, option: field.setCurrentIndex(field.findData(option.value))),
}
"""What makes the field of an option, and what shows its value there."""
