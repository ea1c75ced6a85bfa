"""Which format to write, with which options, and what that would leave out: told before anything is written."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QProgressBar, QWidget

from app.formats.kit.format import Format
from app.formats.kit.options import Value
from app.formats.kit.report import Report
from app.formats.registry import formats
from app.ui.dialogs.formats import FormatDialog
from app.ui.dialogs.options import OptionsForm
from app.ui.dialogs.report import lines_of
from app.ui.dialogs.trial import Begin, Trial


class ExportDialog(FormatDialog):
    """Asks for format and options. What is chosen is tried by itself; nobody has to wait for that."""

    tried = Signal()
    """Well or badly."""

    def __init__(self, counts: dict[str, int], begin: Begin, parent: QWidget) -> None:
        """counts: of the project; begin: tries an export."""
        super().__init__(parent.tr("Export"), parent.tr("Export…"), parent)
        self.resize(self.width(), 600)
        self._counts = counts
        self.trial = Trial(begin, self)
        self.summary = QLabel(wordWrap=True)
        self.progress = QProgressBar(textVisible=False, maximum=1000)
        self.progress.setAccessibleName(self.tr("Progress of the trial"))
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.told = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self.told.setAccessibleName(self.tr("What would be lost"))
        self.told.setFixedHeight(8 * self.fontMetrics().height())
        self._forms = {each.name: OptionsForm(each.options, self) for each in formats()}
        for place, widget in enumerate([*self._forms.values(), self.summary, self.progress, self.told], start=1):
            self.column.insertWidget(place, widget)
        self._put_in_order()
        self._connect()
        self._show_options()

    def _put_in_order(self) -> None:
        """Tab walks from the top to the bottom."""
        fields = [field for form in self._forms.values() for field in form.fields]
        for before, after in pairwise([self.list, *fields, self.told, *self.buttons.buttons()]):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(lambda *_: self._show_options())
        for form in self._forms.values():
            form.changed.connect(self._try)
        self.trial.advanced.connect(lambda fraction: self.progress.setValue(round(1000 * fraction)))
        self.trial.failed_with.connect(self._end)
        self.trial.told.connect(self._tell)
        self.finished.connect(self.trial.stop)

    @property
    def form(self) -> OptionsForm:
        """The options of the chosen format; those of another one are kept until it is chosen again."""
        return self._forms[self.chosen.name]

    def _described(self, each: Format) -> str:
        kept = self.tr("keeps every pixel") if each.lossless else self.tr("cannot hold every mask")
        return f"{super()._described(each)}, {kept}"

    def _show_options(self) -> None:
        for form in self._forms.values():
            form.setVisible(form is self.form and bool(form.values))
        self._try()

    def _try(self) -> None:
        counts = self._counts
        self.summary.setText(
            self.tr("In the project: {0} on {1}, {2}.").format(
                self._objects(counts["annotation"]), self._images(counts["image"]), self._classes(counts["category"])
            )
        )
        self.progress.setValue(0)
        self.progress.show()
        self.told.setPlainText(self.tr("Trying what would be lost…"))
        self.trial.want(self.chosen, self.form.values)

    def _tell(self, report: Report) -> None:
        written = self.tr("To be written: {0} on {1}, {2}.").format(
            self._objects(report.annotations), self._images(report.images), self._classes(report.categories)
        )
        self.summary.setText(f"{written} {self._left_out(report)}".strip())
        self._end("\n".join(lines_of(report)))

    def _left_out(self, report: Report) -> str:
        """With the objects on images that cannot be written, which the report does not count one by one."""
        number = max(self._counts["annotation"] - report.annotations, report.skipped)
        return self.tr("Left out: {0}.").format(self._objects(number)) if number else ""

    def _end(self, text: str) -> None:
        self.progress.hide()
        self.told.setPlainText(text)
        self.tried.emit()

    def _objects(self, number: int) -> str:
        return self.tr("1 object") if number == 1 else self.tr("{0} objects").format(number)

    def _images(self, number: int) -> str:
        return self.tr("1 image") if number == 1 else self.tr("{0} images").format(number)

    def _classes(self, number: int) -> str:
        return self.tr("1 class") if number == 1 else self.tr("{0} classes").format(number)


def ask_export(counts: dict[str, int], begin: Begin, parent: QWidget) -> tuple[Format, dict[str, Value]] | None:
    """Asks for a format and its options. Returns None if the person thought better of it."""
    dialog = ExportDialog(counts, begin, parent)
    try:
        return (dialog.chosen, dialog.form.values) if dialog.exec() else None
    finally:
        dialog.deleteLater()
