"""python -m tests.bench.person IMAGES ANNOTATIONS: what it takes a simulated person to finish objects to the pixel.

An object is finished at an IoU of 0.95 and a boundary F of 0.9 at 2 px. With clicks alone; with clicks and a brush;
with clicks and the brush that asks the model; and, to tell what the model has to do with it, with a brush whose strokes
are fitted to the mask and nobody is asked. Each press counts: clicks, strokes, Tab, Backspace; 60 at most.

One object of each photo, drawn by the name of the file; more of each where there are fewer photos than objects. What
was chosen by measuring was chosen on every second photo, beginning with the first; the others are reported beside them.
The person has a steady hand and sees where the mask is wrong. It clicks in the middle of the largest error for as long
as that helps, and takes back what did harm; then it draws along the largest error, by its middle, with the brush that
mends most at one stroke. --simple: it does not draw over scraps that nearly touch with one stroke.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from statistics import fmean
from time import perf_counter

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from app.engine.decoding import answers
from app.engine.requests import Decode
from app.engine.values import ImageRef, Start
from app.images.reading import read_image
from app.labeling.candidates import Ring
from app.labeling.draft import Draft, Revision, next_revision
from app.labeling.saving import edited
from app.learning.clicks import Click, next_click
from app.learning.truths import draw
from app.masks.fitting import fitted
from app.masks.metrics import interior_distance, iou
from app.masks.regions import Box, added, cut, empty, removed, tight
from app.masks.rle import Mask
from app.masks.strokes import Stroke, rasterized
from app.sam.load import load_predictor
from app.sam.predictor import Predictor
from app.sam.types import Embedding
from tests.bench.rows import Row

Pixels = NDArray[np.bool_]
TOOLS = ("clicks", "brush", "asking brush", "fitting brush")
OBJECTS, MOST_ACTIONS, MOST_CLICKS = 100, 60, 12
IOU, F, F_PX = 0.95, 0.9, 2
HELPS = 0.01
"""IoU that a click brings, or the person takes to the brush."""
CHOSEN = 0.02
"""IoU by which another candidate has to be better for the person to press Tab."""
SPOILT = 0.2
"""Of what a stroke mends: when the model spoils more, the person turns to the stroke as it was drawn."""
_QUANTILES = 0.1, 0.25, 0.5, 0.75, 0.9, 1.0
_LARGEST_PX = 60.0


@dataclass
class Effort:
    """What one object took."""

    clicks: int = 0
    strokes: int = 0
    tabs: int = 0
    backs: int = 0
    painted: int = 0
    """Pixels."""
    model_ms: float = 0.0
    finished: bool = False

    @property
    def actions(self) -> int:
        return self.clicks + self.strokes + self.tabs + self.backs


def boundary_f(truth: Pixels, mask: Pixels) -> float:
    """The F-measure of the inner rims of two masks, as far as F_PX apart."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * F_PX + 1, 2 * F_PX + 1))
    one, other = _rim(truth), _rim(mask)
    if not one.any() or not other.any():
        return 0.0
    near_one, near_other = (cv2.dilate(each.view(np.uint8), disc) > 0 for each in (one, other))
    precision, recall = np.mean(near_one[other]), np.mean(near_other[one])
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _rim(mask: Pixels) -> Pixels:
    """The border of the image is no rim."""
    padded = np.pad(mask, 1, mode="edge").astype(np.uint8)
    return mask & (cv2.erode(padded, np.ones((3, 3), np.uint8))[1:-1, 1:-1] == 0)


def is_finished(truth: Pixels, mask: Pixels) -> bool:
    return iou(truth, mask) >= IOU and boundary_f(truth, mask) >= F


