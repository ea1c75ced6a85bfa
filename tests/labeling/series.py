"""python -m tests.labeling.series IMAGES ANNOTATIONS: how well masks are carried to the next frame, with the starter.

The second frame is the first one moved, enlarged and turned, with noise; the truth goes with it. See decision 030.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray

from app.engine.carrying import carried
from app.images.matching import shift_between
from app.images.reading import read_image
from app.learning.truths import draw
from app.masks.metrics import iou
from app.masks.placing import moved
from app.masks.rle import Mask
from app.sam.load import load_predictor

CASES = {
    "same": (0, 0, 1.0, 0.0),
    "5 px": (5, 3, 1.0, 0.0),
    "20 px": (20, -12, 1.0, 0.0),
    "8 px, 3 %, 2 degrees": (8, 5, 1.03, 2.0),
    "12 px, 10 %, 5 degrees": (12, -8, 1.1, 5.0),
}
_LEAST_PX = 400


def warp(image: NDArray[np.uint8], dx: int, dy: int, scale: float, degrees: float) -> NDArray[np.float64]:
    """Returns the matrix (2, 3) from the first frame to the second."""
    height, width = image.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale))
    matrix[:, 2] += (dx, dy)
    return matrix


def main() -> None:
    """Prints a line for each kind of second frame."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--photos", type=int, default=22)
    asked = parser.parse_args()
    truths = draw(asked.images, asked.annotations, limit=200, seed=0)
    predictor, found = load_predictor("starter"), defaultdict[str, list[tuple[float, float, float]]](list)
    for path, masks in list(truths.items())[: asked.photos]:
        before = read_image(path).pixels
        size = before.shape[1::-1]
        for name, case in CASES.items():
            matrix, noise = warp(before, *case), np.random.default_rng(1).normal(0, 4, before.shape)
            after = cv2.warpAffine(before, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
            after = np.clip(after + noise, 0, 255).astype(np.uint8)
            embedding = predictor.encode(after)
            for mask in masks:
                old = mask.to_array()
                truth = cv2.warpAffine(old.view(np.uint8), matrix, size, flags=cv2.INTER_NEAREST) > 0
                if min(old.sum(), truth.sum()) < _LEAST_PX:
                    continue
                there = moved(mask, *shift_between(before, after, mask.bbox)).to_array()
                first, *_ = carried(predictor, embedding, mask, (before, after))
                proposed = Mask.from_region(first.region).to_array()
                found[name].append((iou(old, truth), iou(there, truth), iou(proposed, truth)))
    print(f"{'':24} regions  as it was  moved  proposed first")
    for name, rows in found.items():
        was, there, proposed = (fmean(column) for column in zip(*rows, strict=True))
        print(f"{name:24} {len(rows):7}  {was:9.3f}  {there:.3f}  {proposed:.3f}")


if __name__ == "__main__":
    main()
