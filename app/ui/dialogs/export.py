"""Which format to write, with which options, and what that would leave out: told before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QPlainTextEdit, QProgressBar, QWidget

from app.formats.kit.filling import DETAIL
from app.formats.kit.format import COMMON, Format
from app.formats.kit.options import Value
from app.formats.kit.programs import PROGRAMS, Program
from app.formats.kit.report import Report
from app.formats.kit.sampling import OutlineFigures, tracing_of
from app.formats.registry import formats
from app.problem import Problem
from app.text import say, say_n
from app.ui.dialogs.formats import FormatDialog
from app.ui.dialogs.options import OptionsForm
from app.ui.dialogs.report import each_button, lines_of
from app.ui.dialogs.trial import Begin, Trial
from app.ui.dialogs.until_closed import until_closed
from app.ui.keymap import translated
from app.ui.plain import tooltip
from app.ui.room import resize_within_screen

_WIDTH_PX = 600
"""As wide as the options of each format want it: it stays as it is when another one is chosen."""


class ExportDialog(FormatDialog):
    """Asks for format and options. What is chosen is tried by itself; nobody has to wait for that."""

    tried = Signal()
    """Well or badly."""

    def __init__(self, counts: dict[str, int], begin: Begin, parent: QWidget) -> None:
        """Builds the dialog with the options of each format. counts: of the project; begin: tries an export."""
        super().__init__(say("Export"), say("Export…"), parent)
        resize_within_screen(self, _WIDTH_PX, 600)
        self._counts = counts
        self.trial = Trial(begin, self)
        self.summary = QLabel(wordWrap=True)
        self.outlines = QLabel(wordWrap=True)
        self.progress = QProgressBar(textVisible=False, maximum=1000)
        self.progress.setAccessibleName(say("Progress of the trial"))
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.told = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self.told.setAccessibleName(say("What would be lost"))
        self.told.setMinimumHeight(4 * self.fontMetrics().height())
        self.told.setMaximumHeight(6 * self.fontMetrics().height())
        self.each = each_button(self.buttons)
        self._report: Report | None = None
        """What was told last."""
        self._forms = {each.name: OptionsForm(each.options, self) for each in formats()}
        self.common = OptionsForm(COMMON, self)
        rows = [*self._forms.values(), self.common, self.outlines, self.summary, self.progress, self.told]
        for place, widget in enumerate(rows, start=1):
            self.column.insertWidget(place, widget)
        self.program = self._programs()
        self.column.insertWidget(0, self.program)
        self._put_in_order()
        self._connect()
        self._show_options()

    def _programs(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(say("Who will read it"))
        box.addItem(say("Who will read it? Choose a program, or a format below."), None)
        for row, each in enumerate(PROGRAMS, start=1):
            box.addItem(translated(each.title), each)
            box.setItemData(row, tooltip(translated(each.why)), Qt.ItemDataRole.ToolTipRole)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return box

    def _choose_for(self) -> None:
        """Marks the format that the program reads best, and its options; all of it can be changed."""
        program: Program | None = self.program.currentData()
        self.program.setToolTip("" if program is None else tooltip(translated(program.why)))
        if program is not None:
            self.choose(program.format_name, program.options)

    def _put_in_order(self) -> None:
        """Tab walks from the top to the bottom."""
        fields = [field for form in (*self._forms.values(), self.common) for field in form.fields]
        for before, after in pairwise([self.program, self.list, *fields, self.told, *self.buttons.buttons()]):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        self.program.activated.connect(self._choose_for)
        self.list.currentItemChanged.connect(lambda *_: self._show_options())
        for form in (*self._forms.values(), self.common):
            form.changed.connect(self._try)
        self.trial.advanced.connect(lambda fraction: self.progress.setValue(round(1000 * fraction)))
        self.trial.failed_with.connect(self._end)
        self.trial.told.connect(self._tell)
        self.trial.outlines.told.connect(self._tell_outlines)
        self.finished.connect(self.trial.stop)
        self.each.toggled.connect(self._tell_again)

    @property
    def form(self) -> OptionsForm:
        """The options of the chosen format; those of another one are kept until it is chosen again."""
        return self._forms[self.chosen.name]

    def choose(self, name: str, options: Mapping[str, Value]) -> None:
        """Marks the format of that name and chooses these options. Nothing happens when they are no more what can be
        chosen."""
        for row, each in enumerate(formats()):
            if each.name == name:
                with suppress(Problem):
                    values = each.checked(options)
                    self._forms[name].choose(values)
                    self.common.choose(values)
                    self.list.setCurrentRow(row)

    @property
    def options(self) -> dict[str, Value]:
        """All that is chosen for the format: its own options, and those that every format has."""
        return {**self.form.values, **self.common.values}

    def _described(self, each: Format) -> str:
        kept = say("keeps every pixel") if each.lossless else say("cannot hold every mask")
        return f"{super()._described(each)}, {kept}"

    def _show_options(self) -> None:
        for form in self._forms.values():
            form.setVisible(form is self.form and bool(form.values))
        self.common.stand_below(self.form)
        self._try()

    def _try(self) -> None:
        counts = self._counts
        self.summary.setText(
            say(
                "In the project: {objects} on {images}, {classes}.",
                objects=self._objects(counts["annotation"]),
                images=self._images(counts["image"]),
                classes=self._classes(counts["category"]),
            )
        )
        self._report = None
        draws = tracing_of(self.chosen, self.form.values) is not None
        self.form.enable(DETAIL.name, draws)
        self.outlines.setVisible(draws)
        self.outlines.setText(say("Measuring some outlines…"))
        self.progress.setValue(0)
        self.progress.show()
        self.told.setPlainText(say("Trying what would be lost…"))
        self.trial.want(self.chosen, self.options)

    def _tell_outlines(self, figures: OutlineFigures | None) -> None:
        self.outlines.setVisible(figures is not None)
        self.outlines.setText(str(figures or ""))

    def _tell(self, report: Report) -> None:
        written = say(
            "To be written: {objects} on {images}, {classes}.",
            objects=self._objects(report.annotations),
            images=self._images(report.images),
            classes=self._classes(report.categories),
        )
        self.summary.setText(f"{written} {self._left_out(report)}".strip())
        self._report = report
        self._end(self._lines(report))

    def _tell_again(self) -> None:
        if self._report is not None:
            self.told.setPlainText(self._lines(self._report))

    def _lines(self, report: Report) -> str:
        return "\n".join(lines_of(report, each=self.each.isChecked()))

    def _left_out(self, report: Report) -> str:
        """Returns how many objects are left out, as a sentence. Those on images that cannot be written are counted too,
        which the report does not count one by one."""
        number = max(self._counts["annotation"] - report.annotations, report.skipped)
        return say("Left out: {objects}.", objects=self._objects(number)) if number else ""

    def _end(self, text: str) -> None:
        self.progress.hide()
        self.told.setPlainText(text)
        self.tried.emit()

    def _objects(self, number: int) -> str:
        return say_n("{n} object", "{n} objects", number)

    def _images(self, number: int) -> str:
        return say_n("{n} image", "{n} images", number)

    def _classes(self, number: int) -> str:
        return say_n("{n} class", "{n} classes", number)


def ask_export(
    counts: dict[str, int], begin: Begin, parent: QWidget, before: tuple[str, Mapping[str, Value]] | None = None
) -> tuple[Format, dict[str, Value]] | None:
    """Asks for a format and its options. before: the name of the format that was chosen last, and its options. Returns
    None if the person thought better of it."""
    with until_closed(ExportDialog(counts, begin, parent)) as dialog:
        if before is not None:
            dialog.choose(*before)
        return (dialog.chosen, dialog.options) if dialog.exec() else None
