"""What a stroke leaves undone beside it: a notch, a rim, a scrap that it did not reach. See docs/decisions/031.

A stroke that paints only adds, one that erases only removes, near the stroke and in one piece with it. What the hand
itself did always holds. What a model says counts only as far as it agrees with the mask around the stroke.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.likeness import likeness
from app.masks.regions import Box, Look, added, bounds, clipped, cut, removed
from app.masks.rle import Region
from app.masks.strokes import Stroke, rasterized

Belief: TypeAlias = Callable[[Box], NDArray[np.float32]]
"""How sure a model is that the pixels of a box, (h, w), belong to the object: 0 to 1; NaN where it saw nothing."""


_LEAST_SOFT_PX, _MOST_SOFT_PX = 1.0, 16.0
"""The radius of the brush, within these limits: so far around a pixel is looked whether it belongs. Measured."""
_REACH = 2.0
"""So many times as far from the stroke something changes. Measured."""
_LEAST_SURROUNDINGS_PX = 10.0
"""So far around the stroke a model has to agree with the mask."""
_TRUST, _FROM_AGREEMENT = 0.8, 0.9
"""So much of what is looked at is what a model says that agrees with all of the mask there; nothing below that share of
it. Measured: one that agrees less does harm."""
_COLORS, _RIM = 0.06, 0.7
"""So much of a share is what the picture says (see likeness), where what is nearer to the stroke than so many radii
is not taken for what lies around. Measured."""
_RADII_BETWEEN, _MOST_POINTS = 3.0, 4
"""Between two points on the middle line of a stroke, and so many of them."""
_MOST_PIXELS = 16_000_000
"""A stroke that spans more is left as it was drawn."""


def fitted(drawn: Region, stroke: Stroke, belief: Belief | None = None, look: Look | None = None) -> Region:
    """Returns a mask with what a stroke left undone beside it. Pure; drawn stays.

    drawn: the mask with the stroke; belief, look: what a model and the picture say of it, where they are heard.
    """
    painted = rasterized(stroke, drawn.image_size)
    if not painted.pixels.any():
        return drawn
    soft = min(max(stroke.radius, _LEAST_SOFT_PX), _MOST_SOFT_PX)
    margin = round(max(_REACH * soft, _LEAST_SURROUNDINGS_PX)) + round(soft) + 1
    x0, y0, x1, y1 = bounds(painted)
    box = clipped((x0 - margin, y0 - margin, x1 + margin, y1 + margin), drawn.image_size)
    if (box[2] - box[0]) * (box[3] - box[1]) > _MOST_PIXELS:
        return drawn
    swept, mask = cut(painted, box), cut(drawn, box)
    distance = np.asarray(cv2.distanceTransform((~swept).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    share = mask.astype(np.float32)
    if belief is not None:
        share = _with_belief(share, belief(box), distance, _REACH * soft)
    side = 2 * round(soft) + 1
    votes = np.asarray(cv2.blur(share, (side, side)), np.float32)
    image = look(box) if look is not None else None
    if image is not None:
        votes += _of_colors(image, mask, stroke.positive, distance > _RIM * soft, soft)
    wanted = (~mask & (votes > 0.5)) if stroke.positive else (mask & (votes <= 0.5))
    change = Region(box[0], box[1], _touching(wanted & (distance <= _REACH * soft), swept), drawn.image_size)
    return (added if stroke.positive else removed)(drawn, change)


def _of_colors(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], positive: bool, is_away: NDArray[np.bool_], soft: float
) -> NDArray[np.float32]:
    """What the colours add to the share of the mask. is_away: far enough from the stroke to be no rim of it."""
    sides = (mask, ~mask & is_away) if positive else (mask & is_away, ~mask)
    side = 2 * max(1, round(soft / 2)) + 1
    return _COLORS * np.asarray(cv2.blur(likeness(image, *sides, soft), (side, side)), np.float32)


def _with_belief(
    share: NDArray[np.float32], belief: NDArray[np.float32], distance: NDArray[np.float32], reach: float
) -> NDArray[np.float32]:
    """The mask, and what the model says where it is worth being heard."""
    seen = ~np.isnan(belief)
    around = seen & (distance > 0) & (distance <= max(reach, _LEAST_SURROUNDINGS_PX))
    if not around.any():
        return share
    agreement = np.count_nonzero(around & ((belief > 0.5) == (share > 0.5))) / np.count_nonzero(around)
    trust = _TRUST * max(0.0, (agreement - _FROM_AGREEMENT) / (1 - _FROM_AGREEMENT))
    return np.where(seen, (1 - trust) * share + trust * np.where(seen, belief, 0), share).astype(np.float32)


def _touching(wanted: NDArray[np.bool_], swept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The parts of wanted that hang together with the stroke, over sides or corners."""
    found = cv2.connectedComponents((wanted | swept).view(np.uint8), connectivity=8, ltype=cv2.CV_32S)[1]
    parts = np.asarray(found, np.int32)
    touched = np.zeros(int(parts.max()) + 1, np.bool_)
    touched[parts[swept]] = True
    return np.asarray(touched[parts] & wanted, np.bool_)


def points_along(stroke: Stroke, image_size: tuple[int, int]) -> list[tuple[float, float]]:
    """Returns where a stroke says most surely what belongs, and what does not: on its middle line, evenly, not at its
    ends; one for each three radii of its length, four at most. None that lies beside the image (height, width)."""
    path: NDArray[np.float64] = np.array(stroke.path, np.float64)
    ways = np.concatenate([np.zeros(1), np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    count = min(1 + int(ways[-1] / (_RADII_BETWEEN * stroke.radius)), _MOST_POINTS)
    at = (np.arange(count) + 0.5) / count * ways[-1]
    xs, ys = (np.asarray(np.interp(at, ways, path[:, axis]), np.float64).tolist() for axis in (0, 1))
    height, width = image_size
    return [(x, y) for x, y in zip(xs, ys, strict=True) if 0 <= x < width and 0 <= y < height]
