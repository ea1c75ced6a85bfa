"""The same path with the model in the box, on a photo."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.engine.replies import Encoded, ModelLoaded
from app.engine.requests import LoadModel
from app.engine.values import ImageRef
from app.engine.worker import Engine
from app.labeling.session import Session
from app.paths import resource
from app.project.store import Project
from app.sam.load import load_predictor
from tests.engine.stepwise import Inbox


@pytest.fixture
def photos(tmp_path: Path):
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(resource("samples/chelsea.png"), folder)
    project = Project.create(tmp_path / "photos.maskwright", folder)
    for _ in project.folder.scan():
        pass
    yield project
    project.close()


def test_from_a_photo_to_a_refined_row_with_the_starter(photos):
    inbox = Inbox()
    engine = Engine(load_predictor, inbox.deliver)
    session = Session(photos, engine)
    heard = 0

    def until(condition) -> None:
        nonlocal heard
        while not condition():
            for reply in inbox.wait(object, heard + 1)[heard:]:
                heard += 1
                session.receive(reply)

    engine.start()
    try:
        engine.submit(LoadModel("starter"))
        session.navigation.open(photos.images()[0].id)
        until(lambda: session.image.width)
        session.editor.point(220, 140)
        until(lambda: not session.editor.is_waiting and session.editor.ring.is_whole)
        assert len(session.editor.ring) == 3
        session.editor.next_candidate()
        session.editor.point(120, 200)
        until(lambda: not session.editor.is_waiting and session.editor.ring.is_whole)
        session.acceptance.accept()
        [saved] = photos.annotations(session.image_id)
        assert saved.mask.area > 100
        assert saved.mask.size == (session.image.height, session.image.width)
        assert saved.provenance["model"] == session.place.model.model_key
        session.editor.resume(saved.id)
        session.editor.point(300, 250, positive=False)
        until(lambda: not session.editor.is_waiting and session.editor.ring.is_whole)
        assert session.editor.proposal is not None
    finally:
        assert engine.stop()
    assert inbox.of(ModelLoaded)[0].device.startswith(("CPU", "OpenVINO"))
    assert inbox.of(Encoded)[0].image == ImageRef(session.image_id, photos.image_path(photos.images()[0]))
