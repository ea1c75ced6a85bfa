"""Objects on images, on their way between our Python and the one of the oracles: needs NumPy and nothing of ours."""

import json
from typing import NamedTuple

import numpy as np


class Seen(NamedTuple):
    """An object as one of the two sees it."""

    image: str
    """Without its ending."""
    name: str
    """Of its class."""
    pixels: np.ndarray
    """(H, W) bool; of no size for a box or a polygon."""
    points: tuple[float, ...] = ()
    """x y width height of a box, or x0 y0 x1 y1 ... of a polygon."""

    @property
    def key(self):
        """Equal for equal objects."""
        return self.image, self.name, self.pixels.shape, self.pixels.tobytes(), self.points


def save(file, objects):
    index = json.dumps([(each.image, each.name, each.points) for each in objects])
    np.savez_compressed(file, index=index, **{str(n): each.pixels for n, each in enumerate(objects)})


def load(file):
    with np.load(file) as archive:
        index = json.loads(str(archive["index"]))
        return [Seen(image, name, archive[str(n)], tuple(points)) for n, (image, name, points) in enumerate(index)]
