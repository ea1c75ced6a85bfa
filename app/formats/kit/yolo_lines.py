"""The lines of YOLO's labels: a class and a box, a turned box (OBB), a polygon, or a box with keypoints (pose), with or
without a confidence and the number of a track; in shares of the image or in pixels. What the file and its data.yaml
show decides, never a guess.

https://docs.ultralytics.com/datasets
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from app.formats.kit.polygons import Point, box_mask, polygon_mask
from app.formats.kit.values import whole
from app.formats.kit.yolo_rings import put_back
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Json
from app.text import say, say_n

NUMBERS_OF_A_BOX = 4
_MOST_CLASSES = 10**9
_MOST_KEYPOINTS = 10_000
_FAR = 2.0
"""Of shares of the image: what lies farther out is no label in shares."""
_TRACK = re.compile(r"[1-9][0-9]{0,8}")
_VISIBILITY = (0.0, 1.0, 2.0)
"""Of a keypoint in labels: not labelled, hidden, visible."""


@dataclass(frozen=True)
class KeypointShape:
    """What data.yaml says under kpt_shape: how many keypoints a box has, of two numbers (x, y) or three (and
    visibility) each."""

    count: int
    numbers: int

    @property
    def total(self) -> int:
        """Returns how many numbers they are."""
        return self.count * self.numbers


@dataclass(frozen=True)
class YoloShape:
    """What stands behind the class of a line, in the units of the file."""

    coordinates: Sequence[float]
    """x y width height of a box, from its middle; else the corners of a polygon, x and y in turn."""
    is_box: bool
    score: float | None = None
    keypoints: Sequence[Sequence[float]] = field(default_factory=tuple)
    """(x, y) or (x, y, visibility) of each."""
    track: int | None = None
    """Its number, as a tracker writes it behind all else."""

    def mask(self, scale: Point, size: tuple[int, int]) -> Mask:
        """Fills the shape. scale: how many pixels its units are. size: (height, width). Problem when it cannot be, or
        covers no pixel."""
        if not self.is_box:
            xs, ys = self.coordinates[0::2], self.coordinates[1::2]
            points = put_back(np.array([(x * scale[0], y * scale[1]) for x, y in zip(xs, ys, strict=True)]))
            return polygon_mask([(x, y) for x, y in points.tolist()], size)
        x, y, width, height = (n * side for n, side in zip(self.coordinates, scale * 2, strict=True))
        if width <= 0 or height <= 0:
            raise Problem(say("its box has no width or no height."))
        return box_mask(x - width / 2, y - height / 2, x + width / 2, y + height / 2, size=size)

    def extra(self, scale: Point) -> Json:
        """Returns its score and keypoints as COCO has them: the latter in pixels, 2 for a visible one."""
        score = {} if self.score is None else {"score": self.score}
        if not self.keypoints:
            return score
        points = [(p[0] * scale[0], p[1] * scale[1], _visibility(p)) for p in self.keypoints]
        labelled = sum(visibility > 0 for _, _, visibility in points)
        return {**score, "keypoints": [n for point in points for n in point], "num_keypoints": labelled}

    @property
    def attributes(self) -> Json:
        """Returns the number of its track, as CVAT's reader keeps it."""
        return {} if self.track is None else {"track_id": self.track}

    @property
    def is_like_pixels(self) -> bool:
        """Tells whether its coordinates lie far outside the image if they are shares of it, on the side where pixels
        are."""
        return max(self.coordinates) > _FAR and min(self.coordinates) > -1

    @property
    def is_far_out(self) -> bool:
        """Tells whether it cannot be in shares of the image."""
        return self.is_like_pixels or (self.is_box and min(self.coordinates) < -_FAR)


def _visibility(keypoint: Sequence[float]) -> int:
    """A prediction tells a confidence in its place."""
    if len(keypoint) == 2:
        return 2 if any(keypoint) else 0
    return int(keypoint[2]) if keypoint[2] in _VISIBILITY else 2 if keypoint[2] >= 0.5 else 1


def keypoint_shape(numbers: Sequence[int]) -> KeypointShape | None:
    """Returns what the list under kpt_shape tells; None when it is none."""
    if len(numbers) != 2 or not 0 < numbers[0] < _MOST_KEYPOINTS or numbers[1] not in (2, 3):
        return None
    return KeypointShape(*numbers)


def class_number(word: str) -> int:
    """Reads the number of a class, which some programs write as 0.0. Problem when it is none."""
    number = whole(word)
    if number is None or not 0 <= number < _MOST_CLASSES:
        raise Problem(say("it does not begin with the number of a class."))
    return number


def tracked(lines: Iterable[str]) -> frozenset[int]:
    """Whether a file has lines that end in the number of a track for certain: of the odd (1) and even (0) counts of
    numbers behind a class, those that such lines have. Track 1 is one there too, and else may be a corner."""
    likely = (line for line in lines if _TRACK.fullmatch(line.rstrip().rpartition(" ")[2]))
    behind = (line.split()[1:] for line in likely)
    return frozenset(len(words) % 2 for words in behind if _ends_in_track(words))


