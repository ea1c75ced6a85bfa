"""The values that travel between the floors. numpy only: the window opens before torch is loaded.

Pixel (x, y) covers [x, x+1) x [y, y+1); coordinates are of the image as displayed (EXIF orientation applied).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.problem import Problem
from app.text import say

Level: TypeAlias = Literal["part", "whole", "surroundings"]
"""Of a candidate among those of one click, which are nested."""
Logits: TypeAlias = NDArray[np.float32]
"""Low-resolution mask logits, (h, w) of Frame.mask_size: above 0 is inside."""
OnProgress: TypeAlias = Callable[[float], None]
"""Told the fraction done, between blocks of the encoder. Raising from it aborts the encode."""
Size: TypeAlias = tuple[int, int]
"""(height, width), always in this order."""


def no_progress(_fraction: float) -> None:
    """Tells nobody."""


def _no_points() -> NDArray[np.float32]:
    return np.zeros((0, 2), np.float32)


def _no_labels() -> NDArray[np.int8]:
    return np.zeros(0, np.int8)


def _coordinates(*values: float) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and a Problem
        return np.array(values, np.float32)


@dataclass(frozen=True, eq=False)
class Prompt:
    """What the person pointed at. points (N, 2) float32 xy in image pixels, labels (N,) 1 inside / 0 outside,
    box (4,) float32 x0 y0 x1 y1 or None, logits: the previous low-resolution logits (Frame.mask_size) or None."""

    points: NDArray[np.float32] = field(default_factory=_no_points)
    labels: NDArray[np.int8] = field(default_factory=_no_labels)
    box: NDArray[np.float32] | None = None
    logits: Logits | None = None

    def __post_init__(self) -> None:
        count = len(self.labels)
        shapes_fit = self.points.shape == (count, 2) and self.labels.shape == (count,)
        if (
            not shapes_fit
            or not np.isin(self.labels, (0, 1)).all()
            or (self.box is not None and self.box.shape != (4,))
        ):
            raise ValueError(f"points {self.points.shape}, labels {self.labels}, box {self.box}")
        finite = np.isfinite(self.points).all() and (self.box is None or np.isfinite(self.box).all())
        if not finite:
            raise Problem(say("A coordinate of the prompt is not a number."))

    def with_point(self, x: float, y: float, *, positive: bool = True) -> Prompt:
        """The prompt and one more click, in image pixels."""
        points = np.concatenate([self.points, _coordinates(x, y)[None]])
        labels = np.concatenate([self.labels, np.array([positive], np.int8)])
        return replace(self, points=points, labels=labels)

    def with_box(self, x0: float, y0: float, x1: float, y1: float) -> Prompt:
        """Corners in any order: a box drawn backwards is the same box."""
        corners = _coordinates(x0, y0, x1, y1).reshape(2, 2)
        return replace(self, box=np.concatenate([corners.min(axis=0), corners.max(axis=0)]))

    def with_logits(self, logits: Logits | None) -> Prompt:
        """The prompt with other previous logits, (h, w) float32 of Frame.mask_size."""
        return replace(self, logits=logits)

    def is_click_at(self, x: float, y: float) -> bool:
        """True if it is one positive click at exactly this place, and nothing else."""
        one = len(self.labels) == 1 and bool(self.labels[0])
        return one and self.box is None and self.logits is None and np.array_equal(self.points[0], _coordinates(x, y))

    @property
    def is_empty(self) -> bool:
        """True if nothing was pointed at."""
        return len(self.points) == 0 and self.box is None and self.logits is None

    @property
    def is_ambiguous(self) -> bool:
        """One click and nothing else: a button, a shirt or a person? Then several masks are proposed."""
        return len(self.points) <= 1 and self.box is None and self.logits is None


@dataclass(frozen=True)
class Frame:
    """How an image lies inside the model's input. All sizes are (height, width)."""

    image_size: Size
    input_size: Size
    """Of the resized image, in the top left corner of the padded input."""
    padded_size: Size
    """Of the model's input; the low-resolution logits cover it whole."""
    mask_size: Size
    """Of the low-resolution logits."""


ENCODING = 1
"""Raised when an encoder or its preprocessing gives other numbers: embeddings on the disk are then made again."""


@dataclass(frozen=True, eq=False)
class Embedding:
    """What the encoder made of one image: everything the decoder needs, as numpy arrays."""

    features: tuple[NDArray[np.float32], ...]
    frame: Frame
    model_key: str

    def of_size(self, image_size: Size) -> Embedding:
        """The embedding for prompts in pixels of an image of which a smaller copy was encoded: the model hardly sees
        a difference."""
        return replace(self, frame=replace(self.frame, image_size=image_size))

    @property
    def nbytes(self) -> int:
        """Bytes of all feature maps."""
        return sum(f.nbytes for f in self.features)


@dataclass(frozen=True, eq=False)
class Candidate:
    """One proposed mask. logits: Frame.mask_size float32; the full mask is made when asked for (sam.postprocess)."""

    logits: Logits
    predicted_iou: float
    stability_score: float
    frame: Frame
    level: Level | None = None
    """None where it is the only answer, or nobody has compared it with the others."""
