"""python -m tests.bench.starter_sheet IMAGES ANNOTATIONS.json OUT.png [--weights OLD NEW ...]: what the candidates of
one click look like, to be looked at. A row for each object: the click and what was meant, then the three
candidates of each file of weights, best predicted IoU first, each with predicted and real IoU."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.images.reading import read_image
from app.learning.truths import draw
from app.masks.metrics import interior_point, iou
from app.sam.load import load_predictor
from app.sam.predictor import Predictor
from app.sam.types import Prompt
from tests.bench.starter_figures import whole

Image = NDArray[np.uint8]
Pixels = NDArray[np.bool_]
_SIDE_PX, _LINE_PX = 150, 16
_SHOWN = 3
_TINT, _TRUTH = (255, 120, 0), (255, 255, 255)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--weights", nargs="+", default=["starter"])
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--columns", type=int, default=1)
    options = parser.parse_args()
    predictors = [load_predictor(each) for each in options.weights]
    rows = []
    for path, masks in draw(options.images, options.annotations, limit=options.count, seed=options.seed).items():
        image = read_image(path).pixels
        embeddings = [predictor.encode(image) for predictor in predictors]
        rows += [_row(image, mask.to_array(), predictors, embeddings) for mask in masks]
    while len(rows) % options.columns:
        rows.append(np.zeros_like(rows[0]))
    columns = [np.vstack(rows[first :: options.columns]) for first in range(options.columns)]
    cv2.imwrite(str(options.target), np.hstack(columns)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def _row(image: Image, truth: Pixels, predictors: list[Predictor], embeddings: list) -> Image:
    x, y = interior_point(truth)
    cells = [_cell(_outlined(image, truth), (x, y), "meant")]
    for predictor, embedding in zip(predictors, embeddings, strict=True):
        candidates = predictor.decode(embedding, Prompt().with_point(x, y))[:_SHOWN]
        for each in candidates:
            mask = whole(each)
            cells.append(_cell(_tinted(image, mask), (x, y), f"{each.predicted_iou:.2f} / {iou(truth, mask):.2f}"))
        cells += [np.zeros_like(cells[0])] * (_SHOWN - len(candidates))
    return np.hstack(cells)


def _outlined(image: Image, mask: Pixels) -> Image:
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(image.copy(), found, -1, _TRUTH, max(image.shape[1] // 200, 1)), np.uint8)


def _tinted(image: Image, mask: Pixels) -> Image:
    tinted = image.copy()
    tinted[mask] = image[mask] * 0.45 + np.array(_TINT) * 0.55
    return tinted


def _cell(image: Image, at: tuple[float, float], text: str) -> Image:
    scale = _SIDE_PX / max(image.shape[:2])
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    cell = np.zeros((_SIDE_PX + _LINE_PX, _SIDE_PX + 4, 3), np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small[:_SIDE_PX, :_SIDE_PX]
    place = int(at[0] * scale), int(at[1] * scale)
    cv2.circle(cell, place, 3, (0, 0, 0), -1, cv2.LINE_AA)
    cv2.circle(cell, place, 2, (0, 255, 80), -1, cv2.LINE_AA)
    cv2.putText(cell, text, (3, _SIDE_PX + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (230, 230, 230), 1, cv2.LINE_AA)
    return cell


if __name__ == "__main__":
    main()
