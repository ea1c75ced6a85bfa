"""python3 dev.py measure-starter IMAGES ANNOTATIONS.json: the shipped starter, beside what needs no learning.

The first set is of regions; --things names another set of whole things than our own, on which everything mode is
measured too. --weights: another file than the shipped one; --alone: without the others.

The others: GrabCut (5 iterations) from the tight box (the box itself where it returns nothing) and from a disc at the
click; Felzenszwalb's segment under the click at one scale, and the best of three; the filled box. Their settings are
those of the prototype's report; none was tuned. All on the same annotations, drawn by the same seed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import felzenszwalb

from app.images.reading import read_image
from app.learning.truths import draw
from app.masks.metrics import interior_point, iou
from app.masks.rle import Mask
from app.sam.load import load_predictor
from tests.bench.starter_figures import of_everything, of_set, speed

Pixels = NDArray[np.bool_]
_THINGS = Path(__file__).parents[1] / "data" / "things"
THINGS = _THINGS / "photos", _THINGS / "things.json"

_SCALES = ((60, 60), (200, 150), (600, 400))
"""scale, min_size"""
_ONE_SCALE = 1
_SURE_PX, _LIKELY_PX, _POSSIBLE_PX = 6, 60, 120
"""Radii of the discs around a click."""
_ITERATIONS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--limit", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--things", type=Path, nargs=2, metavar=("IMAGES", "ANNOTATIONS"), default=THINGS)
    parser.add_argument("--weights", default="starter")
    parser.add_argument("--alone", action="store_true")
    options = parser.parse_args()
    predictor = load_predictor(options.weights)
    regions = options.images, options.annotations
    figures = {"starter": of_set(predictor, *regions, options.limit, options.seed)}
    if not options.alone:
        figures |= measured(*regions, options.limit, options.seed)
    print_table("regions", figures)
    things = {"starter": of_set(predictor, *options.things, options.limit, options.seed)}
    things["starter"] |= of_everything(predictor, *options.things)
    print_table("things", things)
    figures["starter on things"] = things["starter"]
    figures["speed"] = speed(predictor)
    print_table(f"speed, {predictor.device}", {"starter": figures["speed"]})
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


def print_table(title: str, rows: dict[str, dict[str, float]]) -> None:
    """Prints figures as a table of Markdown; what a row does not have stays empty."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    print(f"\n| {' | '.join([title, *names])} |\n|{'---|' * (1 + len(names))}")
    for method, row in rows.items():
        print(f"| {' | '.join([method, *(f'{row[name]:.3f}' if name in row else '' for name in names)])} |", flush=True)


def measured(images: Path, annotations: Path, limit: int, seed: int) -> dict[str, dict[str, float]]:
    """The figures of what needs no learning, on the same annotations."""
    scores: dict[str, dict[str, list[float]]] = {}
    for path, masks in draw(images, annotations, limit=limit, seed=seed).items():
        for name, key, value in _baselines(read_image(path).pixels, masks):
            scores.setdefault(name, {}).setdefault(key, []).append(value)
    return {name: {key: fmean(values) for key, values in of.items()} for name, of in scores.items()}


def _baselines(pixels: NDArray[np.uint8], masks: list[Mask]) -> Iterator[tuple[str, str, float]]:
    segmentations = [felzenszwalb(pixels, scale=scale, sigma=0.8, min_size=size) for scale, size in _SCALES]
    for mask in masks:
        truth = mask.to_array()
        x, y = (int(value) for value in interior_point(truth))
        under = [iou(truth, segments == segments[y, x]) for segments in segmentations]
        yield "Felzenszwalb under the click", "one click", under[_ONE_SCALE]
        yield "Felzenszwalb under the click", "best of three", max(under)
        yield "GrabCut", "one click", iou(truth, _from_click(pixels, x, y))
        yield "GrabCut", "box", iou(truth, _from_box(pixels, mask.bbox))
        yield "the box itself", "box", iou(truth, _filled(truth.shape, mask.bbox))


def _from_box(pixels: NDArray[np.uint8], box: tuple[int, int, int, int]) -> Pixels:
    inside = _filled(pixels.shape[:2], box)
    seeds = np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    found = _cut(pixels, seeds)
    return found if found.any() else inside


def _from_click(pixels: NDArray[np.uint8], x: int, y: int) -> Pixels:
    """The part under the click."""
    ys, xs = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    distance = np.hypot(xs - x, ys - y)
    seeds = np.full(pixels.shape[:2], cv2.GC_BGD, np.uint8)
    for radius, kind in ((_POSSIBLE_PX, cv2.GC_PR_BGD), (_LIKELY_PX, cv2.GC_PR_FGD), (_SURE_PX, cv2.GC_FGD)):
        seeds[distance < radius] = kind
    _, part_of = cv2.connectedComponents(_cut(pixels, seeds).astype(np.uint8))
    return part_of == part_of[y, x] if part_of[y, x] else distance < _LIKELY_PX


def _cut(pixels: NDArray[np.uint8], seeds: NDArray[np.uint8]) -> Pixels:
    models = np.zeros((1, 65)), np.zeros((1, 65))
    if np.isin(seeds, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():  # a box over the whole image leaves nothing to learn from
        cv2.setRNGSeed(0)
        cv2.grabCut(pixels[..., ::-1].copy(), seeds, None, *models, _ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return np.isin(seeds, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _filled(shape: tuple[int, ...], box: tuple[int, int, int, int]) -> Pixels:
    x, y, width, height = box
    inside = np.zeros(shape[:2], np.bool_)
    inside[y : y + height, x : x + width] = True
    return inside


if __name__ == "__main__":
    main()
