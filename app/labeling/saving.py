"""From an accepted draft to a row of the project, and from a row back to what can be refined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from app.engine.values import AutoMask, Proposal
from app.labeling.candidates import Ring
from app.labeling.classes import Classes
from app.labeling.draft import Attempt, Draft
from app.masks.outlines import outlines
from app.masks.rle import Mask
from app.project.records import Annotation, ChangeSet, Json
from app.project.store import Project
from app.sam.types import Prompt


@dataclass(frozen=True, eq=False)
class Accepted:
    """A draft that the person accepted, perhaps before its mask was there."""

    image_id: int
    draft: Draft
    category_id: int | None
    milliseconds: int


def save(project: Project, classes: Classes, accepted: Accepted) -> ChangeSet:
    """One step: a new row, or the resumed one with its new mask. The draft has a proposal."""
    draft = accepted.draft
    proposal = draft.proposal
    assert proposal is not None
    with project.step("Refine mask" if draft.resumed else "Accept mask") as step:
        row = Annotation(
            id=0,
            image_id=accepted.image_id,
            category_id=classes.for_accept(step, accepted.category_id),
            mask=Mask.from_region(proposal.region),
            provenance=provenance(proposal, draft.attempts[-1]),
            clicks=draft.clicks,
            milliseconds=accepted.milliseconds,
        )
        if draft.resumed is None:
            step.add(row)
        else:
            saved = project.annotation(draft.resumed.id) or draft.resumed  # changed or deleted meanwhile
            step.put(_refined(saved, row))
    return step.changes


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


def resumed(saved: Annotation, revision: int) -> Draft:
    """The saved object in the making again: its prompt and its mask, before the first click."""
    region, scores = saved.mask.region(), saved.provenance
    shown = Proposal(region, outlines(region), scores.get("predicted_iou"), scores.get("stability_score"), None)
    attempt = Attempt(revision, prompt_of(saved.provenance), ring=Ring((shown,)), model_key=scores.get("model") or "")
    return Draft(attempts=(attempt,), resumed=saved, category_id=saved.category_id)


def taken(found: Sequence[AutoMask], point: tuple[float, float], revision: int, model_key: str) -> Draft:
    """What everything mode found at a click, as the answer to that click. found: not empty, the chosen one first."""
    shown = tuple(Proposal(f.mask.region(), f.outlines, f.predicted_iou, f.stability_score, None) for f in found)
    attempt = Attempt(revision, Prompt().with_point(*point), ring=Ring(shown), model_key=model_key)
    return Draft(attempts=(attempt,), clicks=1)


def save_findings(
    project: Project,
    classes: Classes,
    image_id: int,
    findings: Sequence[AutoMask],
    category_id: int | None,
    model_key: str,
) -> ChangeSet:
    """All in one step, without a click of anybody."""
    with project.step(f"Accept {len(findings)} masks") as step:
        category_id = classes.for_accept(step, category_id)
        for found in sorted(findings, key=lambda f: -f.mask.area):  # small ones lie on top
            prompt = Prompt().with_point(*found.point)
            scores = _provenance(prompt, model_key, found.predicted_iou, found.stability_score)
            step.add(Annotation(0, image_id, category_id, found.mask, provenance={**scores, "by": "everything mode"}))
    return step.changes


def provenance(proposal: Proposal, attempt: Attempt) -> Json:
    """How the mask came about, enough to pick it up again. Its logits are not kept: they are made from the mask."""
    scores = _provenance(attempt.prompt, attempt.model_key, proposal.predicted_iou, proposal.stability_score)
    seen = proposal.closeup
    return scores if seen is None else {**scores, "closeup": [seen.x0, seen.y0, seen.x1, seen.y1]}


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
    """The prompt of a saved row; empty for an imported mask, and for what another program wrote there."""
    try:
        prompt = saved["prompt"]
        points = np.array(prompt["points"], np.float32).reshape(-1, 2)
        labels = np.array(prompt["labels"], np.int8).reshape(len(points))
        box = None if prompt["box"] is None else np.array(prompt["box"], np.float32).reshape(4)
    except (KeyError, TypeError, ValueError):
        return Prompt()
    return Prompt(points, labels, box)
