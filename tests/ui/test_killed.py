"""A program that is killed opens again where the work was: project, image, view, tool, class."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.strokes import Stroke
from app.project.store import Project
from app.ui.bookmark import PAUSE_MS
from app.ui.settings import Settings
from tests.bench.driver import until, wait

ROOT = Path(__file__).parents[2]
WORK = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from tests.bench.driver import program, until, wait

home, photos = map(Path, sys.argv[1:])
with program(home) as window:
    window.open_path(photos)
    until(lambda: window.workspace is not None)
    until(lambda: window.workspace.canvas.has_image and window.workspace.images.rowCount() == 4)
    from app.labeling.tools.registry import TOOLBOX
    from app.masks.strokes import Stroke

    workspace = window.workspace
    for name in ("suit", "shirt", "rocket"):
        workspace.session.classes.add(name)
    workspace.session.set_category(2)
    workspace.session.navigation.next(), workspace.session.navigation.next()
    until(lambda: workspace.canvas.has_image)
    workspace.input.take(TOOLBOX.named("select"))
    workspace.view.zoom_to((100, 80, 60, 40))
    workspace.session.painter.stroke(Stroke(((20.5, 20.5), (40.5, 20.5)), 3))
    wait(1500)
    x, y = workspace.canvas.viewport.middle
    print(workspace.session.image.path, round(x), round(y), round(workspace.view.scale, 2), flush=True)
    wait(600_000)
"""
KEEPING = """
from contextlib import ExitStack

from app.atomic import replacing
from app.paths import cache_dir, compiled_dir, config_dir, data_dir

with ExitStack() as stack:
    for folder in (compiled_dir() / "model.blobs", cache_dir(), config_dir(), data_dir() / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(replacing(folder / "kept")).write(b"half")
        print(folder, flush=True)
    input()
"""


