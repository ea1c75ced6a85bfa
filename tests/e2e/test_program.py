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

import cv2
import numpy as np
import pytest
from PIL import Image, ImageChops
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from app.labeling.policies import NEW_CUTS_OLD
from app.project.store import Project
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


class ActualSize:
    """A running program that shows the photo at 100 %: one pixel of the screen is one of the photo."""

    def __init__(self, program, photo):
        self.program, self.display = program, program.display
        self.display.key("minus", "minus", "minus")
        self._photo, self._corner = np.asarray(Image.open(photo).convert("RGB")), None
        wait_for(self._find, 30, "the photo is not shown at 100 %")

    def _find(self):
        """Where the photo lies on the screen, pixel by pixel."""
        screen = np.asarray(Image.open(self.display.picture("actual_size")).convert("RGB"))
        patch = self._photo[SIDE // 2 :, SIDE // 2 :][:64, :64]
        differences = cv2.matchTemplate(screen, patch, cv2.TM_SQDIFF)
        _, _, (x, y), _ = cv2.minMaxLoc(differences)
        if (screen[y : y + 64, x : x + 64] == patch).all():
            self._corner = x - SIDE // 2, y - SIDE // 2
        return self._corner is not None

    def at(self, x, y):
        return x + self._corner[0], y + self._corner[1]

    def click(self, x, y, button=1):
        self.display.click(*self.at(x, y), button)

    def draw(self, *path, button=1):
        """One press, and moves from place to place."""
        self.display.xdotool("mousemove", *self.at(*path[0]), "mousedown", button)
        for place in path[1:]:
            self.display.xdotool("mousemove", *self.at(*place))
        self.display.xdotool("mouseup", button)

    def accept(self, number):
        self.display.key("Return")
        self.program.wait_for_masks(number)


# What is expected knows nothing of the program: a pixel belongs to a shape when its middle lies in it.
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE] + 0.5


def box(x0, y0, x1, y1):
    pixels = np.zeros((SIDE, SIDE), bool)
    pixels[y0:y1, x0:x1] = True
    return pixels


def capsule(start, end, radius):
    """What a disc covers that goes from one place to the other."""
    (x0, y0), (x1, y1) = start, end
    along = ((COLUMNS - x0) * (x1 - x0) + (ROWS - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
    share = np.clip(along, 0, 1)
    return (COLUMNS - x0 - share * (x1 - x0)) ** 2 + (ROWS - y0 - share * (y1 - y0)) ** 2 <= radius**2


def polygon(*corners):
    """Each edge that is crossed on the way from a pixel to the right turns inside to outside."""
    is_inside = np.zeros((SIDE, SIDE), bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y0 != y1:
            crossed = ((y0 <= ROWS) != (y1 <= ROWS)) & (x0 + (ROWS - y0) * (x1 - x0) / (y1 - y0) > COLUMNS)
            is_inside ^= crossed
    return is_inside


def one_pixel_larger(pixels):
    """Pixels beside one of the mask, not across a corner: a disc of radius one."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return cv2.dilate(pixels.astype(np.uint8), cross).astype(bool)


def off_the_outline(one, other, corners):
    """The farthest that a pixel in which two masks differ lies from the outline of a polygon, in pixels."""
    line = np.array(corners, np.float32).reshape(-1, 1, 2)
    differing = np.argwhere(one != other)[:, ::-1] + 0.5
    return max((abs(cv2.pointPolygonTest(line, (float(x), float(y)), True)) for x, y in differing), default=0.0)


STROKE = (60, 60), (200, 130)
CORNERS = (260, 40), (410, 70), (440, 200), (330, 150), (270, 210)
MOVED = (100, 100), (220, 100), (255, 215), (100, 190)
"""A rectangle of which the lower right corner was moved from (220, 190)."""


@pytest.fixture
def drawn_by_hand(photos):
    """A project whose objects cut those that lie there, and whose brush leaves strokes as they are drawn."""
    with closing(Project.create(photos / "photos.maskwright", photos)) as project:
        project.set_setting("overlap_policy", NEW_CUTS_OLD)
        project.set_setting("tool_options", {"brush": {"size": 24, "asks_model": False}})


@pytest.mark.slow
def test_objects_drawn_cut_and_repaired_are_exported_to_the_pixel(photos, home, tmp_path, drawn_by_hand):
    with screen(WIDTH, HEIGHT) as display, running(display, photos, home) as program:
        settled(display, "before_drawing")
        hand = ActualSize(program, photos / "astronaut.png")
        _draw(display, hand)
        settled(display, "by_hand")
        display.key("ctrl+q")
        assert program.process.wait(30) == 0
    stroke, moved, by_corners = capsule(*STROKE, 12), polygon(*MOVED), polygon(*CORNERS)
    expected = [
        stroke & ~moved,
        one_pixel_larger(by_corners),
        moved,
        box(20, 300, 140, 380) & ~box(50, 320, 80, 350),
        capsule((40, 440), (200, 440), 3),
        box(300, 300, 400, 380),
    ]
    assert (stroke & moved).any()
    masks = _exported(program, tmp_path, home)
    assert [int((mask != each).sum()) for mask, each in zip(masks, expected, strict=True)] == [0] * 6
    # pycocotools and OpenCV have rules of their own for pixels that the outline passes through
    for corners, mask in ((MOVED, masks[2]), (CORNERS, by_corners)):
        flat = [float(number) for corner in corners for number in corner]
        theirs = coco_mask.decode(coco_mask.frPyObjects([flat], SIDE, SIDE))[..., 0].astype(bool)
        opencv = cv2.fillPoly(np.zeros((SIDE, SIDE), np.uint8), [np.array(corners, np.int32)], 1).astype(bool)
        assert off_the_outline(mask, theirs, corners) <= 1
        assert off_the_outline(mask, opencv, corners) <= 1


def _draw(display, hand):
    """With the mouse: brush, polygon, rectangle with a vertex moved, which cuts the stroke; a rectangle with a hole cut
    out, a line, a hole filled. The polygon is selected and grown by a key."""
    (x0, y0), (x1, y1) = STROKE
    display.key("b")
    hand.draw((x0, y0), ((x0 + x1) // 2, (y0 + y1) // 2), (x1, y1))
    hand.accept(1)
    display.key("p")
    for corner in CORNERS:
        hand.click(*corner)
    display.key("Return")
    hand.accept(2)
    display.key("r")
    hand.draw((100, 100), (160, 140), (220, 190))
    display.key("e")
    hand.draw((220, 190), (240, 200), MOVED[2])
    hand.accept(3)
    display.key("r")
    hand.draw((20, 300), (70, 340), (140, 380))
    hand.draw((50, 320), (60, 330), (80, 350), button=3)
    hand.accept(4)
    display.key("i")
    for place in ((40, 440), (200, 440)):
        hand.click(*place)
    display.key("Return")
    hand.accept(5)
    display.key("r")
    hand.draw((300, 300), (350, 350), (400, 380))
    hand.draw((330, 320), (340, 330), (350, 350), button=3)
    display.key("f")
    hand.click(340, 335)
    hand.accept(6)
    display.key("v")
    hand.click(350, 100)
    display.key("braceright")


def _exported(program, tmp_path, home):
    """The masks of the photo as pycocotools decodes them, in their order."""
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "app", "export", str(program.project), str(out), "--format", "coco"]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "MASKWRIGHT_HOME": str(home)})
    coco = COCO(out)
    return [coco.annToMask(each).astype(bool) for each in coco.loadAnns(sorted(coco.getAnnIds()))]
