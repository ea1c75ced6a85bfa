"""The settings dialog (preferences, options), made from the list of settings. A change takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.problem import Problem
from app.text import say
from app.ui.dialogs.until_closed import until_closed
from app.ui.keymap import translated
from app.ui.room import resize_within_screen
from app.ui.setting import Line, OneOf, Range, Setting, Switch, Type
from app.ui.settings import Settings
from app.ui.widgets.fields import text_of

_WIDTH_PX, _HEIGHT_PX = 640, 820
_FIELD_PX, _ROOM_PX = 220, 12


class _Row(QWidget):
    """The field of a setting, with what it is for below it, or why a value was not taken."""

    def __init__(self, setting: Setting, value: object, change: Callable[[str, object], None]) -> None:
        super().__init__()
        self.setting, self._change = setting, change
        self.field, self._show = _field(setting.type, self._try)
        self.field.setAccessibleName(translated(setting.title))
        self.field.setAccessibleDescription(self._help)
        self.field.setToolTip(self._help)
        self.field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel
        self.field.installEventFilter(self)
        self.told = QLabel(wordWrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(3)
        line = QHBoxLayout()
        line.addWidget(self.field, 1 if isinstance(setting.type, Line) else 0)
        self.fields = [self.field]
        if isinstance(setting.type, Line) and setting.type.folder:
            line.addWidget(self._browse_button())
        elif not isinstance(setting.type, Line):
            line.addStretch()
        column.addLayout(line)
        column.addWidget(self.told)
        self._tell(self._help)
        self.show_value(value)

    @property
    def _help(self) -> str:
        later = say("Takes effect after a restart.") if self.setting.after_restart else ""
        return f"{translated(self.setting.help)} {later}".strip()

    def _browse_button(self) -> QPushButton:
        button = QPushButton(say("Browse…"), autoDefault=False)
        button.setAccessibleName(say("Browse for {translated}", translated=translated(self.setting.title)))
        button.setToolTip(say("Choose a folder"))
        button.clicked.connect(self._browse)
        self.fields.append(button)
        return button

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, translated(self.setting.title))
        if folder:
            self.take(folder)

    def take(self, value: object) -> None:
        """Shows a value and sets it, as if the person had chosen it here."""
        self.show_value(value)
        self._try(value)

    def show_value(self, value: object) -> None:
        """Shows a value that was set elsewhere."""
        self.field.blockSignals(True)
        self._show(value)
        self.field.blockSignals(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaves the wheel to the page unless the field has the focus: who scrolls past a field changes nothing."""
        if event.type() == QEvent.Type.Wheel and not self.field.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def forget_typed(self, value: object) -> bool:
        """Shows the value that is in force again. Returns False when nothing else was written."""
        before = text_of(self.field)
        self.show_value(value)
        return text_of(self.field) != before

    def _try(self, value: object) -> None:
        try:
            self._change(self.setting.name, value)
        except Problem as problem:
            self._tell(str(problem), bad=True)
        else:
            self._tell(self._help)

    def _tell(self, text: str, *, bad: bool = False) -> None:
        self.told.setText(text)
        self.told.setObjectName("bad" if bad else "muted")
        self.told.style().polish(self.told)  # the style sheet goes by the name


Show = Callable[[object], None]


def _field(kind: Type, change: Callable[[object], None]) -> tuple[QWidget, Show]:
    """A field for values of that type, and what shows a value in it. change is called with what the person chose."""
    match kind:
        case Switch():
            return _switch(change)
        case Range():
            return _number(kind, change)
        case OneOf():
            return _choice(kind, change)
        case Line():
            return _line(kind, change)


def _switch(change: Callable[[object], None]) -> tuple[QWidget, Show]:
    box = QCheckBox()
    box.toggled.connect(change)
    return box, lambda value: box.setChecked(bool(value))


