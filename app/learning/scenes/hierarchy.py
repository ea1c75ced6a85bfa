"""Parts of a picture that nobody marked: superpixels, merged greedily; nodes of the tree that persist are regions.

Colour, texture and boundary strength decide what is merged; small regions are merged more cheaply (Ward).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import felzenszwalb

from app.learning.scenes.scene import Image, Pixels, Scene, scene_of

_BIN_SHAPE = (8, 6, 6)
_MIN_PERSISTENCE = 0.18
_SHARES = ((0.003, 0.02, 10), (0.02, 0.1, 14), (0.1, 0.75, 14))
"""From, to (of the image's area), and how many regions of that size to keep."""


def merged_scene(image: Image) -> Scene | None:
    """The most persistent regions of a picture; None when there are none."""
    lab = _smoothed_lab(image)
    tree = _Tree(lab, felzenszwalb(lab / 100, scale=40, sigma=0.8, min_size=60, channel_axis=-1))
    tree.grow()
    return scene_of(image, [tree.pixels(node) for node in tree.persistent()], min_area=60)


@dataclass
class _Node:
    area: float
    features: NDArray[np.float64]
    histogram: NDArray[np.float64]
    birth: float = 0.0
    parent: int | None = None
    leaves: list[int] = field(default_factory=list)
    neighbours: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Length of the common border, and the sum of the gradient along it."""


class _Tree:
    def __init__(self, lab: NDArray[np.float32], leaf_of: NDArray[np.intp]) -> None:
        self._leaf_of = leaf_of
        self._nodes = _leaves(lab, leaf_of)
        self._area = float(leaf_of.size)
        self._connect(_gradient(lab))

    def grow(self) -> None:
        queue = [(self._cost(a, b), a, b) for a, node in enumerate(self._nodes) for b in node.neighbours if a < b]
        heapq.heapify(queue)
        highest = 0.0
        while queue:
            cost, a, b = heapq.heappop(queue)
            if self._nodes[a].parent is None and self._nodes[b].parent is None:
                highest = max(highest, cost)
                merged = self._merge(a, b, highest)
                for other in self._nodes[merged].neighbours:
                    heapq.heappush(queue, (self._cost(merged, other), other, merged))

    def persistent(self) -> list[int]:
        """Nodes that stay as they are over a long stretch of the merging, best first, of all sizes."""
        scored: list[tuple[float, float, int]] = []
        for index, node in enumerate(self._nodes):
            if node.parent is not None:
                end = self._nodes[node.parent].birth
                persistence = (end - node.birth) / (end + 2.2)
                if persistence > _MIN_PERSISTENCE:
                    scored.append((persistence, node.area / self._area, index))
        scored.sort(reverse=True)
        chosen: list[int] = []
        for low, high, count in _SHARES:
            chosen += [index for _, share, index in scored if low <= share < high][:count]
        return chosen

    def pixels(self, index: int) -> Pixels:
        inside = np.zeros(int(self._leaf_of.max()) + 1, np.bool_)
        inside[self._nodes[index].leaves] = True
        return inside[self._leaf_of]

    def _merge(self, a: int, b: int, birth: float) -> int:
        one, two, index = self._nodes[a], self._nodes[b], len(self._nodes)
        neighbours: dict[int, tuple[float, float]] = {}
        for node in (one, two):
            for other, (length, strength) in node.neighbours.items():
                if other not in (a, b):
                    old = neighbours.get(other, (0.0, 0.0))
                    neighbours[other] = (old[0] + length, old[1] + strength)
                    self._nodes[other].neighbours.pop(a, None)
                    self._nodes[other].neighbours.pop(b, None)
        for other, border in neighbours.items():
            self._nodes[other].neighbours[index] = border
        one.parent = two.parent = index
        merged = _Node(one.area + two.area, one.features + two.features, one.histogram + two.histogram)
        merged.birth = birth
        merged.leaves, merged.neighbours = one.leaves + two.leaves, neighbours
        self._nodes.append(merged)
        return index

    def _cost(self, a: int, b: int) -> float:
        one, two = self._nodes[a], self._nodes[b]
        length, strength = one.neighbours[b]
        colour = float(np.linalg.norm(one.features / one.area - two.features / two.area))
        common = float(np.minimum(one.histogram / one.area, two.histogram / two.area).sum())
        differ = 0.5 * colour + 8 * (1 - common) + 1.5 * strength / length
        smaller = min(one.area, two.area) / self._area
        return differ * (0.03 + min(1.0, smaller / 0.1) ** 0.5)

    def _connect(self, gradient: NDArray[np.float32]) -> None:
        for one, two in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
            a, b = self._leaf_of[one].ravel(), self._leaf_of[two].ravel()
            across = a != b
            strength = np.maximum(gradient[one], gradient[two]).ravel()[across]
            low, high = np.minimum(a, b)[across].astype(np.int64), np.maximum(a, b)[across]
            pairs, at = np.unique(low * len(self._nodes) + high, return_inverse=True)
            for pair, length, total in zip(
                pairs.tolist(), np.bincount(at).tolist(), np.bincount(at, weights=strength).tolist(), strict=True
            ):
                first, second = divmod(pair, len(self._nodes))
                old = self._nodes[first].neighbours.get(second, (0.0, 0.0))
                border = (old[0] + length, old[1] + total)
                self._nodes[first].neighbours[second] = self._nodes[second].neighbours[first] = border


def _smoothed_lab(image: Image) -> NDArray[np.float32]:
    """Half the photo, half its mean shift: texture counts, but does not tear surfaces apart."""
    flat = cv2.pyrMeanShiftFiltering(image, 6, 14, maxLevel=1)
    one, other = (
        cv2.cvtColor(np.asarray(pixels, np.float32) / np.float32(255), cv2.COLOR_RGB2LAB) for pixels in (image, flat)
    )
    return np.asarray(cv2.addWeighted(one, 0.5, other, 0.5, 0), np.float32)


def _gradient(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    total = np.zeros(lab.shape[:2], np.float32)
    for sigma, weight in ((1.0, 0.5), (2.0, 1.0)):
        blurred = cv2.GaussianBlur(lab, (0, 0), sigma)
        for channel in cv2.split(blurred):
            x, y = cv2.Sobel(channel, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(channel, cv2.CV_32F, 0, 1) / 8
            total += weight * np.hypot(x, y)
    return total


def _leaves(lab: NDArray[np.float32], leaf_of: NDArray[np.intp]) -> list[_Node]:
    light, a, b = cv2.split(lab)
    detail = np.abs(light - cv2.GaussianBlur(light, (0, 0), 2))
    channels = (light * 0.7, a, b, cv2.GaussianBlur(detail, (0, 0), 2) * 2)
    count, flat = int(leaf_of.max()) + 1, leaf_of.ravel()
    areas = np.bincount(flat, minlength=count)
    features = np.stack([np.bincount(flat, weights=c.ravel(), minlength=count) for c in channels], 1)
    bins = np.ravel_multi_index(
        (
            np.clip(light / 12.6, 0, 7).astype(int),
            np.clip((a + 60) / 20, 0, 5).astype(int),
            np.clip((b + 60) / 20, 0, 5).astype(int),
        ),
        _BIN_SHAPE,
    )
    size = int(np.prod(_BIN_SHAPE))
    histograms = np.bincount(flat * size + bins.ravel(), minlength=count * size).reshape(count, size).astype(float)
    return [_Node(float(areas[i]), features[i], histograms[i], leaves=[i]) for i in range(count)]
