"""Objects that are drawn, cut and repaired with a real mouse come out of an export as they were drawn."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from tests.e2e.screen import ROOT, screen
from tests.e2e.test_program import HEIGHT, WIDTH, running, settled

pytestmark = pytest.mark.xdist_group("screen")
SIDE = 512
"""Of astronaut.png."""


def box(x0, y0, x1, y1):
    pixels = np.zeros((SIDE, SIDE), bool)
    pixels[y0:y1, x0:x1] = True
    return pixels


def capsule(x0, x1, y, radius):
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    nearest = np.clip(columns, x0, x1)
    return (columns - nearest) ** 2 + (rows - y) ** 2 <= radius**2


def draw(program, *path, button=1):
    """One press, and moves from place to place."""
    display = program.display
    display.xdotool("mousemove", *map(round, program.at(*path[0])), "mousedown", button)
    for place in path[1:]:
        display.xdotool("mousemove", *map(round, program.at(*place)))
    display.xdotool("mouseup", button)


def test_three_objects_drawn_cut_and_repaired_are_exported_to_the_pixel(photos, home, tmp_path):
    with screen(WIDTH, HEIGHT) as display, running(display, photos, home) as program:
        settled(display, "opened")
        display.key("r")
        draw(program, (100, 100), (150, 140), (200, 180))
        draw(program, (130, 120), (140, 130), (160, 150), button=3)
        display.key("Return")
        program.wait_for_masks(1)
        display.key("i")
        for place in ((40, 400), (200, 400)):
            program.click(*place)
        display.key("Return", "Return")
        program.wait_for_masks(2)
        display.key("r")
        draw(program, (300, 300), (350, 350), (400, 380))
        draw(program, (330, 320), (340, 330), (350, 350), button=3)
        display.key("f")
        program.click(340, 335)
        display.key("Return")
        program.wait_for_masks(3)
        settled(display, "by_hand")
        display.key("ctrl+q")
        assert program.process.wait(30) == 0
    expected = [
        box(100, 100, 200, 180) & ~box(130, 120, 160, 150),
        capsule(40, 200, 400, 3),
        box(300, 300, 400, 380),
    ]
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "app", "export", str(program.project), str(out), "--format", "coco"]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "MASKWRIGHT_HOME": str(home)})
    coco = COCO(out)
    masks = [coco.annToMask(each).astype(bool) for each in coco.loadAnns(sorted(coco.getAnnIds()))]
    overlaps = [
        coco_mask.iou(*([coco_mask.encode(np.asfortranarray(m.astype(np.uint8)))] for m in pair), [0])[0, 0]
        for pair in zip(masks, expected, strict=True)
    ]
    assert min(overlaps) > 0.93, overlaps  # a pixel of the screen is 0.6 of the image's
    assert not masks[0][122:148, 132:158].any()
    assert masks[2][320:350, 330:350].all()
