"""Which masks of an image say the same. Runs are compared, pixels never made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask
from app.work import Work, run

_MOST_KEPT_RUNS = 2_000_000
"""Of masks that are kept while they are compared: 24 bytes of memory each."""


class Shared(NamedTuple):
    """What two masks of one image have in common."""

    i: int
    j: int
    iou: float
    of_smaller: float
    """The share of the smaller one."""


def overlaps(masks: Sequence[Mask], least_iou: float) -> Iterator[tuple[int, int, float]]:
    """(i, j, IoU) of each two masks of one image that overlap at least so much, i < j. Masks of different sizes, of
    which one must be wrong, overlap nothing. Problem when a mask is damaged."""
    for found in run(sharing(masks, least_iou)):
        yield found[:3]


def sharing(
    masks: Sequence[Mask], least_iou: float, groups: Sequence[int] = (), least_share: float = 1.0
) -> Work[list[Shared]]:
    """Returns each two masks of one image that overlap at least so much, as `overlaps`, in the order of i and j. Yields
    (masks looked at, all).

    groups: a number for each mask, 0 for none. Two of different groups are told from `least_share` of the smaller one
    on too. Boxes are compared first, along one side (sweep line): 10,000 small masks take no 10,000 x 10,000 looks.
    """
    boxes, areas = _figures(masks)
    of_group = np.array(groups, np.int64) if len(groups) else np.zeros(len(masks), np.int64)
    order = np.argsort(boxes[:, 0], kind="stable")
    lefts, rights = boxes[order, 0], (boxes[:, 0] + boxes[:, 2])[order]
    found: list[Shared] = []
    kept = _Kept(masks)
    for n, end in enumerate(np.searchsorted(lefts, rights, "left").tolist()):
        yield n, len(masks)
        rest = order[n + 1 : end]
        if not len(rest):
            continue
        one = order[n]
        most = _most_common(boxes[one], boxes[rest], float(areas[one]), areas[rest])
        apart = (of_group[rest] != of_group[one]) & (of_group[rest] > 0) & (of_group[one] > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            is_alike = most / (areas[one] + areas[rest] - most) >= least_iou
            is_shared = apart & (most / np.minimum(areas[one], areas[rest]) >= least_share)
        kept.first = int(one)
        for k in np.flatnonzero((most > 0) & (is_alike | is_shared)).tolist():
            i, j = sorted((int(one), int(rest[k])))
            pair = _shared(i, j, kept)
            if pair.iou >= least_iou or (apart[k] and pair.of_smaller >= least_share):
                found.append(pair)
    return sorted(found)


def _shared(i: int, j: int, kept: _Kept) -> Shared:
    one, other = kept.masks[i], kept.masks[j]
    common = _common(kept.runs_of(i), kept.runs_of(j)) if one.size == other.size else 0
    return Shared(i, j, common / (one.area + other.area - common), common / min(one.area, other.area))


def pairs_between(ones: Sequence[Mask], others: Sequence[Mask], least_iou: float) -> Iterator[tuple[int, int, float]]:
    """(i of ones, j of others, IoU) as `overlaps`."""
    boxes, areas = _figures(others)
    for i, mask in enumerate(ones):
        for j, iou in _alike(mask, others, boxes, areas, least_iou):
            yield i, j, iou


def _figures(masks: Sequence[Mask]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Boxes (N, 4) and areas (N,)."""
    boxes = np.array([mask.bbox for mask in masks], np.int64).reshape(-1, 4)
    return boxes, np.array([mask.area for mask in masks], np.float64)


def _alike(
    mask: Mask, others: Sequence[Mask], boxes: NDArray[np.int64], areas: NDArray[np.float64], least_iou: float
) -> Iterator[tuple[int, float]]:
    """Yields (j of others, IoU) for those of the other masks that share at least so much with this one."""
    at_most = most_iou(np.array(mask.bbox, np.int64), boxes, mask.area, areas)
    for j in np.flatnonzero(at_most >= least_iou).tolist():
        iou = mask_iou(mask, others[j])
        if iou >= least_iou:
            yield j, iou


