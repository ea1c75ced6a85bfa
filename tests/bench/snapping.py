"""Snapping outlines to image edges, measured: python -m tests.bench.snapping IMAGES ANNOTATIONS.json [--limit 300].

Starts are the truth made larger, smaller or shifted by 2 to 4 pixels, the truth itself, and what the starter answers
to the tight box. Ways: GrabCut, a guided filter, watershed and colours nearby; each may only change a band along the
outline. Printed for each: mean IoU and boundary IoU (2 px, Cheng et al. 2021) before and after, the share of objects
whose boundary IoU gets worse by more than 0.01, and the time of one.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from app.images.reading import read_image
from app.learning.truths import draw
from app.masks.metrics import iou
from app.masks.snapping import snapped
from app.sam.load import load_predictor
from app.sam.postprocess import region
from app.sam.types import Prompt

Pixels = NDArray[np.bool_]
Image = NDArray[np.uint8]
Way = Callable[[Image, Pixels, int], Pixels]
_WORSE = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bands", type=int, nargs="*", default=[3, 4, 6])
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=list(WAYS))
    options = parser.parse_args()
    found: dict[tuple[str, int, str], list[tuple[float, ...]]] = {}
    for image, truth, name, start in _starts(options.images, options.annotations, options.limit, options.seed):
        before = iou(truth, start), boundary_iou(truth, start)
        for band in options.bands:
            for way in options.ways:
                began = perf_counter()
                result = _in_crop(WAYS[way], image, start, band)
                took = (perf_counter() - began) * 1000
                figures = (*before, iou(truth, result), boundary_iou(truth, result), took)
                found.setdefault((name, band, way), []).append(figures)
    print("| start | band | way | IoU | boundary IoU | worse | ms |\n|---|---|---|---|---|---|---|")
    for (name, band, way), rows in found.items():
        i0, b0, i1, b1, ms = (fmean(values) for values in zip(*rows, strict=True))
        worse = fmean(row[3] < row[1] - _WORSE for row in rows)
        print(f"| {name} | {band} | {way} | {i0:.3f} -> {i1:.3f} | {b0:.3f} -> {b1:.3f} | {worse:.0%} | {ms:.1f} |")


def boundary_iou(truth: Pixels, mask: Pixels, px: int = 2) -> float:
    """IoU of the pixels of each mask within so many of its outline."""
    return iou(_rim(truth, px), _rim(mask, px))


def _rim(mask: Pixels, px: int) -> Pixels:
    inner = cv2.erode(np.pad(mask, 1).astype(np.uint8), np.ones((3, 3), np.uint8), iterations=px)[1:-1, 1:-1]
    return mask & ~inner.astype(np.bool_)


def _starts(images: Path, annotations: Path, limit: int, seed: int) -> Iterator[tuple[Image, Pixels, str, Pixels]]:
    random, predictor = np.random.default_rng(seed), load_predictor("starter")
    for path, masks in draw(images, annotations, limit=limit, seed=seed).items():
        pixels = read_image(path).pixels
        embedding = predictor.encode(pixels)
        for mask in masks:
            truth, px = mask.to_array(), int(random.integers(2, 5))
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * px + 1, 2 * px + 1))
            angle = random.random() * 2 * np.pi
            shift = np.round(px * np.array([np.cos(angle), np.sin(angle)])).astype(int)
            x, y, width, height = mask.bbox
            [answer, *_] = predictor.decode(embedding, Prompt().with_box(x, y, x + width, y + height))
            found = region(answer)
            box = np.zeros_like(truth)
            h, w = found.pixels.shape
            box[found.y : found.y + h, found.x : found.x + w] = found.pixels
            starts = {
                "the truth": truth,
                "larger": cv2.dilate(truth.astype(np.uint8), disc).astype(np.bool_),
                "smaller": cv2.erode(truth.astype(np.uint8), disc).astype(np.bool_),
                "shifted": np.roll(truth, tuple(shift), (0, 1)),
                "starter": box,
            }
            for name, start in starts.items():
                if start.any():
                    yield pixels, truth, name, start


def _in_crop(way: Way, image: Image, start: Pixels, band: int) -> Pixels:
    x, y, width, height = cv2.boundingRect(start.astype(np.uint8))
    margin = 4 * band
    inside = np.s_[max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin]
    result = start.copy()
    result[inside] = way(np.ascontiguousarray(image[inside]), np.ascontiguousarray(start[inside]), band)
    return result


def _sure(mask: Pixels, band: int) -> tuple[Pixels, Pixels]:
    """What surely is inside, and what surely is outside."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    bits = mask.astype(np.uint8)
    return cv2.erode(bits, disc).astype(np.bool_), ~cv2.dilate(bits, disc).astype(np.bool_)


def _grabcut(image: Image, mask: Pixels, band: int) -> Pixels:
    inside, outside = _sure(mask, band)
    seeds = np.where(mask, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[inside], seeds[outside] = cv2.GC_FGD, cv2.GC_BGD
    if not outside.any():
        return mask
    cv2.setRNGSeed(0)
    cv2.grabCut(image[..., ::-1].copy(), seeds, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    return np.isin(seeds, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _guided_filter(image: Image, mask: Pixels, band: int) -> Pixels:
    """Source: K. He, J. Sun, X. Tang, "Guided Image Filtering", 2010, with a guide of three colours."""
    inside, outside = _sure(mask, band)
    guide, values, side = image.astype(np.float32) / 255, mask.astype(np.float32), (2 * band + 1,) * 2

    def mean(of: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(of, side, borderType=cv2.BORDER_REFLECT), np.float32)

    guide_mean, mask_mean = mean(guide), mean(values)
    together = mean(guide * values[..., None]) - guide_mean * mask_mean[..., None]
    squares = np.stack([mean(guide * guide[..., [c]]) - guide_mean * guide_mean[..., [c]] for c in range(3)], axis=-1)
    slope = np.linalg.solve(squares + np.float32(1e-4) * np.eye(3, dtype=np.float32), together[..., None])[..., 0]
    found = (mean(slope) * guide).sum(2) + mean(mask_mean - (slope * guide_mean).sum(2)) > 0.5
    return np.where(inside | outside, mask, found)


def _nearby_colours(image: Image, mask: Pixels, band: int) -> Pixels:
    """Each pixel of the band goes to the side whose mean colour nearby is more like its own."""
    inside, outside = _sure(mask, band)
    lab = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), 0.8)
    side = 4 * band + 1
    distances = []
    for sure in (inside, outside):
        weight = cv2.blur(sure.astype(np.float32), (side, side))
        mean = cv2.blur(lab * sure[..., None].astype(np.float32), (side, side)) / np.maximum(weight, 1e-6)[..., None]
        distances.append(np.where(weight > 1e-3, ((lab - mean) ** 2).sum(2), np.nan))
    closer = cv2.GaussianBlur(np.nan_to_num(distances[1] - distances[0]), (0, 0), 1)
    known = np.isfinite(distances[0]) & np.isfinite(distances[1])
    return np.where(inside | outside | ~known, mask, closer > 0)


WAYS: dict[str, Way] = {
    "GrabCut": _grabcut,
    "guided filter": _guided_filter,
    "watershed (ours)": snapped,
    "colours nearby": _nearby_colours,
}

if __name__ == "__main__":
    main()
