"""Whether links lead out on the way to an image is not looked at on the thread of the window: a drive may be slow."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt

from app.engine.replies import Failed, Thumbnailed
from app.engine.requests import Thumbnail
from app.engine.values import ImageRef
from app.project.whereabouts import Whereabouts
from tests.ui.conftest import ANSWER_MS
from tests.ui.test_busy import FELT_S, heartbeat


@pytest.fixture
def looked_on(opened, monkeypatch):
    """The threads that looked for links, from now on."""
    names, leads_out = set[str](), Whereabouts._leads_out

    def noted(whereabouts, path):
        names.add(threading.current_thread().name)
        return leads_out(whereabouts, path)

    monkeypatch.setattr(Whereabouts, "_leads_out", noted)
    return names


def thumbnail_of(opened, qtbot, image_id):
    replies = []

    def hear(reply):  # others may be on their way still
        if (reply.request.image if isinstance(reply, Failed) else reply.image).image_id == image_id:
            replies.append(reply)

    ends = [opened.workspace.replies.on(Thumbnailed, hear), opened.workspace.replies.on(Failed, hear, of=Thumbnail)]
    opened.workspace.images.wanted.emit(image_id)
    qtbot.waitUntil(lambda: bool(replies), timeout=ANSWER_MS)
    for end in ends:
        end()
    return replies[0]


def test_thumbnails_are_looked_for_on_the_thread_that_reads_them(opened, looked_on, qtbot):
    image = opened.workspace.project.images()[1]
    reply = thumbnail_of(opened, qtbot, image.id)
    assert reply.image == ImageRef(image.id, opened.workspace.project.root / image.path)
    assert "reader" in looked_on
    assert threading.current_thread().name not in looked_on


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_the_thumbnail_of_an_image_that_leads_out_is_not_read(opened, looked_on, tmp_path, qtbot):
    project = opened.workspace.project
    image = project.images()[1]
    file = project.image_path(image)
    secret = tmp_path / f"secret{file.suffix}"
    file.rename(secret)
    file.symlink_to(secret)
    looked_on.clear()
    opened.toast.show_text("")
    reply = thumbnail_of(opened, qtbot, image.id)
    if isinstance(reply, Thumbnailed):  # asked for when the window opened, and read before the file was moved
        reply = thumbnail_of(opened, qtbot, image.id)
    assert isinstance(reply, Failed)
    assert "lies outside the folder" in reply.sentence
    assert opened.workspace.images.data(opened.workspace.images.index(1), Qt.ItemDataRole.AccessibleTextRole).endswith(
        "cannot be read"
    )
    assert not opened.toast.text(), "opening the image tells"


def test_an_answer_is_known_for_that_of_the_image_on_the_canvas_by_its_name(opened, looked_on):
    place, project = opened.workspace.session.place, opened.workspace.project
    first, second = project.images()[:2]
    assert place.is_shown(ImageRef(first.id, project.root / first.path))
    assert not place.is_shown(ImageRef(first.id, project.root / second.path))
    assert not place.is_shown(ImageRef(second.id, project.root / second.path))
    assert threading.current_thread().name not in looked_on  # the reader may still look at thumbnails


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_an_image_that_leads_out_is_refused_on_the_canvas(opened, tmp_path, qtbot):
    session, project = opened.workspace.session, opened.workspace.project
    image = project.images()[1]
    file = project.image_path(image)
    secret = tmp_path / f"secret{file.suffix}"
    file.rename(secret)
    file.symlink_to(secret)
    session.navigation.open(image.id)
    qtbot.waitUntil(lambda: bool(session.place.unreadable), timeout=ANSWER_MS)
    assert "lies outside the folder" in session.place.unreadable
    assert not opened.workspace.canvas.has_image


@contextmanager
def drive_slow_to_answer(project, monkeypatch):
    """Yields what the thread of the window asks the drive of the images for meanwhile; each answer is felt. The project
    itself, which is written to, is another thing."""
    root, own, asked = str(project.root), str(project.path), []

    def slowly(name):
        real = getattr(os, name)

        def answer(path, *arguments, **options):
            if isinstance(path, str | os.PathLike) and own not in str(path) and str(path).startswith(root):
                if threading.current_thread() is threading.main_thread():
                    asked.append((name, str(path)))
                    time.sleep(1.5 * FELT_S)
                time.sleep(0.02)
            return real(path, *arguments, **options)

        return answer

    with monkeypatch.context() as patch:
        for name in ("stat", "lstat", "readlink", "scandir", "listdir", "access"):
            patch.setattr(os, name, slowly(name))
        yield asked


@pytest.mark.serial
def test_clicks_and_the_next_image_wait_for_no_drive(hand, opened, monkeypatch, qtbot):
    session = hand.session
    with drive_slow_to_answer(opened.workspace.project, monkeypatch) as asked, heartbeat() as longest:
        hand.click(250, 250)
        hand.wait_for_mask()
        hand.key(Qt.Key.Key_Return)
        hand.key(Qt.Key.Key_D)
        qtbot.waitUntil(lambda: hand.canvas.has_image and session.place.is_encoded, timeout=2 * ANSWER_MS)
        hand.click(100, 100)
        hand.wait_for_mask()
    assert asked == []
    print(f"the window did nothing else for {longest[0] * 1000:.0f} ms at most")
    assert longest[0] < FELT_S