@pytest.fixture
def killed(home, photos):
    """What the program said of where it was before it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, str(home), str(photos)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline().split()
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    return said


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.slow
def test_after_a_kill_the_program_opens_where_the_work_was(killed, window, photos):
    window.projects.open_unclosed()
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    workspace = window.workspace
    wait(50)
    x, y = workspace.canvas.viewport.middle
    assert [workspace.session.image.path, round(x), round(y), round(workspace.view.scale, 2)] == [
        killed[0], int(killed[1]), int(killed[2]), float(killed[3]),
    ]  # fmt: skip
    assert (workspace.hand.tool.id, workspace.session.classes.current.id) == ("select", 2)
    draft = workspace.session.editor.draft
    assert draft.top.is_unsaved, "what was drawn and not accepted is in the making again"
    assert draft.proposal.mask.bbox == (17, 17, 27, 7)
    assert "goes on where it was" in window.toast.text()
    window.leave_project()
    assert Settings().left_open is None


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.slow
def test_the_program_itself_opens_the_project_that_it_was_killed_with(killed, photos):
    """And that is killed again; nothing is told of where it is meanwhile but what it notes."""
    project = photos / "photos.maskwright"
    assert Settings().left_open == project
    Settings().note_open(None)
    Settings().note_open(project)
    process = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env={**os.environ})
    try:
        until(lambda: Settings(only_read=True).left_open is None)  # taken
        until(lambda: Settings(only_read=True).left_open == project)  # and opened
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert Settings().left_open is None


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL, and one waits for a day")
@pytest.mark.slow
def test_what_was_half_written_anywhere_below_the_own_folders_goes_with_the_next_start(home):
    command = [sys.executable, "-c", KEEPING]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folders = [Path(process.stdout.readline().strip()) for _ in range(4)]
        process.kill()
    left = [path for folder in folders for path in folder.glob(".*.part")]
    assert len(left) == len(folders)
    process = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env={**os.environ})
    try:
        until(lambda: not any(path.exists() for path in left))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_what_is_in_the_making_when_the_project_is_closed_is_there_when_it_is_opened(opened, photos):
    """Also a polygon that was not closed: it becomes part of what waits, as when another image is opened."""
    workspace = opened.workspace
    workspace.input.take(TOOLBOX.named("polygon"))
    hand = workspace.hand
    for x, y in ((10, 10), (60, 10), (60, 50)):
        hand.press(PointerEvent(x, y, "left"))
        hand.release(PointerEvent(x, y, "none", down=False))
    assert not workspace.session.editor.draft.is_live
    opened.leave_project()
    opened.open_path(photos)
    until(lambda: opened.workspace is not None and opened.workspace.canvas.has_image)
    assert opened.workspace.session.editor.draft.top.is_unsaved
    assert 900 < opened.workspace.session.editor.proposal.mask.area < 1100
    assert "waits here that was not accepted" in opened.toast.text()


def test_another_class_for_an_object_that_was_picked_up_is_kept_too(opened):
    """Nothing else was done to it."""
    session, project = opened.workspace.session, opened.workspace.project
    session.classes.add("suit")
    shirt = session.classes.add("shirt")
    session.painter.stroke(Stroke(((20.5, 20.5), (40.5, 20.5)), 3))
    saved = session.acceptance.accept().changes[-1].after
    session.editor.resume(saved.id)
    wait(2 * PAUSE_MS)
    session.set_category(shirt.id)
    wait(2 * PAUSE_MS)
    [row] = project.setting(f"unfinished on image {session.image_id}")
    assert row["class"] == shirt.id


def test_a_project_that_was_closed_is_not_opened_by_itself(opened):
    wait(2 * PAUSE_MS)
    assert Settings().left_open == opened.workspace.project.path
    opened.leave_project()
    opened.projects.open_unclosed()
    assert opened.jobs.current is None
    assert opened.workspace is None


def test_a_project_that_is_open_in_another_window_is_left_to_it(window, photos):
    other = Project.create(photos / "p.maskwright", photos)
    Settings().note_open(other.path)
    window.projects.open_unclosed()
    until(lambda: window.jobs.current is None)
    assert window.workspace is None
    other.close()


def test_a_project_that_is_gone_is_not_opened_and_nothing_is_said(window, tmp_path):
    Settings().note_open(tmp_path / "gone.maskwright")
    window.projects.open_unclosed()
    until(lambda: window.jobs.current is None)
    assert window.workspace is None
    assert not window.toast.isVisible()


def test_the_window_does_not_wait_for_the_server_of_the_project_left_open(window, photos, monkeypatch):
    other = Project.create(photos / "p.maskwright", photos)
    other.close()
    Settings().note_open(other.path)
    answers, seen_on = threading.Event(), set()
    look = Path.is_file

    def slow(path, **named):
        if path == other.path and threading.current_thread() is not threading.main_thread():
            seen_on.add(threading.current_thread().name)
            answers.wait(20)
        return look(path, **named)

    monkeypatch.setattr(Path, "is_file", slow)
    window.projects.open_unclosed()
    until(lambda: seen_on)
    assert window.workspace is None
    assert "Looking for p" in window.jobs.current.title
    answers.set()
    until(lambda: window.workspace is not None)
    assert window.workspace.project.path == other.path


def test_panning_is_no_write_for_each_move(opened, monkeypatch):
    writes = []
    deferred = opened.workspace.project.deferred
    save = deferred.save
    wait(2 * PAUSE_MS)
    monkeypatch.setattr(deferred, "save", lambda: writes.append(dict(deferred.settings)) or save())
    for _ in range(60):
        opened.workspace.canvas.pan_by(0.001, 0)
        wait(PAUSE_MS // 25)
    assert writes == []
    wait(2 * PAUSE_MS)
    assert len(writes) == 1
    assert "last_view" in writes[0]
    for _ in range(5):
        opened.workspace.canvas.view_changed()  # nothing is different
    wait(2 * PAUSE_MS)
    assert writes[1:] in ([], [{}])


def test_a_view_that_a_stranger_wrote_is_passed_over(window, photos):
    project = Project.create(photos / "p.maskwright", photos)
    for value in ("far away", [1, "x", None, 3], [1, 2, 3, -4], {"x": 1}, [True]):
        project.set_setting("last_view", value)
        project.set_setting("last_tool", value)
        project.set_setting("last_image", 99)
    project.close()
    window.open_path(photos)
    until(lambda: window.workspace.canvas.has_image)
    assert window.workspace.canvas.viewport.fitted


def test_the_whole_image_is_shown_again_as_a_whole(opened, photos):
    opened.workspace.canvas.zoom(4)
    opened.workspace.canvas.fit()
    opened.leave_project()
    opened.resize(900, 700)
    opened.open_path(photos)
    until(lambda: opened.workspace.canvas.has_image)
    assert opened.workspace.canvas.viewport.fitted