def _number(kind: Range, change: Callable[[object], None]) -> tuple[QWidget, Show]:
    box = QDoubleSpinBox(decimals=kind.decimals) if kind.decimals else QSpinBox()
    box.setRange(kind.least, kind.most)  # pyright: ignore[reportArgumentType]
    box.setSingleStep(kind.step)  # pyright: ignore[reportArgumentType]
    box.setSuffix(kind.unit)
    box.setSpecialValueText(translated(kind.least_means))
    box.setMinimumSize(_FIELD_PX // 2, box.fontMetrics().height() + _ROOM_PX)
    box.setKeyboardTracking(False)  # 4 is not meant by who is typing 40
    box.valueChanged.connect(lambda value: change(float(value)))
    return box, lambda value: box.setValue(value)  # pyright: ignore[reportArgumentType]


def _choice(kind: OneOf, change: Callable[[object], None]) -> tuple[QWidget, Show]:
    box = QComboBox()
    box.setMinimumSize(_FIELD_PX, box.fontMetrics().height() + _ROOM_PX)
    for word, text in kind.choices().items():
        box.addItem(translated(text), word)
    box.currentIndexChanged.connect(lambda _index: change(box.currentData()))
    return box, lambda value: box.setCurrentIndex(box.findData(value))


def _line(kind: Line, change: Callable[[object], None]) -> tuple[QWidget, Show]:
    line = QLineEdit(placeholderText=translated(kind.example))
    line.editingFinished.connect(lambda: change(line.text().strip()))
    return line, lambda value: line.setText(str(value))


class SettingsDialog(QDialog):
    """All settings that have words, in groups named after where they are seen."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Settings"))
        self._settings = settings
        self.rows: dict[str, _Row] = {}
        titles = [translated(setting.title) for setting in settings.all()]
        self._label_width = max(self.fontMetrics().horizontalAdvance(title) for title in titles)
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setSpacing(14)
        for where in dict.fromkeys(setting.where for setting in settings.all() if setting.where):
            column.addWidget(self._group(where))
        column.addStretch()
        area = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(shown)
        self.reset = QPushButton(say("Back to the defaults"), autoDefault=False)
        self.reset.setToolTip(say("Every setting as the program came with it"))
        self.reset.clicked.connect(self._reset)
        self.close_button = QPushButton(say("Close"), default=True)
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(self.reset)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addLayout(buttons)
        resize_within_screen(self, _WIDTH_PX, _HEIGHT_PX)
        self._put_in_order()
        settings.on(do=self._changed)
        self.finished.connect(lambda _result: settings.off(self._changed))

    def _group(self, where: str) -> QWidget:
        """A heading and the rows below it."""
        group = QWidget()
        column = QVBoxLayout(group)
        column.setContentsMargins(0, 0, 0, 0)
        heading = QLabel(translated(where), objectName="heading")
        heading.setIndent(0)
        column.addWidget(heading)
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for setting in self._settings.all():
            if setting.where == where:
                row = _Row(setting, self._settings.value(setting.name), self._settings.change)
                label = QLabel(translated(setting.title))
                label.setBuddy(row.field)
                label.setMinimumWidth(self._label_width)
                form.addRow(label, row)
                self.rows[setting.name] = row
        column.addLayout(form)
        return group

    def _put_in_order(self) -> None:
        """Tab walks from the top to the bottom."""
        fields = [field for row in self.rows.values() for field in row.fields]
        for before, after in pairwise([*fields, self.reset, self.close_button]):
            QWidget.setTabOrder(before, after)
        fields[0].setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes back what is half typed in a field; when nothing is, it closes the dialog."""
        typed_in = (row for row in self.rows.values() if row.field.hasFocus() and event.key() == Qt.Key.Key_Escape)
        if not any(row.forget_typed(self._settings.value(row.setting.name)) for row in typed_in):
            super().keyPressEvent(event)

    def _changed(self, name: str) -> None:
        if name in self.rows:
            self.rows[name].show_value(self._settings.value(name))

    def _reset(self) -> None:
        for row in self.rows.values():
            row.take(row.setting.default)


def show_settings(settings: Settings, parent: QWidget) -> None:
    """Opens the dialog and waits until it is closed."""
    with until_closed(SettingsDialog(settings, parent)) as dialog:
        dialog.exec()