class Desk:
    """The program's own path from the draft to its masks, without threads and without a window."""

    def __init__(self, predictor: Predictor, embedding: Embedding, image: NDArray[np.uint8], effort: Effort) -> None:
        self._predictor, self._embedding, self._image, self.effort = predictor, embedding, image, effort
        self.draft = Draft()

    def click(self, click: Click) -> Draft:
        """Returns the draft with one more click, which the person has yet to keep."""
        source = self.draft.pointed(
            [(click.x + 0.5, click.y + 0.5)], self._predictor.model_key, positive=click.positive
        )
        request = Decode(ImageRef(0, Path("photo")), 0, source.prompt, source.seed, source.start)
        self.effort.clicks += 1
        return self.draft.extended(Revision(next_revision(), source, self._asked(request), self._predictor.model_key))

    def stroke(self, stroke: Stroke, tool: str) -> None:
        """Draws a stroke; what is made of it comes first."""
        before, size = self.draft.proposal, self._embedding.frame.image_size
        part = rasterized(stroke, size)
        drawn = (added if stroke.positive else removed)(before.region if before else empty(size), part)
        painted = int(np.count_nonzero(part.pixels))
        made = edited(tight(drawn), self.draft.prompt, "brush", stroke, painted)
        self.draft = self.draft.extended(made)
        self.effort.strokes += 1
        self.effort.painted += painted
        by_hand = self.draft.proposal
        assert by_hand is not None
        found = Ring()
        if tool == "asking brush":
            start = Start(by_hand.region, 0, is_settled=True, stroke=stroke)
            found = self._asked(Decode(ImageRef(0, Path("photo")), 0, self.draft.prompt, start=start))
        elif tool == "fitting brush":
            found = Ring((replace(by_hand, region=fitted(by_hand.region, stroke, look=self._look)),))
        self.draft = self.draft.with_ring(Ring((*found.proposals, by_hand)))

    def _look(self, box: Box) -> NDArray[np.uint8]:
        return self._image[box[1] : box[3], box[0] : box[2]]

    def _asked(self, request: Decode) -> Ring:
        began = perf_counter()
        found, _ = answers(self._predictor, request, self._embedding, self._look)
        ring = Ring(tuple(found))
        self.effort.model_ms += 1000 * (perf_counter() - began)
        return ring


class Person:
    """Knows what is to be labelled, and sees where the mask is wrong."""

    def __init__(self, truth: Pixels, desk: Desk, *, simple: bool = False, most: int = MOST_ACTIONS) -> None:
        self._truth, self._desk, self._simple, self._most = truth, desk, simple, most
        self._clicked: list[Click] = []

    def finish(self, tool: str) -> None:
        """Works until the object is finished, or it was too much."""
        effort = self._desk.effort
        most = self._most if tool == "clicks" else MOST_CLICKS
        while effort.actions < most and not self._is_finished():
            if not self._click() and tool != "clicks":
                break
            if len(self._clicked) != effort.clicks:
                break  # nowhere left to click
        while tool != "clicks" and effort.actions < self._most and not self._is_finished():
            if not self._stroke(tool):
                break
        effort.finished = bool(self._is_finished() and effort.actions <= self._most)

    def _click(self) -> bool:
        """Returns whether it helped."""
        before, desk = self._shown(self._desk.draft), self._desk
        click = next_click(self._truth, before, self._clicked)
        if click is None:
            self._clicked.append(Click(-1, -1, positive=False))
            return False
        self._clicked.append(click)
        tried = desk.click(click)
        rings = [tried.with_ring(tried.ring.chosen(index)) for index in range(len(tried.ring))]
        grades = [iou(self._truth, self._shown(each)) for each in rings]
        if not grades:
            return False
        best = int(np.argmax(grades))
        if grades[best] - grades[0] > CHOSEN:
            desk.effort.tabs += best
        else:
            best = 0
        gain = grades[best] - iou(self._truth, before)
        if gain < 0:
            desk.effort.backs += 1
        else:
            desk.draft = rings[best]
        return gain > HELPS

    def _stroke(self, tool: str) -> bool:
        """Returns whether there was a stroke that helps."""
        before = self._shown(self._desk.draft)
        stroke = self._best_stroke(before)
        if stroke is None:
            return False
        self._desk.stroke(stroke, tool)
        ring = self._desk.draft.ring
        if len(ring) > 1:
            wrong = [self._wrong(self._desk.draft.with_ring(ring.chosen(index))) for index in (0, 1)]
            mended = np.count_nonzero(before != self._truth) - wrong[1]
            if wrong[0] - wrong[1] > SPOILT * max(mended, 1):
                self._desk.effort.tabs += 1
                self._desk.draft = self._desk.draft.with_ring(ring.chosen(1))
        return True

    def _best_stroke(self, mask: Pixels) -> Stroke | None:
        """Of the ways along the largest error, and the sizes of the brush, those that mend most."""
        strokes = list(self._strokes(mask, gap=0))
        if not self._simple:
            strokes += self._strokes(mask, gap=1)
        gained, best = max(((self._mended(mask, each), n) for n, each in enumerate(strokes)), default=(0, 0))
        return strokes[best] if gained > 0 else None

    def _strokes(self, mask: Pixels, gap: int) -> Iterator[Stroke]:
        """gap: scraps so many pixels from each other on both sides are one error."""
        found = _largest(self._truth & ~mask, mask & ~self._truth, gap)
        if found is None:
            return
        positive, part = found
        way, distances = middle_line(part)
        distances = np.maximum(distances - gap, 0.5)
        for radius in sorted({round(2 * min(max(q, 1), _LARGEST_PX)) / 2 for q in np.quantile(distances, _QUANTILES)}):
            wide = np.flatnonzero(distances >= 0.7 * radius)
            first, last = (int(wide[0]), int(wide[-1]) + 1) if len(wide) else (int(distances.argmax()),) * 2
            for path in {_path(way[first : max(last, first + 1)]), *([_path(way)] if gap else [])}:
                yield Stroke(path, radius - 0.5, positive)

    def _mended(self, mask: Pixels, stroke: Stroke) -> int:
        """So many pixels more are right after a stroke as it is drawn."""
        part = rasterized(stroke, mask.shape)
        at = np.s_[part.y : part.y + part.pixels.shape[0], part.x : part.x + part.pixels.shape[1]]
        turned = part.pixels & (mask[at] != stroke.positive)
        return int(np.count_nonzero(turned)) - 2 * int(np.count_nonzero(turned & (self._truth[at] != stroke.positive)))

    def _wrong(self, draft: Draft) -> int:
        return int(np.count_nonzero(self._shown(draft) != self._truth))

    def _shown(self, draft: Draft) -> Pixels:
        region = draft.proposal.region if draft.proposal else empty(self._truth.shape)
        return cut(region, (0, 0, self._truth.shape[1], self._truth.shape[0]))

    def _is_finished(self) -> bool:
        return is_finished(self._truth, self._shown(self._desk.draft))


