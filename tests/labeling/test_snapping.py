"""Snapping through the real reader: the answer is a state of the draft, or one step for all selected objects."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import app.labeling.actions  # noqa: F401 - it registers the commands
from app.engine.requests import Snap
from app.labeling.commands import REGISTRY
from app.labeling.escape import escape
from app.masks.rle import Mask
from app.project.records import Annotation

SIZE = (48, 64)


def square(x: int, y: int, side: int) -> Mask:
    pixels = np.zeros(SIZE, bool)
    pixels[y : y + side, x : x + side] = True
    return Mask.from_array(pixels)


@pytest.fixture
def work(empty_desk, desk, acting):
    """On the second image lie two bright squares of 14 pixels; two outlines are 2 pixels too large."""
    path = desk.project.image_path(desk.project.images()[1])
    photo = np.full((*SIZE, 3), 60, np.uint8)
    photo[10:24, 8:22] = photo[26:40, 40:54] = 210
    Image.fromarray(photo).save(path)
    desk.open(1)
    image = desk.project.images()[1].id
    with desk.project.step("draw") as step:
        rows = [step.add(Annotation(0, image, None, mask)) for mask in (square(6, 8, 18), square(38, 24, 18))]
    desk.session.objects.select(*(row.id for row in rows))
    return acting


def snap(desk, acting) -> None:
    command = REGISTRY.for_key("Shift+S", acting)
    assert command is not None
    assert command.id == "repair.snap"
    command.run(acting)


def test_all_selected_objects_are_snapped_as_one_step(desk, work):
    before = desk.saved(1)
    snap(desk, work)
    desk.until(lambda: not desk.session.snapping.is_running)
    assert desk.notices()[-1] == "Snapped 2 objects to edges."
    areas = [a.mask.area for a in desk.saved(1)]
    assert all(abs(area - 14 * 14) <= 16 for area in areas)
    assert [a.provenance["by"] for a in desk.saved(1)] == ["snap", "snap"]
    desk.session.undo_stack.undo()
    assert desk.saved(1) == before


def test_the_band_is_the_one_given_else_the_one_that_is_set(desk, work):
    asked = []
    engine = desk.session.snapping._engine
    submit = engine.submit
    engine.submit = lambda request: (asked.append(request), submit(request))
    for band, usual in ((0, 0), (0, 9), (6, 9), (1000, 9)):
        desk.session.snapping.band = usual
        REGISTRY.run("repair.snap", work, band=band)
    assert [request.band for request in asked if isinstance(request, Snap)] == [4, 9, 6, 64]


def test_the_mask_in_the_making_is_snapped_unless_it_changed_meanwhile(desk, work):
    desk.session.editor.edit(square(6, 8, 18), "brush")
    snap(desk, work)
    desk.until(lambda: not desk.session.snapping.is_running)
    assert abs(Mask.from_region(desk.session.editor.proposal.region).area - 196) <= 16
    assert desk.session.editor.draft.top.source.by == "snap"
    desk.session.editor.back()
    snap(desk, work)
    desk.session.editor.edit(square(0, 0, 5), "brush")
    desk.until(lambda: not desk.session.snapping.is_running)
    assert Mask.from_region(desk.session.editor.proposal.region) == square(0, 0, 5)


def test_escape_leaves_it_and_so_does_another_image(desk, work):
    before = desk.saved(1)
    snap(desk, work)
    assert escape(work)
    assert not desk.session.snapping.is_running
    assert desk.requests[-1] == Snap(desk.session.place.ref(desk.session.image_id), (), 0)
    snap(desk, work)
    desk.open(0)
    assert not desk.session.snapping.is_running
    desk.pump()
    assert desk.saved(1) == before


def test_an_object_that_was_changed_meanwhile_stays_as_it_is_now(desk, work):
    snap(desk, work)
    moved = square(1, 1, 9)
    first = desk.saved(1)[0]
    with desk.project.step("move") as step:
        step.put(Annotation(first.id, first.image_id, None, moved))
    desk.until(lambda: not desk.session.snapping.is_running)
    assert desk.saved(1)[0].mask == moved
    assert desk.notices()[-1] == "Snapped 1 object to edges."


def test_a_file_that_is_gone_is_told_once(desk, work):
    desk.project.image_path(desk.project.images()[1]).unlink()
    desk.engine._reader._context.images._pictures.clear()
    snap(desk, work)
    desk.until(lambda: not desk.session.snapping.is_running)
    assert len(desk.saved(1)) == 2
    assert sum("Snapped" in told for told in desk.notices()) == 0
