"""Objects that are hard to keep, and how two programs compare what they see."""

from pathlib import PurePosixPath

import cv2
import numpy as np

from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.oracles import Seen
from tests.formats.test_every_format import pixels_of
from tests.formats.test_round_trip import ring

CLASSES = ["cat", "猫", "two words, a comma", "🐈‍⬛", "100% #1"]
IMAGES = ["cat.png", "100% sure #1.png", "sub/猫と犬.png", "a.b, c 🐈.png"]
NOTHING = np.zeros((0, 0), bool)


def overlapping():
    """A hole with an island, one pixel, the border, everything, pixels that touch at their corners, noise."""
    kinds = ("one", "full", "frame", "chess", "corner", "block", "below")
    noise = np.random.default_rng(7).random((HEIGHT, WIDTH)) < 0.5
    return [ring(), *map(pixels_of, kinds), noise]


def apart():
    """The same, but nobody covers another: for formats of one number a pixel."""
    cells = np.zeros((HEIGHT, WIDTH), int)
    cells[0:8, 0:9], cells[2:6, 2:7], cells[3, 4] = 1, 2, 3
    cells[-1, -1], cells[9:, 0:18:2], cells[1:5, 12:] = 4, 5, 6
    return [cells == number for number in range(1, 7)]


def many():
    """More than a byte has numbers for."""
    cells = np.arange(20 * 30).reshape(20, 30)
    return [cells // 2 == number for number in range(300)]


def given(masks, names=IMAGES):
    """All masks on each image, the classes in turn."""
    return [
        Seen(stem_of(name), CLASSES[number % len(CLASSES)], pixels)
        for name in names
        for number, pixels in enumerate(masks)
    ]


def masks_in(project):
    """As an oracle would see the project."""
    paths = {record.id: stem_of(record.path) for record in project.images()}
    names = {category.id: category.name for category in project.categories()} | {None: ""}
    found = project.annotation_table.all()
    return [Seen(paths[a.image_id], names[a.category_id], a.mask.to_array().astype(bool)) for a in found]


def stem_of(path):
    return str(PurePosixPath(path).with_suffix(""))


def keys(seen):
    """Equal when the same objects were seen, in whatever order."""
    return sorted(each.key for each in seen)


def masks_of(seen):
    return [each for each in seen if each.pixels.size]


def boxes_of(seen):
    return [each._replace(points=rounded(each.points)) for each in seen if not each.pixels.size]


def boxes_around(seen):
    return [each._replace(pixels=NOTHING, points=_box(each.pixels)) for each in seen]


def _box(pixels):
    ys, xs = np.nonzero(pixels)
    return rounded((xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1))


def rounded(points):
    """Shares of an image with some decimals become pixels again."""
    return tuple(round(float(point), 3) for point in points)


def united(seen):
    """One object for each class on an image."""
    groups = {}
    for each in seen:
        groups.setdefault((each.image, each.name), []).append(each.pixels)
    return [Seen(image, name, np.any(masks, axis=0)) for (image, name), masks in groups.items()]


def grown(pixels):
    """By one pixel on each side."""
    return cv2.dilate(pixels.astype(np.uint8), np.ones((3, 3), np.uint8)) == 1
