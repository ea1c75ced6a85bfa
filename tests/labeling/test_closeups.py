"""Small things are asked again of a close-up; the engine, its threads and the project are real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.engine.requests import Decode, LoadModel
from app.masks.rle import Mask
from app.project.store import Project
from app.sam.closeup import Closeup
from app.sam.types import Prompt
from tests.engine.stepwise import StepwisePredictor
from tests.labeling.conftest import Desk

SIZE = (1200, 1600)
SMALL = (600, 500, 650, 540)
"""Two cells of the whole image's logits, sixteen of a close-up's."""
LARGE = (300, 200, 900, 800)
VIEW = (400, 350, 900, 750)


class Blobs(StepwisePredictor):
    """Around a point, masks of a quarter to half of what is encoded."""

    def _candidate(self, frame, prompt, radius):
        return super()._candidate(frame, prompt, 4 + radius)


class Filling(StepwisePredictor):
    """Its masks fill what is encoded."""

    def _candidate(self, frame, prompt, radius):
        return super()._candidate(frame, Prompt().with_point(*prompt.with_point(0, 0).points[0]), 200)


class Growing(Filling):
    """The first of its masks is small, all others fill what is encoded."""

    def _candidate(self, frame, prompt, radius):
        kind = StepwisePredictor if radius == 4 else Filling
        return kind._candidate(self, frame, prompt, radius)


class Specks(StepwisePredictor):
    """Its masks are of four cells."""

    def _candidate(self, frame, prompt, radius):
        return super()._candidate(frame, prompt, 2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Two large images; the first is open and encoded."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(2):
        Image.fromarray(np.full((*SIZE, 3), 10 * number, np.uint8)).save(folder / f"{number}.png")
    project = Project.create(tmp_path / "test.maskwright", folder)
    for _ in project.folder.scan():
        pass
    desk = Desk(project)
    desk.engine.start()
    desk.submit(LoadModel("first"))
    desk.open()
    desk.until(lambda: ("end", 10) in desk.predictor().log)  # the other one, ahead
    desk.predictor().__class__ = Blobs
    yield desk
    for predictor in desk.predictors.values():
        predictor.release()
    assert desk.engine.stop()
    project.close()


def asked(desk: Desk) -> list[Closeup | None]:
    return [r.image.closeup for r in desk.requests if isinstance(r, Decode)]


def until_sharp(desk: Desk) -> None:
    desk.until_answered()
    desk.until(lambda: not desk.session.editor.draft.is_sharpening)


def box_of(desk: Desk) -> tuple[int, ...]:
    region = desk.session.editor.proposal.region
    height, width = region.pixels.shape
    return region.x, region.y, region.x + width, region.y + height


def test_small_thing_is_answered_at_once_and_then_better(desk):
    desk.session.editor.box(*SMALL)
    desk.until_answered()
    rough = box_of(desk)
    until_sharp(desk)
    sharp = box_of(desk)
    assert np.abs(np.subtract(sharp, SMALL)).max() <= 4 < np.abs(np.subtract(rough, SMALL)).max()
    [whole, closeup] = asked(desk)
    assert whole is None
    assert 128 <= closeup.side <= 300
    [saved] = [
        change.after
        for change in desk.session.acceptance.accept().changes
        if change.after.__class__.__name__ == "Annotation"
    ]
    assert saved.mask.size == SIZE
    assert saved.provenance["closeup"] == [closeup.x0, closeup.y0, closeup.x1, closeup.y1]
    assert saved.provenance["prompt"]["box"] == list(SMALL)


def test_large_thing_is_not_asked_again(desk):
    desk.session.editor.box(*LARGE)
    desk.until_answered()
    assert not desk.session.editor.draft.is_sharpening
    assert asked(desk) == [None]


def test_switched_off_nothing_is_asked_again(desk):
    desk.session.closeups.enabled = False
    desk.session.editor.box(*SMALL)
    desk.until_answered()
    assert asked(desk) == [None]


def test_model_that_takes_too_long_is_not_asked_again(desk):
    assert desk.session.closeups.encode_ms > 0
    desk.session.closeups.encode_ms = 6000.0
    desk.session.editor.box(*SMALL)
    desk.until_answered()
    assert asked(desk) == [None]
    desk.submit(LoadModel("second"))
    desk.until(lambda: desk.session.place.model.model_key == "second")
    until_sharp(desk)
    assert asked(desk)[-1] is not None


def test_rough_answer_can_be_accepted_and_the_better_one_comes_too_late(desk):
    predictor = desk.predictor()
    desk.session.editor.box(*SMALL)
    predictor.hold()
    desk.until_answered()
    predictor.wait_until_held()
    assert desk.session.editor.draft.is_sharpening
    changes = desk.session.acceptance.accept()
    assert changes is not None
    predictor.release()
    desk.session.editor.box(*LARGE)
    desk.until_answered()
    desk.pump()
    assert len(desk.saved()) == 1
    assert box_of(desk) == pytest.approx(LARGE, abs=25)


def test_further_click_stays_in_the_closeup_and_goes_on_from_its_logits(desk):
    desk.session.editor.box(*SMALL)
    until_sharp(desk)
    desk.session.editor.point(645, 535, positive=False)
    desk.until_answered()
    assert asked(desk)[1:] == [asked(desk)[1]] * 2
    last = desk.predictor().prompts[-1]
    assert last.logits.shape == (64, 64)
    closeup = asked(desk)[-1]
    assert last.points.tolist() == [[645 - closeup.x0, 535 - closeup.y0]]


def test_click_beyond_the_closeup_is_asked_of_the_whole_image_with_the_mask_so_far(desk):
    desk.session.editor.box(*SMALL)
    until_sharp(desk)
    desk.session.editor.point(1200, 900)
    desk.until_answered()
    last = [r for r in desk.requests if isinstance(r, Decode)][2]
    assert last.image.closeup is None
    assert last.prompt.logits is None
    assert last.seed is not None


def test_next_thing_in_the_view_is_answered_from_the_same_closeup_at_once(desk):
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.box(600, 500, 690, 540)
    until_sharp(desk)
    assert asked(desk)[-1] == Closeup(*VIEW, SIZE)
    desk.session.acceptance.accept()
    desk.session.editor.box(700, 600, 780, 650)
    desk.until_answered()
    assert not desk.session.editor.draft.is_sharpening
    assert asked(desk) == [None, Closeup(*VIEW, SIZE), Closeup(*VIEW, SIZE)]
    assert np.abs(np.subtract(box_of(desk), (700, 600, 780, 650))).max() <= 6
    assert sum(entry[0] == "begin" for entry in desk.predictor().log) == 3  # two images and one view


def test_preview_in_that_view_comes_from_the_closeup_too(desk):
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.point(650, 550)
    until_sharp(desk)
    desk.session.discard()
    desk.session.hover.move(700, 600)
    desk.until(lambda: desk.session.hover.outlines)
    [outline] = desk.session.hover.outlines
    assert np.ptp(outline, axis=0).max() < 150  # of the whole image, it would be of 400


def test_in_a_wider_view_the_whole_image_is_asked_first(desk):
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.box(*SMALL)
    until_sharp(desk)
    desk.session.discard()
    desk.session.closeups.visible = lambda: (0, 0, 1600, 1200)
    desk.session.editor.box(*SMALL)
    desk.until_answered()
    assert asked(desk)[2] is None


def test_mask_that_the_closeup_cuts_is_asked_of_the_whole_image(desk):
    desk.predictors["first"].__class__ = Filling
    desk.session.closeups.visible = lambda: VIEW
    desk.session.closeups.remember(Closeup(*VIEW, SIZE))
    desk.session.editor.point(650, 550)
    until_sharp(desk)
    assert asked(desk)[:2] == [Closeup(*VIEW, SIZE), None]
    assert box_of(desk)[0] < VIEW[0]


def test_accepted_in_advance_and_cut_it_is_saved_from_the_whole_image(desk):
    desk.predictors["first"].__class__ = Filling
    desk.session.closeups.visible = lambda: VIEW
    desk.session.closeups.remember(Closeup(*VIEW, SIZE))
    desk.session.editor.point(650, 550)
    desk.session.acceptance.accept()
    desk.until(lambda: desk.saved())
    assert desk.saved()[0].mask.bbox[0] < VIEW[0]
    assert desk.session.acceptance.pending == 0


def chosen_in_advance(desk):
    """Tab, while the candidate is still to come that the close-up turns out to cut."""
    desk.predictors["first"].__class__ = Growing
    desk.session.closeups.visible = lambda: VIEW
    desk.session.closeups.remember(Closeup(*VIEW, SIZE))
    desk.session.editor.point(650, 550)
    desk.until(lambda: not desk.session.editor.is_waiting)
    assert not desk.session.editor.ring.is_whole
    desk.session.editor.next_candidate()


def test_a_candidate_chosen_and_accepted_in_advance_is_the_one_of_the_whole_image_that_is_saved(desk):
    chosen_in_advance(desk)
    desk.session.acceptance.accept()
    desk.until(lambda: desk.saved())
    assert asked(desk) == [Closeup(*VIEW, SIZE), Closeup(*VIEW, SIZE), None]
    assert desk.saved()[0].mask.area == SIZE[0] * SIZE[1]


def test_a_candidate_chosen_in_advance_stays_chosen_when_the_whole_image_is_asked(desk):
    chosen_in_advance(desk)
    desk.until(lambda: asked(desk)[-1] is None)
    until_sharp(desk)
    assert asked(desk)[:2] == [Closeup(*VIEW, SIZE), None]
    assert desk.session.editor.proposal.mask.area == SIZE[0] * SIZE[1]


def test_who_zoomed_in_means_something_in_the_view_and_tab_still_gives_the_larger_things(desk):
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.point(650, 550)
    desk.until_answered()
    rough = desk.session.editor.ring.proposals
    until_sharp(desk)
    sizes = [p.region.pixels.shape[1] for p in desk.session.editor.ring.proposals]
    assert asked(desk) == [None, Closeup(*VIEW, SIZE)]
    assert desk.session.editor.ring.index == 0
    assert sizes[:3] == pytest.approx([125, 188, 313], abs=8)  # of the view
    assert desk.session.editor.ring.proposals[3:] == tuple(p for p in rough if p.region.pixels.shape[1] > 300)
    for _ in range(3):
        desk.session.editor.next_candidate()
    assert desk.session.editor.proposal.closeup is None
    desk.session.editor.point(660, 560)  # goes on from the larger one
    desk.until_answered()
    last = [r for r in desk.requests if isinstance(r, Decode)][2]
    assert last.image.closeup is None
    assert last.prompt.logits is not None


def test_closeup_that_shows_nothing_whole_changes_nothing(desk):
    desk.session.editor.box(*SMALL)
    desk.until_answered()
    rough = desk.session.editor.proposal
    desk.predictors["first"].__class__ = Filling
    until_sharp(desk)
    assert desk.session.editor.proposal is rough


def test_speck_in_a_view_is_looked_at_still_closer(desk):
    desk.predictors["first"].__class__ = Specks
    desk.session.closeups.visible = lambda: (200, 100, 1000, 700)
    desk.session.editor.point(610, 510)
    until_sharp(desk)
    assert [closeup and closeup.side for closeup in asked(desk)] == [None, 800, 147]


def test_what_tab_chose_stays_chosen(desk):
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.point(650, 550)
    desk.until_answered()
    desk.session.editor.choose_candidate(2)
    large = desk.session.editor.proposal
    until_sharp(desk)
    assert desk.session.editor.proposal is large
    assert len(desk.session.editor.ring) > 3


def test_undo_and_redo_of_a_click_whose_better_answer_was_dropped_ask_again(desk):
    predictor = desk.predictor()
    desk.session.editor.box(*SMALL)
    predictor.hold()
    desk.until_answered()
    predictor.wait_until_held()
    desk.session.undo_stack.undo()
    predictor.release()
    desk.session.undo_stack.redo()
    until_sharp(desk)
    assert np.abs(np.subtract(box_of(desk), SMALL)).max() <= 4


def test_another_model_asks_the_whole_image_again_and_looks_closer_itself(desk):
    desk.session.editor.box(*SMALL)
    until_sharp(desk)
    desk.submit(LoadModel("second"))
    desk.until(lambda: desk.session.place.model.model_key == "second")
    until_sharp(desk)
    assert asked(desk)[2] is None
    assert [r.prompt.logits for r in desk.requests if isinstance(r, Decode)][2:] == [None, None]
    assert desk.session.editor.draft.revisions[-1].made_by == "second"
    assert np.abs(np.subtract(box_of(desk), SMALL)).max() <= 4


def test_failing_closeup_leaves_the_rough_answer(desk):
    predictor = desk.predictor()
    desk.session.editor.box(*SMALL)
    desk.until_answered()
    rough = desk.session.editor.proposal

    def encode(*_arguments: object) -> None:
        raise MemoryError

    predictor.encode = encode
    until_sharp(desk)
    assert desk.session.editor.proposal is rough
    assert desk.session.place.failure is None
    assert desk.session.acceptance.accept() is not None


def test_saved_object_is_refined_in_a_closeup(desk):
    desk.session.editor.box(*SMALL)
    until_sharp(desk)
    changes = desk.session.acceptance.accept()
    desk.session.editor.resume(changes.changes[-1].after.id)
    desk.session.editor.point(640, 530)
    until_sharp(desk)
    assert desk.session.editor.proposal.closeup is not None


def test_on_a_huge_image_the_view_is_asked_before_the_whole(desk):
    desk.session.closeups.is_huge = True
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.point(600, 520)
    desk.until_answered()
    assert asked(desk)[0] == Closeup(*VIEW, SIZE)
    assert desk.session.editor.proposal.region.image_size == SIZE


def test_click_at_the_edge_of_the_view_of_a_huge_image_is_asked_of_a_wider_one(desk):
    desk.session.closeups.is_huge = True
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.point(405, 520)
    assert asked(desk)[0] == Closeup(150, 150, 1150, 950, SIZE)


def test_what_the_view_of_a_huge_image_cuts_is_asked_of_a_wider_one_and_at_last_of_the_whole(desk):
    desk.predictors["first"].__class__ = Filling
    desk.session.closeups.is_huge = True
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.point(650, 550)
    until_sharp(desk)
    assert asked(desk)[:3] == [Closeup(*VIEW, SIZE), Closeup(150, 150, 1150, 950, SIZE), None]


def test_accepted_in_advance_what_the_view_of_a_huge_image_cuts_is_saved_from_the_whole(desk):
    desk.predictors["first"].__class__ = Filling
    desk.session.closeups.is_huge = True
    desk.session.closeups.visible = lambda: VIEW
    desk.session.editor.point(650, 550)
    desk.session.acceptance.accept()
    desk.until(lambda: desk.saved())
    assert list(dict.fromkeys(asked(desk))) == [Closeup(*VIEW, SIZE), Closeup(150, 150, 1150, 950, SIZE), None]
    assert desk.saved()[0].mask.bbox[0] < 150


def test_what_is_right_of_a_picked_up_object_stays_in_the_closeup_too(desk):
    desk.session.editor.box(*SMALL)
    until_sharp(desk)
    before = desk.session.acceptance.accept().changes[-1].after
    desk.session.editor.resume(before.id)
    desk.session.editor.point(655, 520)
    until_sharp(desk)
    shown = Mask.from_region(desk.session.editor.proposal.region)
    assert desk.session.editor.proposal.closeup is not None
    assert shown.covers(655, 520)
    assert shown.area > before.mask.area
    assert not (before.mask.to_array() & ~shown.to_array()).any()
