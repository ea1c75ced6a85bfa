"""What came of the last import or export: for a moment over the canvas, and to be read until there is another."""

from __future__ import annotations

from pathlib import Path

from app.formats.kit.describe import describe
from app.formats.kit.report import Report
from app.text import say
from app.ui.dialogs.report import ReportDialog
from app.ui.shell import Shell


class Reports:
    """Keeps the last report, tells of it, and shows it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.last: tuple[Path, Report] | None = None
        """What was read or written, and what came of it."""

    def forget(self) -> None:
        """Forgets the last report: it was about a project that is closed now."""
        self.last = None
        self._close()

    def imported(self, file: Path, report: Report) -> None:
        """Tells what came of an import."""
        self._tell(file, report, describe(report).brief)

    def exported(self, file: Path, report: Report) -> None:
        """Tells what came of an export."""
        where = say("Written to {parent}.", parent=file.parent.name + "/" + file.name)
        self._tell(file, report, f"{where} {describe(report).brief}")

    def _tell(self, file: Path, report: Report, sentence: str) -> None:
        self.last = file, report
        details = self.show_last if describe(report).details else None
        self._shell.toast.show_text(sentence, action=details, label=say("Details…"))

    def show_last(self) -> None:
        """Shows the whole of the last report, to be read and copied."""
        if self.last is not None:
            self._close()
            ReportDialog(*self.last, self._shell.window()).show()

    def _close(self) -> None:
        for dialog in self._shell.window().findChildren(ReportDialog):
            dialog.close()