def shape_of(words: Sequence[str], keypoints: KeypointShape | None, tracked: Collection[int] = ()) -> YoloShape:
    """Reads what stands behind the class. keypoints: what data.yaml says of them, if it does. tracked: as tracked()
    tells of the file. Problem when it is no shape."""
    if keypoints is None and _ends_in_track(words, tracked):
        return replace(shape_of(words[:-1], None), track=int(words[-1]))
    try:
        numbers = array("d", map(float, words))
    except ValueError as error:
        raise Problem(say("it has coordinates that are not numbers.")) from error
    return _pose(numbers, keypoints) if keypoints else _shape(numbers)


def _ends_in_track(words: Sequence[str], tracked: Collection[int] = ()) -> bool:
    """Whether the last word is the number of a track: it lies outside an image in which all others lie, and is written
    without decimals. Of six numbers, see _has_track."""
    count = len(words)
    if count < NUMBERS_OF_A_BOX + 1 or count == NUMBERS_OF_A_BOX + 2 or not _TRACK.fullmatch(words[-1]):
        return False
    try:
        numbers = array("d", map(float, words))
    except ValueError:
        return False
    is_first = numbers[-1] == 1 and count % 2 in tracked
    return (is_first or numbers[-1] > 1) and all(0 <= n <= 1 for n in numbers[:-1]) and not _has_visibilities(numbers)


def _pose(numbers: array[float], keypoints: KeypointShape) -> YoloShape:
    box, rest = numbers[:NUMBERS_OF_A_BOX], numbers[NUMBERS_OF_A_BOX:]
    if len(box) < NUMBERS_OF_A_BOX or (len(rest) > 1 and len(rest) - keypoints.total not in (0, 1)):
        raise Problem(
            say_n(
                "{numbers} numbers are no box with {n} keypoint.",
                "{numbers} numbers are no box with {n} keypoints.",
                keypoints.count,
                numbers=len(numbers),
            )
        )
    points = rest[: keypoints.total] if len(rest) > 1 else rest[:0]
    score = rest[-1] if len(rest) > len(points) else None
    step = keypoints.numbers
    return YoloShape(box, True, score, [points[at : at + step] for at in range(0, len(points), step)])


def _shape(numbers: array[float]) -> YoloShape:
    count = len(numbers)
    if count < NUMBERS_OF_A_BOX:
        raise Problem(say("it has fewer coordinates than a box."))
    if count == NUMBERS_OF_A_BOX:
        return YoloShape(numbers, is_box=True)
    if count == NUMBERS_OF_A_BOX + 1:
        return YoloShape(numbers[:NUMBERS_OF_A_BOX], True, numbers[-1])
    if count == NUMBERS_OF_A_BOX + 2 and _has_track(numbers):
        return YoloShape(numbers[:NUMBERS_OF_A_BOX], True, numbers[-2], track=int(numbers[-1]))
    if _has_visibilities(numbers):
        return _pose(numbers, KeypointShape((count - NUMBERS_OF_A_BOX) // 3, 3))
    if count % 2 == 0:
        return YoloShape(numbers, is_box=False)
    if count < 7 or not 0 <= numbers[-1] <= 1:
        raise Problem(say("it has an odd count of coordinates."))
    return YoloShape(numbers[:-1], False, numbers[-1])


def _has_track(numbers: array[float]) -> bool:
    """Whether the confidence and the number of a track stand behind a box, as a tracker writes them. Track 1 may be a
    triangle with a corner on the border too, which is less likely where the box lies in the image."""
    x, y, width, height, *_ = numbers
    is_inside = x - width / 2 >= 0 and x + width / 2 <= 1 and y - height / 2 >= 0 and y + height / 2 <= 1
    is_number = numbers[-1].is_integer() and (numbers[-1] > 1 or (numbers[-1] == 1 and is_inside))
    return is_number and all(0 <= n <= 1 for n in numbers[:-1])


def _has_visibilities(numbers: array[float]) -> bool:
    """Whether every third number behind a box is a visibility, and one of them lies outside any image in shares."""
    rest = numbers[NUMBERS_OF_A_BOX:]
    flags, xs, ys = rest[2::3], rest[0::3], rest[1::3]
    if len(rest) % 3 or 2.0 not in flags or not set(flags) <= set(_VISIBILITY):
        return False
    return all(0 <= n <= 1 for part in (numbers[:NUMBERS_OF_A_BOX], xs, ys) for n in part)


def are_pixels(shapes: Iterable[YoloShape], size: tuple[int, int]) -> bool:
    """Tells whether all shapes of a file are in pixels for certain: as shares they would lie outside the image, and as
    pixels they lie in it. size: (height, width)."""
    is_certain = False
    for shape in shapes:
        if max(shape.coordinates) <= 1 or not _fits(shape, size):
            return False
        is_certain |= shape.is_like_pixels
    return is_certain


def _fits(shape: YoloShape, size: tuple[int, int]) -> bool:
    height, width = size
    xs, ys = shape.coordinates[0::2], shape.coordinates[1::2]
    if shape.is_box:
        (x, its_width), (y, its_height) = xs, ys
        xs, ys = (x - its_width / 2, x + its_width / 2), (y - its_height / 2, y + its_height / 2)
    if 0 < max(xs) - min(xs) < 1 or 0 < max(ys) - min(ys) < 1:  # nobody draws less than a pixel
        return False
    return min(xs) >= -1 and max(xs) <= width + 1 and min(ys) >= -1 and max(ys) <= height + 1
