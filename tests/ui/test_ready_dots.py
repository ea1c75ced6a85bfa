"""The dots of the list know after a restart which images have an embedding on the disk, of the model in use."""

from __future__ import annotations

import shutil
import threading

import pytest
from typer.testing import CliRunner

from app.cli.program import program
from app.engine.replies import EmbeddingsFound
from app.engine.requests import FindEmbeddings
from app.paths import embeddings_dir
from app.project.records import ImageRecord
from app.ui.image_model import RECORD, STATE, ImageModel
from app.ui.settings import Settings
from app.ui.start import assembled
from tests.bench.driver import until


def _ready(window):
    model = window.workspace.images
    indices = [model.index(row) for row in range(model.rowCount())]
    return {index.data(RECORD).path for index in indices if index.data(STATE) == "ready"}


@pytest.fixture
def encoded(dressed, photos, qtbot):
    """The folder of photos, of which the first one was looked at, and the next two were encoded ahead."""
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        window.show()
        window.open_path(photos)
        until(lambda: window.workspace and len(_ready(window)) == 3)
        until(lambda: len(list(embeddings_dir().glob("*.embedding"))) == 3)
        window.close()
    return photos


NAMES = {"astronaut.png", "chelsea.png", "coffee.png"}


def test_they_are_filled_after_a_restart(encoded, window):
    asked = []
    window.delivery.on(EmbeddingsFound, asked.append)
    (encoded / "rocket.jpg").touch()
    window.open_path(encoded)
    until(lambda: asked)
    until(lambda: _ready(window) >= NAMES)  # the first image is asked for by itself
    assert threading.current_thread() is threading.main_thread()


def test_they_are_those_of_the_model_in_use(encoded, window, mine, qtbot):
    until(lambda: window.models.state.model)
    window.models.import_file(mine)
    until(lambda: window.models.state.name == "mine")
    found = []
    window.delivery.on(EmbeddingsFound, found.append)
    window.open_path(encoded)
    until(lambda: found)
    assert set(found[0].image_ids) <= {window.workspace.session.image_id}, "that one may be encoded anew by now"
    window.models.load("starter")
    until(lambda: window.models.state.name == "starter")
    until(lambda: _ready(window) >= NAMES)


def test_what_is_gone_from_the_disk_has_no_dot(encoded, window):
    shutil.rmtree(embeddings_dir())
    found = []
    window.delivery.on(EmbeddingsFound, found.append)
    window.open_path(encoded)
    until(lambda: found)
    assert set(found[0].image_ids) <= {window.workspace.session.image_id}, "that one may be encoded anew by now"


def test_an_answer_to_what_was_asked_before_comes_too_late(opened):
    image_id = opened.workspace.project.images()[-1].id
    before = _ready(opened)
    opened.receive(EmbeddingsFound(FindEmbeddings("another model", ()), (image_id,)))
    assert _ready(opened) == before


def test_ten_thousand_dots_do_not_hold_up_the_window(opened):
    """They are asked for in parts, and told to the list once for each."""
    model, told = ImageModel(opened), []
    model.set_images([ImageRecord(id, f"{id:05}.png", content_hash=f"{id:064}") for id in range(1, 10_001)], {})
    model.dataChanged.connect(lambda first, last, _roles: told.append((first.row(), last.row())))
    model.set_ready(*range(1, 10_001))
    assert told == [(0, 9999)]
    feed, asked = opened.workspace._feed, []
    feed._replies.submit, feed._model = asked.append, model
    feed._find_embeddings("some model")
    assert sum(len(request.images) for request in asked) == 10_000
    assert max(len(request.images) for request in asked) <= 2000


def test_what_the_terminal_encoded_has_dots(photos, tmp_path, window):
    project = photos / "photos.maskwright"
    for command in (["new", str(project), str(photos)], ["embed", str(project)]):
        assert CliRunner().invoke(program, command).exit_code == 0
    until(lambda: window.models.state.model)
    window.open_path(project)
    until(lambda: len(_ready(window)) == 4)
