"""Whoever goes on with a saved object is answered as if it had never been accepted, by the model in the box."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import app.labeling.actions  # noqa: F401 - it registers the commands
from app.engine.recalling import recalled
from app.engine.requests import Decode, LoadModel
from app.engine.values import GivenMask, ImageRef
from app.labeling.commands import REGISTRY
from app.labeling.provenance import GIVEN, repaired
from app.labeling.recalling import CLOSEUP, answers_to, closeup_told
from app.masks.morphology import grow
from app.masks.refinement import distance_to_border
from app.masks.rle import Mask
from app.paths import resource
from app.project.store import Project
from app.sam.load import load_predictor
from app.sam.types import Prompt
from tests.labeling.conftest import Desk

ENLARGED = 3


@pytest.fixture(scope="module")
def starter():
    return load_predictor("starter", lambda fraction: None)


@pytest.fixture
def desk(tmp_path: Path, starter, request) -> Iterator[Desk]:
    """A photo, so many times as large as it was; the model in the box."""
    folder = tmp_path / "photos"
    folder.mkdir()
    photo, times = Image.open(resource("samples/chelsea.png")).convert("RGB"), getattr(request, "param", 1)
    photo.resize((photo.width * times, photo.height * times), Image.Resampling.BICUBIC).save(folder / "chelsea.png")
    project = Project.create(tmp_path / "test.maskwright", folder)
    for _ in project.folder.scan():
        pass
    desk = Desk(project)
    desk.predictors["first"] = starter
    desk.engine.start()
    desk.submit(LoadModel("first"))
    desk.open()
    yield desk
    assert desk.engine.stop()
    project.close()


def settled(desk: Desk) -> list[Mask]:
    """The candidates, once no better ones are on their way."""
    editor = desk.session.editor
    desk.until(lambda: not editor.is_waiting and editor.ring.is_whole and not editor.draft.is_sharpening)
    return [each.mask for each in editor.ring.proposals]


def near_the_border(desk: Desk) -> tuple[float, float]:
    """A place outside the mask that is shown, so near that a click there is about a detail of it."""
    region = desk.session.editor.proposal.region
    x, y, width, height = region.bbox
    limit = 0.15 * np.sqrt(np.count_nonzero(region.pixels))
    for row, column in np.argwhere(~region.pixels)[:: max(1, width * height // 400)].tolist():
        if 2 < distance_to_border(region, x + column, y + row) <= limit:
            return x + column + 0.5, y + row + 0.5
    raise AssertionError("there is no such place")


def one_click(desk: Desk) -> None:
    desk.click(220, 140)


def another_candidate(desk: Desk) -> None:
    desk.click(220, 140)
    settled(desk)
    desk.session.editor.next_candidate(2)


def a_far_click(desk: Desk) -> None:
    desk.session.editor.point(173.5, 122.5)
    settled(desk)
    desk.click(350, 200)
    settled(desk)
    assert desk.session.editor.proposal.candidate is not None, "it is the model's answer as it stands"


def a_detail(desk: Desk) -> None:
    desk.click(220, 140)
    settled(desk)
    desk.click(*near_the_border(desk))


def a_box(desk: Desk) -> None:
    desk.session.editor.box(120, 60, 330, 250)


@pytest.mark.parametrize("made", [one_click, another_candidate, a_far_click, a_detail, a_box])
def test_the_next_click_is_answered_as_it_was_before_it_was_accepted(desk, made):
    made(desk)
    goes_on_alike(desk)


@pytest.mark.parametrize("desk", [ENLARGED], indirect=True)
def test_so_is_that_on_a_small_thing_which_was_looked_at_closely(desk):
    desk.session.closeups.visible = lambda: (408, 277, 633, 457)
    for x, y in [(173.5, 122.5), (177.5, 124.5)]:
        desk.click(x * ENLARGED, y * ENLARGED)
        settled(desk)
    assert desk.session.editor.proposal.closeup is not None
    goes_on_alike(desk)


def goes_on_alike(desk: Desk) -> None:
    editor = desk.session.editor
    settled(desk)
    before, at = editor.proposal.mask, near_the_border(desk)
    desk.click(*at)
    expected = settled(desk)
    assert expected[0] != before
    editor.back()
    saved = desk.session.acceptance.accept().changes[-1].after
    assert saved.mask == before
    editor.resume(saved.id)
    desk.click(*at)
    found = settled(desk)
    assert found == expected


def test_a_click_goes_on_with_what_was_carried_and_accepted(desk, acting):
    """No prompt led to it: the model was asked with the mask of the image before."""
    shutil.copy(desk.project.image_path(desk.project.images()[0]), desk.project.root / "next.png")
    for _ in desk.project.folder.scan():
        pass
    desk.click(220, 140)
    settled(desk)
    desk.session.objects.select(desk.session.acceptance.accept().changes[-1].after.id)
    REGISTRY.for_key("N", acting).run(acting)
    desk.until(lambda: desk.session.editor.draft.is_offer and desk.session.editor.proposal.candidate is not None)
    saved = desk.session.acceptance.accept().changes[-1].after
    assert saved.image_id != 1
    assert GIVEN not in saved.provenance
    desk.session.editor.resume(saved.id)
    desk.click(*near_the_border(desk))
    assert settled(desk)


def test_nothing_is_asked_again_of_what_the_model_did_not_give(desk):
    """Of a mask that a hand or a policy changed, of another model's, and of one that an older program saved."""
    desk.click(220, 140)
    settled(desk)
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    model_key = desk.session.place.model_key
    assert len(answers_to(saved.mask, saved.provenance, model_key)) == 1
    assert not answers_to(saved.mask, saved.provenance, "another")
    assert not answers_to(saved.mask, {k: v for k, v in saved.provenance.items() if k != GIVEN}, model_key)
    assert not answers_to(saved.mask, {k: v for k, v in saved.provenance.items() if k != "prompt"}, model_key)
    grown = grow(saved.mask, 1)
    assert GIVEN not in repaired(saved, grown, "grow").provenance


def test_where_the_model_answers_otherwise_now_the_mask_is_put_to_it(starter):
    embedding = starter.encode(np.zeros((64, 64, 3), np.uint8), lambda fraction: None)
    seed = Mask.from_array(np.eye(64, dtype=bool))
    prompt = Prompt().with_point(20, 20)
    request = Decode(ImageRef(1, Path("photo.png")), 1, prompt, seed, answers=(GivenMask(prompt, seed),))
    assert recalled(starter, request, embedding) is request


@pytest.mark.parametrize("told", [None, "x", [1, 2, 3], [0, 0, 0, 9], [0, 0, 99, 9], [-1, 0, 9, 9], [1.5, 0, 9, 9]])
def test_a_close_up_that_a_stranger_wrote_is_passed_over(told):
    assert closeup_told({CLOSEUP: told}, (48, 64)) is None
    assert closeup_told({CLOSEUP: [0, 0, 64, 48]}, (48, 64)) is not None
