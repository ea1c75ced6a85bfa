"""What came of the last import or export: for a moment over the canvas, and to be read until there is another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.formats.kit.describe import describe
from app.formats.kit.report import Report
from app.ui.dialogs.report import ReportDialog

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class Reports:
    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.last: tuple[Path, Report] | None = None
        """What was read or written, and what came of it."""

    def forget(self) -> None:
        """It was about a project that is closed now."""
        self.last = None
        self._close()

    def imported(self, file: Path, report: Report) -> None:
        self._tell(file, report, describe(report).brief)

    def exported(self, file: Path, report: Report) -> None:
        where = self._window.tr("Written to {0}.").format(file.parent.name + "/" + file.name)
        self._tell(file, report, f"{where} {describe(report).brief}")

    def _tell(self, file: Path, report: Report, sentence: str) -> None:
        self.last = file, report
        details = self.show_last if describe(report).details else None
        self._window.toast.show_text(sentence, action=details, label=self._window.tr("Details…"))

    def show_last(self) -> None:
        if self.last is not None:
            self._close()
            ReportDialog(*self.last, self._window).show()

    def _close(self) -> None:
        for dialog in self._window.findChildren(ReportDialog):
            dialog.close()
