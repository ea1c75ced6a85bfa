"""The report in the window: seen whole before it is saved, and offered after a crash."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.paths import logs_dir
from app.ui.bug_reporting import offer_report_of_crash
from app.ui.dialogs.bug_report import BugReportDialog

EXAMINED_MS = 60_000


@pytest.fixture
def dialog(opened, qtbot):
    opened.run_command("help.report")
    [dialog] = [each for each in QApplication.topLevelWidgets() if isinstance(each, BugReportDialog)]
    yield dialog
    dialog.close()


def test_what_is_shown_is_what_is_saved(dialog, opened, qtbot, tmp_path):
    assert dialog.state.text() == "Looking at this computer…"
    qtbot.waitUntil(lambda: dialog.state.text() == "", timeout=EXAMINED_MS)
    assert "folder of models: (models)" in dialog.told.toPlainText()
    assert "Qt platform offscreen" in dialog.told.toPlainText()
    dialog.save(tmp_path / "report.txt")
    assert dialog.state.text() == f"The report is in {tmp_path / 'report.txt'}."
    assert (tmp_path / "report.txt").read_text() == dialog.told.toPlainText()


def test_names_come_with_the_tick_alone(dialog, opened):
    project = opened.workspace.project
    assert str(project.path) not in dialog.told.toPlainText()
    assert not [each for each in project.images() if each.path in dialog.told.toPlainText()]
    dialog.names.setChecked(True)
    assert str(project.path) in dialog.told.toPlainText()


def test_one_that_cannot_be_written_is_a_sentence(dialog, tmp_path):
    dialog.save(tmp_path / "missing" / "report.txt")
    assert "cannot be written" in dialog.state.text()


def test_it_can_be_closed_while_the_computer_is_looked_at(opened, qtbot):
    opened.run_command("help.report")
    [dialog] = [each for each in QApplication.topLevelWidgets() if isinstance(each, BugReportDialog)]
    process = dialog.process
    assert process.waitForStarted(5000)
    dialog.close()
    assert process.state() == process.ProcessState.NotRunning


def test_a_crash_is_told_once_and_a_report_is_offered(opened):
    logs_dir().mkdir(parents=True)
    (logs_dir() / "crash 4194305.txt").write_text('Fatal Python error: Aborted\n  File "/x/app/ui/a.py", line 3 in b\n')
    offer_report_of_crash(opened)
    assert opened.toast.text().startswith("Maskwright ended unexpectedly the last time")
    opened.toast.button.click()
    [dialog] = [each for each in QApplication.topLevelWidgets() if isinstance(each, BugReportDialog)]
    assert 'File "app/ui/a.py", line 3 in b' in dialog.told.toPlainText()
    dialog.close()
    opened.toast.show_text("something else")
    offer_report_of_crash(opened)
    assert opened.toast.text() == "something else"
