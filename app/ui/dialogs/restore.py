"""Which backup to go back to, with what it holds and what it would lose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.project.safety.restoring import BackupSummary
from app.text import say
from app.ui.room import resize_within_screen

_WIDTH_PX, _HEIGHT_PX = 640, 380
_PADDING_PX = 16


class RestoreDialog(QDialog):
    """Accepted with the backup that is `chosen`."""

    def __init__(self, project: Path, summaries: Sequence[BackupSummary], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Restore a backup"))
        resize_within_screen(self, _WIDTH_PX, _HEIGHT_PX if summaries else 0)
        self._summaries = summaries
        self.table = self._made_table()
        self._restore = QDialogButtonBox()
        self._restore.addButton(say("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        accept = self._restore.addButton(say("Restore"), QDialogButtonBox.ButtonRole.AcceptRole)
        accept.setEnabled(bool(summaries))
        self._restore.accepted.connect(self.accept)
        self._restore.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self._made_text(project))
        column.addWidget(self.table, 1)
        column.addWidget(self._restore)

    @property
    def chosen(self) -> Path | None:
        """The path of the selected backup; None when there is none."""
        row = self.table.currentRow()
        return self._summaries[row].path if 0 <= row < len(self._summaries) else None

    def _made_text(self, project: Path) -> QLabel:
        told = (
            say(
                "{project} becomes what it was then. What is in it now is kept beside the backups, so that you can "
                "come back.",
                project=project.stem,
            )
            if self._summaries
            else say("There is no backup of {project} yet.", project=project.stem)
        )
        text = QLabel(told, wordWrap=True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        return text

    def _made_table(self) -> QTableWidget:
        table = QTableWidget(len(self._summaries), 3)
        table.setHorizontalHeaderLabels([say("Made"), say("Objects"), say("What it would lose")])
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.setAccessibleName(say("Backups, the newest first"))
        for row, summary in enumerate(self._summaries):
            for column, text in enumerate((_time(summary), f"{summary.objects:,}", summary.loses)):
                item = QTableWidgetItem(text)
                item.setToolTip(str(summary.path) if column == 0 else text)
                if column == 1:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                table.setItem(row, column, item)
        table.setVisible(bool(self._summaries))
        table.setItemDelegate(_Padded(table))
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        table.itemDoubleClicked.connect(lambda _item: self.accept())
        if self._summaries:
            table.selectRow(0)
        return table


class _Padded(QStyledItemDelegate):
    """Cells with air around them, and no mark on the one that has the keyboard: the row is what counts."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus  # pyright: ignore[reportAttributeAccessIssue]

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(_PADDING_PX, 0)


def _time(summary: BackupSummary) -> str:
    if summary.time is None:
        return summary.path.stem
    return QLocale().toString(
        QDateTime.fromSecsSinceEpoch(int(summary.time.timestamp())), QLocale.FormatType.ShortFormat
    )
