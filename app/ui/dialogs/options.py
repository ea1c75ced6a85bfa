"""A small form made of the options of a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QSpinBox, QWidget

from app.formats.kit.options import Choice, Number, Option, Value

_MIN_LETTERS = 16
"""Of a choice: the dialog does not become wider with the format whose choices are the longest."""
_ROOM_PX = 24


class OptionsForm(QWidget):
    """Shows a field for each option of a format."""

    changed = Signal()

    def __init__(self, options: Sequence[Option], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        rows = QFormLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self._options = options
        self._values: dict[str, Callable[[], Value]] = {}
        self.fields: list[QWidget] = []
        self._labels: list[QLabel] = []
        for option in options:
            field = self._choice(option) if isinstance(option, Choice) else self._number(option)
            field.setAccessibleName(str(option.text))
            label = QLabel(str(option.text))
            label.setBuddy(field)
            rows.addRow(label, field)
            self._labels.append(label)
            self.fields.append(field)

    @property
    def values(self) -> dict[str, Value]:
        """What is chosen, by the names of the options."""
        return {name: value() for name, value in self._values.items()}

    def enable(self, name: str, is_of_use: bool) -> None:
        """Lets an option be chosen, if there is one of that name, or shows that it is of no use now."""
        for option, field in zip(self._options, self.fields, strict=True):
            if option.name == name:
                field.setEnabled(is_of_use)

    def stand_below(self, other: OptionsForm) -> None:
        """Begins its fields where those of another form begin."""
        width = max((label.sizeHint().width() for label in (*self._labels, *other._labels)), default=0)
        for label in (*self._labels, *other._labels):
            label.setMinimumWidth(width)

    def choose(self, values: Mapping[str, Value]) -> None:
        """Chooses these; the others become what they are when nothing is chosen."""
        for option, field in zip(self._options, self.fields, strict=True):
            value = values.get(option.name, option.default)
            if isinstance(field, QComboBox):
                field.setCurrentIndex(field.findData(value))
            elif isinstance(field, QDoubleSpinBox):
                field.setValue(float(value))
            elif isinstance(field, QSpinBox):
                field.setValue(int(value))

    def _choice(self, option: Choice) -> QComboBox:
        box = QComboBox()
        for word, text in option.choices.items():
            box.addItem(str(text), word)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(_MIN_LETTERS)
        box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + _ROOM_PX)
        box.currentIndexChanged.connect(self.changed)
        self._values[option.name] = box.currentData
        return box

    def _number(self, option: Number) -> QSpinBox | QDoubleSpinBox:
        if option.decimals:
            box = QDoubleSpinBox(decimals=option.decimals, minimum=option.least, maximum=option.most)
            box.setSingleStep(5 * 10**-option.decimals)
            box.setValue(option.default)
        else:
            box = QSpinBox(minimum=int(option.least), maximum=int(option.most))
            box.setValue(int(option.default))
        box.valueChanged.connect(self.changed)
        self._values[option.name] = box.value
        return box
