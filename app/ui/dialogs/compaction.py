"""How much of the history shall stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from app.text import say

_DAYS, _MOST_DAYS = 30, 36500
_WIDTH_PX, _FIELD_PX = 440, 30


class CompactDialog(QDialog):
    """Accepted with the time that is `before`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Compact the project"))
        text = QLabel(
            say(
                "Older steps can no longer be undone or looked back at, and the file gets smaller. Objects and "
                "who made them stay. A backup is made first; the project is closed meanwhile and opened again."
            )
        )
        text.setWordWrap(True)
        text.setMinimumWidth(_WIDTH_PX)
        text.ensurePolished()
        text.setMinimumHeight(text.heightForWidth(_WIDTH_PX))  # the layout reserves too few lines
        self.days = QSpinBox(minimum=0, maximum=_MOST_DAYS, value=_DAYS, suffix=say(" days"))
        self.days.setMinimumHeight(_FIELD_PX)
        self.days.setAccessibleName(say("Days whose steps are kept"))
        form = QFormLayout()
        form.addRow(say("Keep the steps of the last"), self.days)
        buttons = QDialogButtonBox()
        buttons.addButton(say("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.addButton(say("Compact"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addLayout(form)
        column.addWidget(buttons)

    @property
    def before(self) -> datetime:
        """Steps before that are forgotten."""
        return datetime.now(UTC) - timedelta(days=self.days.value())
