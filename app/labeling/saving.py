"""Turns an accepted draft into a row of the project, and a row back into what can be refined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from app.engine.values import AutoMask, Proposal
from app.labeling.candidates import Ring
from app.labeling.classes import Classes
from app.labeling.cutting import cut, cut_all, made_by, write
from app.labeling.draft import Draft, Edited, Prompted, Revision, Saved, next_revision
from app.masks.outlines import outlines
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.project.records import Annotation, ChangeSet, Json
from app.project.store import Project
from app.sam.types import Prompt
from app.text import say, say_n

EVERYTHING_MODE = "everything mode"
"""Provenance of what nobody clicked at."""
NOTHING_LEFT = say("Nothing of the mask is left: other objects have all of its pixels.")


@dataclass(frozen=True, eq=False)
class Accepted:
    """A draft that the person accepted, perhaps before its mask was there."""

    image_id: int
    draft: Draft
    category_id: int | None
    milliseconds: int


def save(project: Project, classes: Classes, accepted: Accepted) -> ChangeSet:
    """Saves a draft with a proposal in one step: as a new row, or as the resumed one with its new mask; and what the
    overlap policy of its class cuts. Raises Problem when that leaves nothing of it."""
    draft = accepted.draft
    assert draft.proposal is not None
    policy = classes.policies.of(classes.for_new(accepted.category_id))
    cutting = cut(draft.proposal.region, policy, others_of(project, accepted.image_id, draft))
    mask, changed = Mask.from_region(cutting.region), cutting.changed()
    if not mask.area:
        raise Problem(NOTHING_LEFT)
    on_top = top_of(project, accepted.image_id)
    with project.step(say("Refine mask") if draft.resumed else say("Accept mask")) as step:
        scores = provenance(draft.proposal, draft)
        row = Annotation(
            id=0,
            image_id=accepted.image_id,
            category_id=classes.for_accept(step, accepted.category_id),
            mask=mask,
            provenance=scores if cutting.lost is None else made_by(scores),
            clicks=draft.clicks,
            milliseconds=accepted.milliseconds,
        )
        step.judge(accepted.image_id, [row.mask], "accepted")
        write(step, changed)
        if draft.resumed is None:
            step.add(replace(row, z_order=on_top))
        else:
            saved = project.annotation(draft.resumed.id) or draft.resumed  # changed or deleted meanwhile
            step.put(_refined(saved, row))
    return step.changes


def others_of(project: Project, image_id: int, draft: Draft) -> list[Annotation]:
    """Returns the objects of an image but the one that is refined, the topmost last."""
    there = project.annotation_table.stacked(image_id)
    return [each for each in there if draft.resumed is None or each.id != draft.resumed.id]


def top_of(project: Project, image_id: int) -> int:
    """Returns the z-order with which a new object lies on top of those of an image."""
    there = project.annotation_table.stacked(image_id)
    return max(there[-1].z_order, 0) if there else 0


def _refined(saved: Annotation, row: Annotation) -> Annotation:
    """What was spent on it before still counts."""
    return replace(
        saved,
        category_id=row.category_id,
        mask=row.mask,
        provenance=row.provenance,
        clicks=saved.clicks + row.clicks,
        milliseconds=saved.milliseconds + row.milliseconds,
    )


def resumed(saved: Annotation) -> Draft:
    """Returns the saved object in the making again: its prompt and its mask, before the first click."""
    scores = saved.provenance
    shown = _shown(saved.mask, scores.get("predicted_iou"), scores.get("stability_score"))
    source = Saved(prompt_of(scores), scores)
    revision = Revision(next_revision(), source, Ring((shown,)), made_by=scores.get("model") or "")
    return Draft(revisions=(revision,), resumed=saved, category_id=saved.category_id)


def taken(found: Sequence[AutoMask], point: tuple[float, float], model_key: str) -> Draft:
    """Returns what everything mode found at a click as the answer to it. found: not empty, the chosen one first."""
    shown = tuple(_found(each) for each in found)
    source, made_by = Prompted(Prompt().with_point(*point)), found[0].model_key or model_key
    return Draft(revisions=(Revision(next_revision(), source, Ring(shown), made_by=made_by),), clicks=1)


def _found(each: AutoMask) -> Proposal:
    region = each.mask.region()
    return Proposal(region, each.outlines or outlines(region), each.predicted_iou, each.stability_score, None)


def edited(mask: Mask, before: Prompt, by: str) -> Revision:
    """Returns a mask made by hand as a state of a draft. before: what was pointed at; by: what it was made with."""
    shown = _shown(mask, None, None)
    return Revision(next_revision(), Edited(_agreeing(before, shown.region), by), Ring((shown,)))


def _shown(mask: Mask, predicted_iou: float | None, stability: float | None) -> Proposal:
    region = mask.region()
    return Proposal(region, outlines(region), predicted_iou, stability, None)


def _agreeing(prompt: Prompt, region: Region) -> Prompt:
    """The points that the mask does not contradict: the person edited it last. A box says less than the mask."""
    agrees = [bool(label) == _has(region, x, y) for (x, y), label in zip(prompt.points, prompt.labels, strict=True)]
    return Prompt(prompt.points[agrees], prompt.labels[agrees])


def _has(region: Region, x: float, y: float) -> bool:
    column, row = int(x) - region.x, int(y) - region.y
    height, width = region.pixels.shape
    return 0 <= column < width and 0 <= row < height and bool(region.pixels[row, column])


def save_findings(
    project: Project,
    classes: Classes,
    image_id: int,
    findings: Sequence[AutoMask],
    category_id: int | None,
    model_key: str,
) -> ChangeSet:
    """Saves all that everything mode found in one step, without a click of anybody, and what the overlap policy of the
    class cuts. What that leaves nothing of is not saved."""
    findings = sorted(findings, key=lambda f: -f.mask.area)  # small ones lie on top
    policy, there = classes.policies.of(classes.for_new(category_id)), project.annotation_table.stacked(image_id)
    left, changed = cut_all([found.mask for found in findings], policy, there)
    on_top = top_of(project, image_id)
    with project.step(say_n("Accept {n} mask", "Accept {n} masks", len(findings))) as step:
        category_id = classes.for_accept(step, category_id)
        step.judge(image_id, [found.mask for found in findings], "accepted")
        write(step, changed)
        for found, mask in zip(findings, left, strict=True):
            if mask.area:
                scores = _scores(found, model_key, is_cut=mask.area < found.mask.area)
                step.add(Annotation(0, image_id, category_id, mask, provenance=scores, z_order=on_top))
    return step.changes


def _scores(found: AutoMask, model_key: str, *, is_cut: bool) -> Json:
    prompt = Prompt().with_point(*found.point)
    scores = _provenance(prompt, found.model_key or model_key, found.predicted_iou, found.stability_score)
    scores["by"] = EVERYTHING_MODE
    return made_by(scores) if is_cut else scores


def provenance(proposal: Proposal, draft: Draft) -> Json:
    """Returns how the mask came about, enough to pick it up again. Its logits are not kept: the mask makes them.

    "model" is the last model that had a part in it, "by" what it was made or edited with by hand, in that order.
    """
    if isinstance(draft.top.source, Saved):
        return draft.top.source.provenance
    model_key = next((r.made_by for r in reversed(draft.revisions) if r.made_by), "")
    scores = _provenance(draft.prompt, model_key, proposal.predicted_iou, proposal.stability_score)
    hands = _hands(draft)
    if hands:
        scores["by"] = ", ".join(hands)
    seen = proposal.closeup
    return scores if seen is None else {**scores, "closeup": [seen.x0, seen.y0, seen.x1, seen.y1]}


def _hands(draft: Draft) -> list[str]:
    """Each thing that the mask was edited with, once; of a resumed object, before it was saved too."""
    before = draft.revisions[0].source
    by = before.provenance.get("by") if isinstance(before, Saved) else None
    words = [word for word in by.split(", ") if word != EVERYTHING_MODE] if isinstance(by, str) and by else []
    words += [revision.source.by for revision in draft.revisions if isinstance(revision.source, Edited)]
    return list(dict.fromkeys(words))


def _provenance(prompt: Prompt, model_key: str, predicted_iou: float | None, stability: float | None) -> Json:
    return {
        "prompt": {
            "points": prompt.points.tolist(),
            "labels": prompt.labels.tolist(),
            "box": None if prompt.box is None else prompt.box.tolist(),
        },
        "model": model_key,
        "predicted_iou": predicted_iou,
        "stability_score": stability,
    }


def prompt_of(saved: Json) -> Prompt:
    """Returns the prompt of a saved row; an empty one where none, or none of ours, was written."""
    try:
        prompt = saved["prompt"]
        points = np.array(prompt["points"], np.float32).reshape(-1, 2)
        labels = np.array(prompt["labels"], np.int8).reshape(len(points))
        box = None if prompt["box"] is None else np.array(prompt["box"], np.float32).reshape(4)
    except (KeyError, TypeError, ValueError):
        return Prompt()
    return Prompt(points, labels, box)