def _largest(missing: Pixels, excess: Pixels, gap: int) -> tuple[bool, Pixels] | None:
    """The error of most pixels in one piece, and whether it is missing."""
    best: tuple[int, bool, Pixels] | None = None
    for positive, wrong in ((True, missing), (False, excess)):
        grown = cv2.dilate(wrong.view(np.uint8), np.ones((2 * gap + 1, 2 * gap + 1), np.uint8))
        count, parts = cv2.connectedComponents(grown, connectivity=8 if gap else 4)
        sizes = np.bincount(parts[wrong], minlength=count)
        if sizes.any() and (best is None or sizes.max() > best[0]):
            best = int(sizes.max()), positive, parts == sizes.argmax()
    return best and best[1:]


def middle_line(part: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The longest way through a part, by its middle: (N, 2) xy, and how far the border is from each place."""
    left, top, width, height = cv2.boundingRect(part.view(np.uint8))
    pixels = part[top : top + height, left : left + width]
    distance = interior_distance(pixels)
    flat = np.where(pixels, 1.0, -1.0)
    end = np.unravel_index(int(distance.argmax()), distance.shape)
    for _ in range(2):
        start = end
        costs, _ = MCP_Geometric(flat).find_costs([start])
        end = np.unravel_index(int(np.where(pixels & np.isfinite(costs), costs, -1).argmax()), costs.shape)
    graph = MCP_Geometric(np.where(pixels, 1 / np.maximum(distance, 0.5) ** 2, -1.0))
    graph.find_costs([start], [end])
    rows, columns = np.array(graph.traceback(end)).T
    return np.stack([columns + left + 0.5, rows + top + 0.5], axis=1), distance[rows, columns]


def _path(way: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """The same with fewer places."""
    few = cv2.approxPolyDP(way.astype(np.float32)[:, None], 0.5, closed=False)[:, 0]
    return tuple((float(x), float(y)) for x, y in few)


# --- the measurement -----------------------------------------------------------------------------------------------


def objects(images: Path, annotations: Path, count: int) -> list[tuple[int, Path, Mask]]:
    """Half (0 or 1), photo and mask of each object."""
    drawn = draw(images, annotations, limit=None, seed=0)
    shuffled: dict[Path, list[Mask]] = {}
    for path, masks in drawn.items():
        ordered = sorted(masks, key=lambda mask: (mask.area, mask.counts))
        shuffled[path] = Random(path.name).sample(ordered, len(ordered))
    rounds = range(max(map(len, shuffled.values())))
    turns = (
        (n % 2, path, masks[i]) for i in rounds for n, (path, masks) in enumerate(shuffled.items()) if i < len(masks)
    )
    return [each for each, _ in zip(turns, range(count), strict=False)]


def measured(
    found: Iterable[tuple[int, Path, Mask]], tools: Iterable[str], model: str, *, simple: bool, most: int = MOST_ACTIONS
) -> Iterator[tuple[int, str, str, Effort]]:
    """Yields half, photo, tool and effort of each object with each tool."""
    predictor, tools = load_predictor(model), list(tools)
    seen: tuple[Path, Embedding, NDArray[np.uint8]] | None = None
    for half, path, mask in found:
        if seen is None or seen[0] != path:
            image = read_image(path).pixels
            seen = path, predictor.encode(image), image
        for tool in tools:
            effort = Effort()
            Person(mask.to_array(), Desk(predictor, *seen[1:], effort), simple=simple, most=most).finish(tool)
            yield half, path.name, tool, effort


def table(rows: list[tuple[int, str, str, Effort]]) -> Iterator[str]:
    """A line for each half and tool: means of an object."""
    yield "half    | tool          | clicks | strokes | Tab, Backspace | actions | painted px | model ms | finished"
    for half in (0, 1, None):
        for tool in TOOLS:
            its = [effort for h, _, t, effort in rows if t == tool and half in (h, None)]
            if its:
                mean = {key: fmean(float(asdict(e)[key]) for e in its) for key in asdict(its[0])}
                yield (
                    f"{'all' if half is None else ('tuning', 'other')[half]:7} | {tool:13} | {mean['clicks']:6.2f} | "
                    f"{mean['strokes']:7.2f} | {mean['tabs'] + mean['backs']:14.2f} | "
                    f"{fmean(e.actions for e in its):7.2f} | {mean['painted']:10.0f} | {mean['model_ms']:8.0f} | "
                    f"{mean['finished']:8.0%}"
                )


def person_rows(images: Path, annotations: Path) -> list[Row]:
    """The rows of the bench: actions with the brush that asks the model, beside those with the plain one."""
    torch.set_num_threads(1)
    return [_row(images, annotations, simple=simple) for simple in (True, False)]


def _row(images: Path, annotations: Path, *, simple: bool) -> Row:
    rows = list(measured(objects(images, annotations, OBJECTS), TOOLS[1:3], "starter", simple=simple))
    plain, asking = (fmean(e.actions for _, _, t, e in rows if t == tool) for tool in TOOLS[1:3])
    who = "one error a stroke" if simple else "over scraps too"
    name, bar = f"actions to finish an object, the brush asks ({who})", "25 % fewer than it plain"
    return Row(name, asking, "", plain, plain / asking, bar, asking <= 0.75 * plain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--objects", type=int, default=OBJECTS)
    parser.add_argument("--tools", nargs="*", choices=TOOLS, default=TOOLS)
    parser.add_argument("--most", type=int, default=MOST_ACTIONS, help="actions, before an object is left as it is")
    parser.add_argument("--simple", action="store_true")
    parser.add_argument("--model", default="starter")
    parser.add_argument("--json", type=Path, help="write what each object took to this file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = objects(options.images, options.annotations, options.objects)
    rows = list(measured(found, options.tools, options.model, simple=options.simple, most=options.most))
    print("\n".join(table(rows)))
    if options.json:
        options.json.write_text(json.dumps([[*row[:3], asdict(row[3])] for row in rows]), encoding="utf-8")


if __name__ == "__main__":
    main()
