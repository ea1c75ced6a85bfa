"""python -m tests.bench.starter_sweep [--weights FILE] [--half 0] [--iou 0.2 0.25 ...] [--stability 0.65 0.7 ...]: the
thresholds of `starter-quick`, on every second photo of our own things. They are chosen on one half and reported on the
other (docs/decisions/043)."""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import product
from statistics import fmean

from app.images.reading import read_image
from app.learning.truths import draw
from app.masks.metrics import iou
from app.sam.automatic import automatic
from app.sam.load import load_predictor
from app.sam.presets import PRESETS
from app.work import run
from tests.bench.starter import THINGS
from tests.bench.starter_figures import FOUND, PROPOSALS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="starter")
    parser.add_argument("--half", type=int, choices=(0, 1), default=0)
    parser.add_argument("--iou", type=float, nargs="+", default=[PRESETS["starter-quick"].min_predicted_iou])
    parser.add_argument("--stability", type=float, nargs="+", default=[PRESETS["starter-quick"].min_stability])
    options = parser.parse_args()
    predictor = load_predictor(options.weights)
    drawn = list(draw(*THINGS, limit=None, seed=0).items())[options.half :: 2]
    photos = [(read_image(path).pixels, [mask.to_array() for mask in masks]) for path, masks in drawn]
    photos = [(pixels, predictor.encode(pixels), truths) for pixels, truths in photos]
    for least, stability in product(options.iou, options.stability):
        preset = replace(PRESETS["starter-quick"], min_predicted_iou=least, min_stability=stability)
        reached, counts = [], []
        for pixels, embedding, truths in photos:
            found = run(automatic(predictor, pixels, preset, whole=embedding))
            counts.append(len(found))
            first = [each.mask.to_array() for each in found[:PROPOSALS]]
            reached += [max((iou(truth, each) for each in first), default=0.0) >= FOUND for truth in truths]
        print(f"{least:.2f} {stability:.2f}: {fmean(reached):.3f} of {len(reached)}, {fmean(counts):.0f} proposals")


if __name__ == "__main__":
    main()
