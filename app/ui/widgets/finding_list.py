"""The list of what the check found, with what can be done about each; what the person wants is a signal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QToolButton, QWidget

from app.images.pages import shown
from app.masks.validity import FaultKind
from app.project.finding_table import Finding, FindingState
from app.project.quality.repairs import REPAIRS
from app.text import say
from app.ui import theme
from app.ui.keymap import translated
from app.ui.plain import plain, tooltip
from app.ui.widgets.frame import frame, row_of
from app.ui.widgets.rows import UniformList

_ROOM_PX = 12
_SUMMARY_PX = 52
"""The summary beside a button breaks its lines in no less."""
_ROWS, _LINES = 1, 2
"""Of the list and of the text below it are seen at least."""
_MARK_PX = 14
_MARGIN_PX = 12
"""See app.ui.widgets.frame."""
_Index = QModelIndex | QPersistentModelIndex
KINDS: dict[FaultKind, str] = {
    "unreadable": say("Images that cannot be read"),
    "replaced": say("Replaced photos"),
    "empty": say("Empty masks"),
    "outside": say("Masks of another size than their image"),
    "damaged": say("Damaged masks"),
    "island": say("Tiny islands"),
    "pinhole": say("Small holes"),
    "sliver": say("Slivers"),
    "overlap": say("Overlaps"),
    "class_overlap": say("Overlaps of two classes"),
    "duplicate": say("Duplicates"),
    "outlier": say("Odd sizes"),
}
_STATES: dict[FindingState, str] = {"open": say("open"), "mended": say("mended"), "fine": say("fine as it is")}


class FindingModel(QAbstractListModel):
    """Lists findings of all kinds, or of one."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.findings: list[Finding] = []
        """All of them, in the order of the images."""
        self.row_height = 0
        self._kind: FaultKind | None = None
        self._rows: list[int] = []
        """Numbers of those listed."""
        self._row_of: dict[int, int] = {}

    def show(self, findings: Sequence[Finding], kind: FaultKind | None) -> None:
        """Takes the place of all rows. kind: None for all kinds."""
        self.beginResetModel()
        self.findings, self._kind = list(findings), kind
        self._rows = [n for n, each in enumerate(self.findings) if kind in (None, each.kind)]
        self._row_of = {n: row for row, n in enumerate(self._rows)}
        self.endResetModel()

    def change(self, number: int, finding: Finding) -> None:
        """Takes the place of one finding."""
        self.findings[number] = finding
        if number in self._row_of:
            index = self.index(self._row_of[number])
            self.dataChanged.emit(index, index)

    def listed(self) -> list[int]:
        """Returns the numbers of those listed."""
        return self._rows

    def number(self, row: int) -> int | None:
        """Returns the number of the finding in that row; None where there is none."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def index_of(self, number: int | None) -> QModelIndex:
        """Returns the index of that finding; an invalid one when it is not listed."""
        return self.index(self._row_of[number]) if number in self._row_of else QModelIndex()

    def rowCount(self, parent: _Index | None = None) -> int:
        return len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        finding = self.findings[self._rows[index.row()]]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{KINDS[finding.kind]}\n{self._where(finding)}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{finding.sentence} {shown(finding.image)}, {_STATES[finding.state]}"
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{finding.sentence} {shown(finding.image)}, {_STATES[finding.state]}")
            case Qt.ItemDataRole.DecorationRole:
                return _mark(finding.state)
            case Qt.ItemDataRole.ForegroundRole if finding.state != "open":
                return QColor(theme.colors().muted)
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(0, self.row_height)
            case _:
                return None

    def _where(self, finding: Finding) -> str:
        name = shown(finding.image)
        return name if finding.state == "open" else f"{_STATES[finding.state]}, {name}"


def _mark(state: FindingState) -> QIcon:
    """A disc for what is open, a tick for what is mended, a ring for what is fine: told by shape as well as colour.
    In the row that is chosen it has the colour of the words."""
    colors = theme.colors()
    color = {"open": colors.busy, "mended": colors.good, "fine": colors.muted}[state]
    icon = QIcon(_drawn(state, QColor(color)))
    icon.addPixmap(_drawn(state, QColor(colors.on_accent)), QIcon.Mode.Selected)
    return icon


def _drawn(state: FindingState, color: QColor) -> QPixmap:
    ratio = 2
    picture = QPixmap(_MARK_PX * ratio, _MARK_PX * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state == "open":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QRectF(3, 3, 8, 8))
    elif state == "mended":
        painter.setPen(QPen(color, 2))
        painter.drawLine(2, 8, 5, 11)
        painter.drawLine(5, 11, 12, 3)
    else:
        painter.setPen(QPen(color, 1.5))
        painter.drawEllipse(QRectF(3, 3, 8, 8))
    painter.end()
    return picture


class FindingsPanel(QWidget):
    """The findings, the kinds to choose from, and buttons for the one that is chosen."""

    chosen = Signal(int)
    """The number of a finding."""
    kind_chosen = Signal(object)
    """A FaultKind, or None for all kinds."""
    command_wanted = Signal(str)
    """The id of the command whose button was clicked."""
    all_mended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = FindingModel(self)
        self.model.row_height = 2 * self.fontMetrics().height() + _ROOM_PX
        self.summary = plain(QLabel(objectName="muted"))
        self.kinds = QComboBox()
        self.kinds.setAccessibleName(say("Kinds of findings"))
        self.kinds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kinds.activated.connect(lambda: self.kind_chosen.emit(self.kinds.currentData()))
        self.view = _View()
        self.view.setObjectName("choices")
        self.view.setModel(self.model)
        self.view.setMinimumHeight(_ROWS * self.model.row_height)
        self.view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.view.setAccessibleName(say("Findings"))
        self.view.clicked.connect(self._chosen)
        self.view.enter_pressed.connect(self._chosen)
        self.about = plain(QLabel(objectName="muted"))
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.about.setMinimumHeight(_LINES * self.fontMetrics().lineSpacing())
        self.previous, self.next = _small("‹", say("Previous finding")), _small("›", say("Next finding"))
        self.mend, self.fine = QPushButton(objectName="primary"), QPushButton(say("Not fine"))
        self.mend_all, self.check = QPushButton(), QPushButton(say("Check"))
        self._choices, self._repair = row_of(self.kinds, self.previous, self.next), row_of(self.mend)
        top = row_of(self.summary, self.check)
        frame(self, top, self._choices, self.view, self.about, self._repair, self.mend_all, self.fine)
        self._keep_room()
        self._connect()

    def _keep_room(self) -> None:
        """Keeps room for the longest words of the buttons, in any language: the width of the panel stays the same."""
        self.mend_all.setText(say("All {n}", n=99_999))
        widths = [self.mend_all.sizeHint().width(), self.fine.sizeHint().width()]
        widths.append(self.check.sizeHint().width() + _SUMMARY_PX)
        for repair in REPAIRS.values():
            self.mend.setText(translated(repair.text))
            widths.append(_width(self._repair))
        self.setMinimumWidth(max(widths) + 2 * _MARGIN_PX)

    def _connect(self) -> None:
        for button, id in (
            (self.previous, "finding.previous"),
            (self.next, "finding.next"),
            (self.mend, "finding.mend"),
            (self.fine, "finding.fine"),
            (self.check, "file.check"),
        ):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must not take the keyboard away from the canvas
            button.clicked.connect(lambda _checked=False, id=id: self.command_wanted.emit(id))
        self.mend_all.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._repair.hide()
        self.mend_all.hide()
        self.mend_all.clicked.connect(self.all_mended)
        self.kinds.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _chosen(self, index: QModelIndex) -> None:
        number = self.model.number(index.row())
        if number is not None:
            self.chosen.emit(number)

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_findings(self, findings: Sequence[Finding], kind: FaultKind | None) -> None:
        """Lists the findings of a kind, or all of them."""
        self.model.show(findings, kind)
        self.show_sums(kind, is_checked=True)

    def show_sums(self, kind: FaultKind | None, *, is_checked: bool) -> None:
        """Counts what is listed, and offers the kinds that there are."""
        findings = self.model.findings
        by_state = Counter(each.state for each in findings)
        self.summary.setText(_summary(by_state) if is_checked else say("Nothing was checked yet."))
        self._offer_kinds(findings, kind)
        for widget in (self._choices, self.view, self.about, self.fine):
            widget.setVisible(bool(findings))

    def _offer_kinds(self, findings: Sequence[Finding], kind: FaultKind | None) -> None:
        open_ = Counter(each.kind for each in findings if each.state == "open")
        there = {each.kind for each in findings}
        self.kinds.clear()
        self.kinds.addItem(f"{say('All kinds')} ({open_.total()})", None)
        for each, title in KINDS.items():
            if each in there:
                self.kinds.addItem(f"{title} ({open_[each]})", each)
        self.kinds.setCurrentIndex(max(0, self.kinds.findData(kind)))

    def show_current(self, number: int | None, alike: int, *, can_write: bool) -> None:
        """Marks a finding, and says what can be done about it. alike: so many can be mended at once."""
        finding = self.model.findings[number] if number is not None else None
        index = self.model.index_of(number)
        self.view.setCurrentIndex(index)
        if index.isValid():
            self.view.scrollTo(index)
        self.about.setText(finding.sentence if finding is not None else say("{key:finding.next}: to the next one."))
        repair = REPAIRS.get(finding.kind) if finding is not None else None
        is_open = finding is not None and finding.state == "open"
        self._repair.setVisible(repair is not None)
        self.mend.setEnabled(can_write and is_open)
        self.mend.setText(translated(repair.text) if repair is not None else "")
        self.mend_all.setVisible(repair is not None and alike > 1)
        self.mend_all.setEnabled(can_write)
        self.mend_all.setText(say("All {n}", n=alike))
        self.mend_all.setToolTip(say("{repair}: all {n} open ones, in one step", repair=self.mend.text(), n=alike))
        self.fine.setEnabled(can_write and finding is not None and finding.state != "mended")
        is_fine = finding is not None and finding.state == "fine"
        self.fine.setText(say("Not fine") if is_fine else say("Is fine"))


class _View(UniformList):
    enter_pressed = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter leads to the finding, and means nothing else then; letters are commands, not a search."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter_pressed.emit(self.currentIndex())
        elif event.text().isprintable() and event.text():
            event.ignore()
        else:
            super().keyPressEvent(event)


def _width(row: QWidget) -> int:
    row.ensurePolished()
    for button in row.findChildren(QPushButton):
        button.ensurePolished()
    return row.sizeHint().width()


def _small(text: str, name: str) -> QToolButton:
    button = QToolButton(text=text)
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button


def _summary(by_state: Counter[str]) -> str:
    if not by_state.total():
        return say("Nothing found.")
    told = [say("{open} open", open=by_state["open"])]
    told += [say("{mended} mended", mended=by_state["mended"])] if by_state["mended"] else []
    told += [say("{fine} fine", fine=by_state["fine"])] if by_state["fine"] else []
    return ", ".join(told)