def most_iou(
    box: NDArray[np.int64], boxes: NDArray[np.int64], area: float, areas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns for each of the boxes the largest IoU with one box that there can be, (N,), by box and area alone; NaN
    beside an empty mask. box (4,), boxes (N, 4): x, y, width, height; areas (N,)."""
    common = _most_common(box, boxes, area, areas)
    with np.errstate(invalid="ignore"):
        return np.where(common > 0, common / (area + areas - common), -1.0)


def _most_common(
    box: NDArray[np.int64], boxes: NDArray[np.int64], area: float, areas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """No more pixels can be common, by boxes (x, y, width, height) and areas alone."""
    first = np.maximum(box[:2], boxes[:, :2])
    last = np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    return np.minimum(np.clip(last - first, 0, None).prod(axis=1), np.minimum(area, areas))


def mask_iou(one: Mask, other: Mask) -> float:
    """Without decoding them: 0 for different sizes, 1 for two empty masks. Problem when one is damaged."""
    if one.size != other.size:
        return 0.0
    if one.counts == other.counts:
        return 1.0
    runs, others = _runs_of(one), _runs_of(other)
    common = _common(runs, others)
    union = runs.area + others.area - common
    return common / union if union else 1.0


def common_area(one: Mask, other: Mask) -> int:
    """The number of pixels that both have, without decoding them; 0 for different sizes. Problem when one is
    damaged."""
    return _common(_runs_of(one), _runs_of(other)) if one.size == other.size else 0


class _Runs(NamedTuple):
    """The runs of a mask, of zeros, ones, zeros, ..., where they begin and end, column by column."""

    starts: NDArray[np.int64]
    """(n,)"""
    ends: NDArray[np.int64]
    """(n,)"""
    before: NDArray[np.int64]
    """How many pixels are set before each of them, (n,)."""

    @property
    def area(self) -> int:
        """Returns how many pixels are set."""
        return int((self.ends - self.starts)[1::2].sum())

    def set_before(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns how many pixels are set before each place, (m,) as places."""
        run = np.minimum(np.searchsorted(self.ends, places), len(self.ends) - 1)
        return self.before[run] + np.where(run % 2 == 1, places - self.starts[run], 0)


def _runs_of(mask: Mask) -> _Runs:
    runs = mask.runs
    ends, of_run = np.cumsum(runs), np.arange(len(runs)) % 2 * runs
    return _Runs(ends - runs, ends, np.cumsum(of_run) - of_run)


class _Kept:
    """The runs of masks that are compared again and again: the first of a pair, which meets many others, and as many as
    have room of those looked at last. To read a large one takes longer than to compare it."""

    def __init__(self, masks: Sequence[Mask]) -> None:
        self.masks = masks
        self.first = -1
        """The number of the mask that is kept in any case."""
        self._runs: dict[int, _Runs] = {}
        self._count = 0

    def runs_of(self, number: int) -> _Runs:
        """Returns the runs of a mask. Problem when it is damaged."""
        runs = self._runs.pop(number, None)
        if runs is None:
            runs = _runs_of(self.masks[number])
            self._count += len(runs.ends)
        self._runs[number] = runs  # behind those that were looked at before
        while self._count > _MOST_KEPT_RUNS and (oldest := self._oldest(number)) is not None:
            self._count -= len(self._runs.pop(oldest).ends)
        return runs

    def _oldest(self, number: int) -> int | None:
        return next((each for each in self._runs if each not in (number, self.first)), None)


def _common(one: _Runs, other: _Runs) -> int:
    """Each run of one mask holds so many pixels of the other as are set before its end, and not before its start."""
    few, many = sorted((one, other), key=lambda runs: len(runs.ends))
    return int((many.set_before(few.ends[1::2]) - many.set_before(few.starts[1::2])).sum())
