"""Everything mode: masks of all that a grid of clicks finds. Source: SAM, section 5 and appendix B; the released preset
gives what segment_anything's SamAutomaticMaskGenerator gives.

Masks are judged on the logits first; only those that may pass are enlarged, and kept as RLE. Near-duplicates go by NMS
(non-maximum suppression) of their boxes.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from app.masks.boxes import suppressed
from app.masks.cleaning import without_specks
from app.masks.rle import Mask, Region
from app.sam.crops import Crop, crops_of, grid, is_cut
from app.sam.postprocess import region, stability_score
from app.sam.presets import Preset
from app.sam.types import Candidate, Embedding, OnProgress, no_progress

_BATCH = 4
"""Clicks at a time: on a CPU more are slower."""
_ROUGH = 0.05
"""By so much may the stability of the logits differ from that of the enlarged mask."""
_SMALL_CELLS = 16
"""Cells of the grid: a found mask up to that size answers for the clicks inside it."""


class GridPredictor(Protocol):
    """What everything mode needs of a predictor, which is sam.predictor.Predictor."""

    def encode(self, image: NDArray[np.uint8], on_progress: OnProgress) -> Embedding:
        """Returns the embedding of an image: RGB (H, W, 3) uint8."""
        ...

    def decode_clicks(self, embedding: Embedding, points: NDArray[np.floating], above: float) -> list[list[Candidate]]:
        """Candidates of each click (N, 2) xy alone whose predicted IoU is above that, best first."""
        ...


@dataclass(frozen=True, eq=False)
class FoundMask:
    """A mask that everything mode found."""

    mask: Mask
    predicted_iou: float
    stability_score: float
    point: tuple[float, float]
    """The click that found it, in pixels of the image."""
    crop: Crop


class AutomaticStep(NamedTuple):
    """Clicks done and all; what the last ones found. A later mask may yet replace an earlier one."""

    done: int
    all: int
    found: list[FoundMask]


def automatic(
    predictor: GridPredictor,
    image: NDArray[np.uint8],
    preset: Preset,
    on_progress: OnProgress = no_progress,
    whole: Embedding | None = None,
) -> Generator[AutomaticStep, None, list[FoundMask]]:
    """Finds masks everywhere on an image, RGB (H, W, 3); returns those that stay, best first. whole: its embedding, if
    it is there. Yields after every few clicks; closing it cancels. on_progress: of the encode that runs; what it raises
    ends all."""
    size = (image.shape[0], image.shape[1])
    crops = crops_of(size, len(preset.points_per_side) - 1, preset.crop_overlap_share)
    total, done = sum(preset.points_per_side[crop.layer] ** 2 for crop in crops), 0
    everything: list[FoundMask] = []
    for crop in crops:
        points = grid(preset.points_per_side[crop.layer]) * (crop.x1 - crop.x0, crop.y1 - crop.y0)
        embedding, whole = whole, None  # the first crop is the whole image
        if embedding is None:
            embedding = predictor.encode(image[crop.y0 : crop.y1, crop.x0 : crop.x1], on_progress)
        search = _Search(predictor, embedding, preset, crop, size, len(points))
        for first in range(0, len(points), _BATCH):
            batch = points[first : first + _BATCH]
            done += len(batch)
            yield AutomaticStep(done, total, search.clicked(batch))
        everything += search.best()
    if len(crops) > 1:
        smallest_first = np.array([1 / found.crop.area for found in everything])
        everything = _distinct(everything, smallest_first, preset.max_crop_overlap)
    if preset.min_region_px:
        everything = _cleaned(everything, preset)
    return sorted(everything, key=lambda found: -found.predicted_iou)


class _Search:
    """What is found in one crop."""

    def __init__(
        self,
        predictor: GridPredictor,
        embedding: Embedding,
        preset: Preset,
        crop: Crop,
        image_size: tuple[int, int],
        clicks: int,
    ) -> None:
        self._predictor = predictor
        self._embedding = embedding
        self._preset = preset
        self._crop = crop
        self._image_size = image_size
        self._answered = np.zeros((crop.y1 - crop.y0, crop.x1 - crop.x0), np.bool_) if preset.skip_found else None
        self._small_px = _SMALL_CELLS * crop.area / clicks
        self._found: list[FoundMask] = []

    def clicked(self, points: NDArray[np.float64]) -> list[FoundMask]:
        if self._answered is not None:
            at = points.astype(np.intp)
            points = points[~self._answered[at[:, 1], at[:, 0]]]
        if not len(points):
            return []
        found = []
        # the reference takes a bound of 0 for none
        above = self._preset.min_predicted_iou or -np.inf
        answers = self._predictor.decode_clicks(self._embedding, points, above)
        for point, candidates in zip(points, answers, strict=True):
            found += [f for candidate in candidates if (f := self._judged(candidate, point)) is not None]
        self._found += found
        return found

    def best(self) -> list[FoundMask]:
        return distinct(self._found, self._preset)

    def _judged(self, candidate: Candidate, point: NDArray[np.float64]) -> FoundMask | None:
        preset, crop = self._preset, self._crop
        rough = stability_score(candidate.logits, candidate.frame, preset.stability_offset)
        if rough < preset.min_stability - _ROUGH:
            return None
        stability = self._stability(candidate)
        if stability < preset.min_stability:
            return None
        part = region(candidate)
        height, width = part.pixels.shape
        if not part.pixels.size or np.count_nonzero(part.pixels) > preset.max_area_share * np.prod(self._image_size):
            return None
        x, y = part.x + crop.x0, part.y + crop.y0
        if is_cut((x, y, x + width - 1, y + height - 1), crop, self._image_size):
            return None
        self._answer(part)
        mask = Mask.from_region(Region(x, y, part.pixels, self._image_size))
        at = (float(point[0]) + crop.x0, float(point[1]) + crop.y0)
        return FoundMask(mask, candidate.predicted_iou, stability, at, crop)

    def _stability(self, candidate: Candidate) -> float:
        """Returns the stability of the enlarged mask, as the reference measures it: enlarging and an offset may change
        places."""
        offset = np.float32(self._preset.stability_offset)
        inner, outer = (
            int(np.count_nonzero(region(replace(candidate, logits=candidate.logits + shift)).pixels))
            for shift in (-offset, offset)
        )
        return inner / outer if outer else 0.0

    def _answer(self, part: Region) -> None:
        if self._answered is not None and np.count_nonzero(part.pixels) <= self._small_px:
            height, width = part.pixels.shape
            self._answered[part.y : part.y + height, part.x : part.x + width] |= part.pixels


def distinct(found: list[FoundMask], preset: Preset) -> list[FoundMask]:
    """Non-maximum suppression: of masks found on one part of the image, those that say something of their own."""
    return _distinct(found, np.array([f.predicted_iou for f in found]), preset.max_box_overlap)


def _distinct(found: list[FoundMask], scores: NDArray[np.floating], max_overlap: float) -> list[FoundMask]:
    return [found[index] for index in suppressed(_corners(found), scores, max_overlap)]


def _corners(found: list[FoundMask]) -> NDArray[np.float64]:
    """(N, 4) x0 y0 x1 y1 of the pixels, the last ones included, as the reference has them."""
    boxes = np.array([f.mask.bbox for f in found], np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2] - 1
    return boxes


def _cleaned(found: list[FoundMask], preset: Preset) -> list[FoundMask]:
    """Small holes and islands go; of two that are then alike, the one that was not changed stays."""
    regions = [without_specks(f.mask.region(), preset.min_region_px) for f in found]
    cleaned = [
        f if part is None else replace(f, mask=Mask.from_region(part)) for f, part in zip(found, regions, strict=True)
    ]
    untouched = np.array([float(part is None) for part in regions])
    return _distinct(cleaned, untouched, max(preset.max_box_overlap, preset.max_crop_overlap))
