"""The real program as a process on a real screen, with a real mouse and keyboard: used, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import numpy as np
import pytest
from PIL import Image, ImageChops
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from tests.e2e.screen import ROOT, screen, wait_for

pytestmark = pytest.mark.xdist_group("screen")  # two screens that begin at once get in each other's way
# Where things are in the first photo (astronaut.png, 512 x 512), in image pixels.
SUIT, FACE, HELMET_BOX = (170, 330), (230, 100), (290, 330, 480, 510)
WIDTH, HEIGHT = 1440, 900
CANVAS = 272, 68, 1189, 865
NEW_CLASS = 1300, 78
SIDE = 512
"""Of that photo."""
STRIP = 340, 90
"""So large at least is the strip of candidates."""


class Program:
    """A running Maskwright. Clicks are in image pixels of a square image that fits the canvas."""

    def __init__(self, display, process, project):
        self.display, self.process, self.project = display, process, project

    def at(self, x, y):
        """The image lies where the layout of a 1440 x 900 window puts it; see the screenshots."""
        left, top, right, bottom = CANVAS
        side = min(right - left, bottom - top) - 24
        scale = side / 512
        return (left + right) / 2 + (x - 256) * scale, (top + bottom) / 2 + (y - 256) * scale

    def click(self, x, y, button=1):
        self.display.click(*self.at(x, y), button)

    def drag(self, x0, y0, x1, y1):
        self.display.drag(*self.at(x0, y0), *self.at(x1, y1))

    def masks(self):
        """Read by another process than the program, as a person's backup would."""
        with closing(sqlite3.connect(f"file:{self.project}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM annotation").fetchone()[0]

    def classes(self):
        with closing(sqlite3.connect(f"file:{self.project}?mode=ro", uri=True)) as db:
            return [name for (name,) in db.execute("SELECT name FROM category ORDER BY id")]

    def wait_for_classes(self, *names):
        wait_for(lambda: self.classes() == list(names), 30, f"{self.classes()} instead of {names}")

    def wait_for_masks(self, number):
        wait_for(lambda: self.masks() == number, 30, f"{self.masks()} masks instead of {number}")

    def wait_for_images(self, number):
        wait_for(lambda: self._images() == number, 60, "the images were not found")

    def _images(self):
        if not self.project.exists():
            return 0
        try:
            with closing(sqlite3.connect(f"file:{self.project}?mode=ro", uri=True)) as db:
                return db.execute("SELECT count(*) FROM image WHERE id > 1 OR width IS NOT NULL").fetchone()[0]
        except sqlite3.OperationalError:  # being made right now
            return 0


@contextmanager
def running(display, photos, home):
    environment = {**display.env, "MASKWRIGHT_HOME": str(home)}
    process = subprocess.Popen([sys.executable, "-m", "app", "open", str(photos)], cwd=ROOT, env=environment)
    try:
        program = Program(display, process, photos / "photos.maskwright")
        window = display.window("photos - ")
        display.xdotool("windowmove", window, 0, 0)
        display.xdotool("windowsize", "--sync", window, WIDTH, HEIGHT)
        display.xdotool("windowfocus", "--sync", window)
        program.wait_for_images(4)
        yield program
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)


def proposed(display, name, before):
    """A picture once the strip shows candidates in a corner of the canvas. before: a picture without it."""

    def has_candidates():
        pairs = zip(_corners(before), _corners(display.picture(name)), strict=True)
        changed = max(sum(ImageChops.difference(*pair).histogram()[10:]) for pair in pairs)
        return changed > 0.7 * STRIP[0] * STRIP[1]

    wait_for(has_candidates, 60, "no candidates appeared")
    settled(display, name)


