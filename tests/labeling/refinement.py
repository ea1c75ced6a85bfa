"""python -m tests.labeling.refinement: what corrective clicks do to masks that are there already, with the starter.

Three kinds of masks: imported ones that are wrong in one place (wrong_masks.py), objects of ours that were saved after
two clicks and are picked up again, and live proposals from the second click on: the best-rated one, and the best one,
chosen with Tab. Clicks are placed as in SAM's evaluation, in the middle of the largest error; the path is the program's
own from the draft to the proposals, without the threads. --without: the model's answer is taken as it is, as before
decision 018; --discs: what the model does not end is cut by a disc, as before decision 034. --half: of the images,
those the rule was tuned on (0) or those it is reported on (1). --kept: a file that gets a line for each image, and
whose images are not done again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.decoding import answers
from app.engine.images import ImageCache
from app.engine.requests import Decode
from app.engine.values import ImageRef
from app.images.reading import read_image
from app.labeling.candidates import Ring
from app.labeling.draft import Draft, Prompted, Revision, next_revision
from app.labeling.recalling import with_answers
from app.labeling.saving import provenance, resumed, with_trail
from app.learning.clicks import Click, next_click
from app.learning.truths import draw
from app.masks.metrics import iou
from app.masks.rle import Mask
from app.paths import resource
from app.project.records import Annotation
from app.sam.load import load_predictor
from app.sam.predictor import Predictor
from tests.labeling.wrong_masks import KINDS

Pixels = NDArray[np.bool_]
SAMPLES = resource("samples"), Path(__file__).parents[1] / "data" / "samples.json"
CLICKS = 3
DROP = 0.02
_PHOTO_BYTES = 100_000_000
_LEAST_WRONG = 0.01


class Annotator:
    """Clicks at what is wrong of a mask until it is right, or three times."""

    def __init__(self, predictor: Predictor, photo: Path, *, with_rule: bool = True, with_edges: bool = True) -> None:
        self._predictor, self._photo, self._with_rule = predictor, ImageRef(0, photo), with_rule
        self._embedding = predictor.encode(read_image(photo).pixels)
        self._look = partial(ImageCache(_PHOTO_BYTES).glimpse, self._photo) if with_edges else None

    def clicked(self, draft: Draft, click: Click) -> Draft:
        """Returns the draft with the answer to one more click."""
        at = [(click.x + 0.5, click.y + 0.5)]
        source = draft.pointed(at, self._predictor.model_key, positive=click.positive)
        source = with_answers(source, draft, self._predictor.model_key)
        source = source if self._with_rule else replace(source, start=None)
        return draft.extended(Revision(next_revision(), source, self._ring(source), self._predictor.model_key))

    def _ring(self, source: Prompted) -> Ring:
        request = Decode(self._photo, 0, source.prompt, source.seed, source.start, answers=source.answers)
        found, _ = answers(self._predictor, request, self._embedding, glimpse=self._look)
        return Ring(tuple(found))

    def ious(self, draft: Draft, truth: Pixels, clicks: int, made: list[Click]) -> tuple[list[float], Draft]:
        """Returns the IoU at the start and after each click, and the draft at the end. made: clicks so far."""
        found = [iou(truth, shown(draft, truth.shape))]
        for _ in range(clicks):
            click = next_click(truth, shown(draft, truth.shape), made)
            if click is not None:
                made.append(click)
                draft = self.clicked(draft, click)
            found.append(iou(truth, shown(draft, truth.shape)))
        return found, draft


def shown(draft: Draft, size: tuple[int, ...]) -> Pixels:
    """Returns the mask of the draft, as large as the image."""
    pixels = np.zeros(size, np.bool_)
    if draft.proposal is not None:
        x, y, width, height = draft.proposal.region.bbox
        pixels[y : y + height, x : x + width] = draft.proposal.region.pixels
    return pixels


def imported(annotator: Annotator, truth: Pixels, random: list[int]) -> Iterator[tuple[str, list[float]]]:
    """Yields the IoUs of each kind of wrong mask that the truth gives."""
    for number, (kind, made_wrong) in enumerate(KINDS.items()):
        wrong = made_wrong(truth, np.random.default_rng([*random, number]))
        if wrong.any() and 1 - iou(truth, wrong) > _LEAST_WRONG:
            draft = resumed(Annotation(1, 1, None, Mask.from_array(wrong)))
            yield f"imported, {kind}", annotator.ious(draft, truth, CLICKS, [])[0]


def saved(annotator: Annotator, truth: Pixels, random: list[int]) -> Iterator[tuple[str, list[float]]]:
    """Yields the IoUs of an object that was saved after two clicks, and picked up again: as those clicks left it, and
    with the same clicks but wrong in one place, as a person would have left it."""
    _, draft = annotator.ious(Draft(), truth, 2, [])
    if draft.proposal is None:
        return
    told = provenance(draft.proposal, draft)
    masks = {"saved as it came": Mask.from_region(draft.proposal.region)}
    for number, (kind, made_wrong) in enumerate(KINDS.items()):
        wrong = made_wrong(truth, np.random.default_rng([*random, number]))
        if wrong.any() and 1 - iou(truth, wrong) > _LEAST_WRONG:
            masks[f"saved, {kind}"] = Mask.from_array(wrong)
    for kind, mask in masks.items():
        row = Annotation(1, 1, None, mask)
        row.provenance.update(with_trail(mask, draft) if kind == "saved as it came" else told)
        yield kind, annotator.ious(resumed(row), truth, CLICKS, [])[0]


def live(annotator: Annotator, truth: Pixels) -> Iterator[tuple[str, list[float]]]:
    """Yields the IoUs of a live proposal after one click, two and three: of the best-rated candidate and the best."""
    first = next_click(truth, np.zeros_like(truth), [])
    assert first is not None
    draft = annotator.clicked(Draft(), first)
    yield "live", annotator.ious(draft, truth, CLICKS - 1, [first])[0]
    rings = [draft.with_ring(draft.ring.chosen(index)) for index in range(len(draft.ring))]
    best = max(rings, key=lambda d: iou(truth, shown(d, truth.shape)), default=draft)
    yield "live, chosen", annotator.ious(best, truth, CLICKS - 1, [first])[0]


def measured(
    predictor: Predictor, path: Path, masks: list[Mask], *, with_rule: bool = True, with_edges: bool = True
) -> dict[str, list[list[float]]]:
    """Returns the IoUs of all cases of one image, by kind."""
    annotator = Annotator(predictor, path, with_rule=with_rule, with_edges=with_edges)
    found: dict[str, list[list[float]]] = {}
    for number, mask in enumerate(masks):
        truth = mask.to_array()
        cases = (
            *imported(annotator, truth, [mask.area, number]),
            *saved(annotator, truth, [mask.area, number]),
            *live(annotator, truth),
        )
        for kind, ious in cases:
            found.setdefault(kind, []).append(ious)
    return found


def figures(cases: dict[str, list[list[float]]]) -> Iterator[dict[str, Any]]:
    """Yields a row for each kind, and one for all that is imported."""
    sums = {
        all_: [i for kind, each in cases.items() if kind.startswith(f"{all_}, ") for i in each]
        for all_ in ("imported", "saved")
    }
    groups = sums | cases
    for kind, each in groups.items():
        if each:
            yield {"kind": kind, "n": len(each), **_figures(np.array(each))}


def _figures(ious: NDArray[np.float64]) -> dict[str, Any]:
    drops = np.diff(ious, axis=1) < -DROP
    missing = fmean(1 - ious[:, 0])
    return {
        "iou": [round(float(mean), 4) for mean in ious.mean(axis=0)],
        "gained of what was missing": round(float((ious[:, -1] - ious[:, 0]).mean()) / missing, 3),
        "drops at the first click": round(float(drops[:, 0].mean()), 3),
        "drops at any": round(float(drops.mean()), 3),
    }


def collected(rows: list[dict[str, list[list[float]]]]) -> dict[str, list[list[float]]]:
    """Joins what was measured of several images."""
    return {kind: [i for row in rows for i in row.get(kind, [])] for kind in sorted({k for row in rows for k in row})}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, nargs="?", default=SAMPLES[0])
    parser.add_argument("annotations", type=Path, nargs="?", default=SAMPLES[1])
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--without", action="store_true")
    parser.add_argument("--discs", action="store_true")
    parser.add_argument("--model", default="starter")
    parser.add_argument("--kept", type=Path)
    options = parser.parse_args()
    drawn = draw(options.images, options.annotations, limit=options.limit, seed=0)
    chosen = {p: m for i, (p, m) in enumerate(drawn.items()) if options.half is None or i % 2 == options.half}
    kept: Path | None = options.kept
    lines = kept.read_text(encoding="utf-8").splitlines() if kept is not None and kept.exists() else []
    done: dict[str, dict[str, list[list[float]]]] = dict(json.loads(line) for line in lines)
    predictor = load_predictor(options.model)
    for path, masks in chosen.items():
        if path.name not in done:
            with_rule, with_edges = not options.without, not options.discs
            done[path.name] = measured(predictor, path, masks, with_rule=with_rule, with_edges=with_edges)
            if kept is not None:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([path.name, done[path.name]]) + "\n")
    for row in figures(collected([done[path.name] for path in chosen])):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
