"""supervision, SAHI, globox and pylabel read what `--for` writes for them: the masks where they read masks, and
the very boxes where they read boxes."""

import cv2
import numpy as np
import pytest

from app.formats.kit.programs import program_named
from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.hard import CLASSES, IMAGES, apart, boxes_around, keys, masks_in
from tests.formats.oracles import oracle
from tests.formats.test_datumaro import project_of
from tests.formats.test_every_format import fill

pytestmark = pytest.mark.slow  # as those of datumaro
__all__ = ["project_of"]


@pytest.fixture
def project(project_of):
    project = project_of(apart(), IMAGES)
    fill(project, [pixels for pixels in apart() for _ in IMAGES], CLASSES)
    return project


def written(project, folder, program, **options):
    chosen = program_named(program)
    each = format_named(chosen.format_name)
    out = folder / f"out{each.suffix}"
    drained(each.export_file(project, out, **{**chosen.options, **options}))
    return out


def found_for(one, found):
    return [each.pixels for each in found if (each.image, each.name) == (one.image, one.name)]


def in_one_piece(each):
    return cv2.connectedComponents(each.pixels.astype(np.uint8), connectivity=8)[0] == 2


def grown_and_filled(pixels):
    """By a pixel all around, without holes."""
    grown = cv2.dilate(pixels.astype(np.uint8), np.ones((3, 3), np.uint8))
    outlines, _ = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(grown, outlines, -1, 1, cv2.FILLED).astype(bool)


def test_supervision_sees_the_very_masks_and_bridges_between_parts(project, tmp_path):
    found = oracle("supervision_reads.py", written(project, tmp_path, "supervision", files="link"))
    ours = [each for each in masks_in(project) if "/" not in each.image]  # it looks into no folder below
    assert len(found) == len(ours)
    for one in ours:
        seen = found_for(one, found)
        if in_one_piece(one):
            assert any((pixels == one.pixels).all() for pixels in seen)
        else:
            assert any((pixels >= one.pixels).all() for pixels in seen)


def test_sahi_sees_every_mask_a_pixel_larger_and_without_holes(project, tmp_path):
    """It rounds the corners, and fills the line too: that is its own, whatever is written."""
    found = oracle("sahi_reads.py", written(project, tmp_path, "sahi"))
    ours = masks_in(project)
    assert len(found) == len(ours)
    for one in ours:
        room = grown_and_filled(one.pixels)
        assert any((pixels >= one.pixels).all() and (pixels <= room).all() for pixels in found_for(one, found))


@pytest.mark.parametrize("script", ["globox_reads.py", "pylabel_reads.py"])
def test_readers_of_boxes_see_the_very_boxes(project, tmp_path, script):
    found = oracle(script, written(project, tmp_path, "detectron2"))
    assert keys(found) == keys(boxes_around(masks_in(project)))
    assert all(np.isfinite(each.points).all() for each in found)
