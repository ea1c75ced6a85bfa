"""Whether links lead out on the way to an image is not looked at on the thread of the window: a drive may be slow."""

from __future__ import annotations

import os
import threading

import pytest
from PySide6.QtCore import Qt

from app.engine.replies import Failed, Thumbnailed
from app.engine.requests import Thumbnail
from app.engine.values import ImageRef
from app.project.whereabouts import Whereabouts
from tests.ui.conftest import ANSWER_MS


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
    assert looked_on == {"reader"}


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