def _corners(picture):
    """What is seen in the corners of the canvas, in grey."""
    page, (width, height) = Image.open(picture).convert("L"), STRIP
    left, top, right, bottom = CANVAS[0] + 16, CANVAS[1] + 16, CANVAS[2] - 16, CANVAS[3] - 16
    places = [(x, y) for x in (left, right - width) for y in (top, bottom - height)]
    return [page.crop((x, y, x + width, y + height)) for x, y in places]


def settled(display, name):
    """A picture once the screen has stopped changing."""
    before = b""

    def same():
        nonlocal before
        now = display.picture(name).read_bytes()
        same, before = now == before, now
        return same

    wait_for(same, 30, "the screen never came to rest")
    return display.picture(name)


def test_used_killed_started_again_undone_and_exported(photos, home, tmp_path):
    with screen(WIDTH, HEIGHT) as display:
        with running(display, photos, home) as program:
            before = settled(display, "opened")
            program.click(*SUIT)
            proposed(display, "proposal", before)
            display.key("Tab", "Return")
            program.wait_for_masks(1)
            program.click(*FACE)
            program.click(40, 40, button=3)
            display.key("Return")
            program.wait_for_masks(2)
            program.drag(*HELMET_BOX)
            display.key("space")
            program.wait_for_masks(3)
            settled(display, "accepted")
            program.process.send_signal(signal.SIGKILL)
            program.process.wait(30)
        with running(display, photos, home) as program:
            assert program.masks() == 3
            settled(display, "after_kill")
            display.key("ctrl+z")
            program.wait_for_masks(2)
            display.key("ctrl+q")
            assert program.process.wait(30) == 0
        _export_holds_two(program, tmp_path, home)


@pytest.mark.slow
def test_typing_and_panning_with_real_keys(photos, home):
    """Keys that a real screen repeats, and each once: what arrives twice undoes two steps."""
    with screen(WIDTH, HEIGHT) as display, running(display, photos, home) as program:
        before = settled(display, "opened")
        display.click(*NEW_CLASS)
        for name in ("car", "person"):
            display.xdotool("type", "--delay", "60", name)
            display.key("Return")
        program.wait_for_classes("car", "person")
        display.key("ctrl+z")
        program.wait_for_classes("car")
        display.key("Escape")
        program.click(*SUIT)
        proposed(display, "proposal", before)
        display.xdotool("keydown", "space")
        time.sleep(1.5)  # until it has been repeated some twenty times
        program.drag(256, 256, 300, 280)
        display.xdotool("keyup", "space")
        settled(display, "panned")
        assert program.masks() == 0
        display.key("space")
        program.wait_for_masks(1)
        display.key("ctrl+q")
        assert program.process.wait(30) == 0


def _export_holds_two(program, tmp_path, home):
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "app", "export", str(program.project), str(out), "--format", "coco"]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "MASKWRIGHT_HOME": str(home)})
    coco = COCO(out)
    annotations = coco.loadAnns(coco.getAnnIds())
    assert len(annotations) == 2
    assert {coco.loadImgs(a["image_id"])[0]["file_name"] for a in annotations} == {"astronaut.png"}
    for annotation in annotations:
        assert coco.annToMask(annotation).sum() == annotation["area"] > 0
    assert len(json.loads(out.read_text(encoding="utf-8"))["images"]) == 4


@pytest.mark.slow
def test_the_first_page_waits_for_a_folder(home):
    with screen(WIDTH, HEIGHT) as display:
        environment = {**display.env, "MASKWRIGHT_HOME": str(home)}
        process = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=environment)
        try:
            window = display.window("Maskwright")
            display.xdotool("windowmove", window, 0, 0)
            display.xdotool("windowsize", "--sync", window, WIDTH, HEIGHT)
            settled(display, "first_page")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait(30)


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


@pytest.mark.slow
def test_three_objects_drawn_cut_and_repaired_are_exported_to_the_pixel(photos, home, tmp_path):
    with screen(WIDTH, HEIGHT) as display, running(display, photos, home) as program:
        settled(display, "before_drawing")
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
