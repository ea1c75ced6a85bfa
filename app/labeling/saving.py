"""Turns an accepted draft into a row of the project, and a row back into what can be refined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_parts
from itertools import pairwise

from msgspec.structs import replace

from app.engine.values import AutoMask, Proposal
from app.labeling.candidates import PackedProposal, Ring
from app.labeling.carried import CARRY, CarriedObject
from app.labeling.classes import Classes
from app.labeling.cutting import Cut, after, cut_all, cut_gained, write
from app.labeling.draft import Draft, Edited, Prompted, Revision, Saved, keeps_class, next_revision
from app.labeling.policies import Policy
from app.labeling.provenance import EVERYTHING_MODE, GIVEN, cut_down, of_prompt, prompt_of, words_of
from app.labeling.recalling import CLOSEUP, closeup_told
from app.labeling.trail import Before, earlier, followed, went_on
from app.masks.outlines import outlines
from app.masks.regions import decoded, difference, empty, tight
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke
from app.problem import Problem
from app.project.records import Annotation, ChangeSet, Json
from app.project.store import Project
from app.sam.closeup import Closeup
from app.sam.types import Prompt
from app.text import say, say_n
from app.work import Progress, Work

_PIXELS_OF_A_LETTER = 500
"""To compare two masks by a letter of their runs takes as long as by so many pixels."""
NOTHING_LEFT = say("Nothing of the mask is left: other objects have all of its pixels.")


@dataclass(frozen=True, eq=False)
class Accepted:
    """A draft that the person accepted, perhaps before its mask was there."""

    image_id: int
    draft: Draft
    category_id: int | None
    milliseconds: int


def save(project: Project, classes: Classes, accepted: Accepted, cutting: Cut | None = None) -> ChangeSet:
    """Saves a draft with a proposal in one step: as a new row, or as the resumed one with its new mask; and what the
    overlap policy of its class cuts. Raises Problem when that leaves nothing of it.

    cutting: what the policy cuts right now, where that is known already.
    """
    draft = accepted.draft
    if cutting is None:
        others = others_of(project, accepted.image_id, draft)
        cutting = _cutting(classes, accepted, others, had_before(project, draft))
    if not cutting.region.pixels.any():
        raise Problem(NOTHING_LEFT)
    changed, on_top = cutting.changed(), top_of(project, accepted.image_id)
    with project.step(say("Refine mask") if draft.resumed else say("Accept mask")) as step:
        row = _row(accepted, classes.for_accept(step, accepted.category_id, keeps_none=keeps_class(draft)), cutting)
        step.judge(accepted.image_id, [row.mask], "accepted")
        write(step, changed)
        if draft.resumed is None:
            step.add(row if draft.carried else replace(row, z_order=on_top))
        else:
            saved = project.annotation(draft.resumed.id) or draft.resumed  # changed or deleted meanwhile
            step.put(_refined(saved, row))
    return step.changes


def others_of(project: Project, image_id: int, draft: Draft) -> list[Annotation]:
    """Returns the objects of an image but the one that is refined, the topmost last."""
    there = project.annotation_table.stacked(image_id)
    return [each for each in there if draft.resumed is None or each.id != draft.resumed.id]


def had_before(project: Project, draft: Draft) -> Mask | None:
    """Returns the mask, as it is saved now, of the object that is refined; None of a new object, and of one that is
    gone."""
    saved = None if draft.resumed is None else project.annotation(draft.resumed.id)
    return None if saved is None else saved.mask


def top_of(project: Project, image_id: int) -> int:
    """Returns the z-order with which a new object lies on top of those of an image."""
    there = project.annotation_table.stacked(image_id)
    return max(there[-1].z_order, 0) if there else 0


def save_all(project: Project, classes: Classes, accepted: Sequence[Accepted]) -> Work[ChangeSet]:
    """Saves drafts of new objects, each with a proposal, in one step, as if they were accepted one after the other. One
    of which the overlap policy leaves nothing is not saved. Ended before its end it saves none."""
    there = {each.image_id: others_of(project, each.image_id, each.draft) for each in accepted}
    class_ids: dict[tuple[int | None, bool], int | None] = {}
    with project.step(say_n("Accept {n} mask", "Accept {n} masks", len(accepted))) as step:
        for number, each in enumerate(accepted):
            yield Progress(number, len(accepted))
            cutting = _cutting(classes, each, there[each.image_id])
            if cutting.region.pixels.any():
                wanted = each.category_id, keeps_class(each.draft)
                if wanted not in class_ids:
                    class_ids[wanted] = classes.for_accept(step, wanted[0], keeps_none=wanted[1])
                row, changed = _row(each, class_ids[wanted], cutting), cutting.changed()
                step.judge(each.image_id, [row.mask], "accepted")
                write(step, changed)
                left = after(there[each.image_id], changed) if changed else there[each.image_id]
                left.append(step.add(row))
                there[each.image_id] = left
    return step.changes


def _cutting(classes: Classes, accepted: Accepted, others: Sequence[Annotation], had: Mask | None = None) -> Cut:
    assert accepted.draft.proposal is not None
    policy = classes.policies.of(classes.for_new(accepted.category_id, keeps_none=keeps_class(accepted.draft)))
    return cut_gained(accepted.draft.proposal.region, had, policy, others)


def _row(accepted: Accepted, category_id: int | None, cutting: Cut) -> Annotation:
    """Returns the row of a new object, of which others cut what they do."""
    draft = accepted.draft
    proposal = draft.proposal
    assert proposal is not None
    told, mask = with_trail(proposal.mask, draft), proposal.mask
    if cutting.lost is not None:
        mask = Mask.from_region(cutting.region)
        told = went_on(proposal.mask, told, mask, cut_down(told, mask))
    row = Annotation(
        id=0,
        image_id=accepted.image_id,
        category_id=category_id,
        mask=mask,
        provenance=told,
        clicks=draft.clicks,
        milliseconds=accepted.milliseconds,
    )
    return _like_its_source(row, draft.carried) if draft.carried else row


def _like_its_source(row: Annotation, carried: CarriedObject) -> Annotation:
    """Returns the row of a carried object with what its source has beside mask and class."""
    provenance = {**row.provenance, "from": carried.origin}
    return replace(
        row, attributes=carried.source.attributes, iscrowd=carried.source.iscrowd, z_order=carried.source.z_order,
        provenance=provenance,
    )  # fmt: skip


def offered(carried: CarriedObject) -> Draft:
    """Returns the carried object in the making: what it is proposed to be, before any click. Its ring must be there."""
    source = Edited(Prompt(), CARRY)
    revision = Revision(next_revision(), source, carried.ring, made_by=carried.made_by)
    return Draft(revisions=(revision,), category_id=carried.source.category_id, carried=carried)


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
    return Draft(revisions=(_saved(saved.mask, saved.provenance),), resumed=saved, category_id=saved.category_id)


def stepped_back(draft: Draft) -> Revision | None:
    """Returns the state that a picked-up object was in before the one that is shown; None when none was kept."""
    source, shown = draft.top.source, draft.proposal
    if not isinstance(source, Saved) or shown is None:
        return None
    found = earlier(shown.mask, source.provenance)
    return found and _saved(*found, is_earlier=True)


def unsaved(mask: Mask, told: Json) -> Revision:
    """Returns a mask that waited on its image, never accepted, as the first state of a draft. told: see with_trail.
    Problem when the mask is damaged or too large."""
    return _saved(mask, told, is_unsaved=True)


def _saved(mask: Mask, scores: Json, *, is_earlier: bool = False, is_unsaved: bool = False) -> Revision:
    shown = _shown(mask, scores.get("predicted_iou"), scores.get("stability_score"), closeup_told(scores, mask.size))
    source = Saved(prompt_of(scores), scores, is_earlier, is_unsaved)
    return Revision(next_revision(), source, Ring((shown,)), made_by=scores.get("model") or "")


def taken(found: Sequence[AutoMask], point: tuple[float, float], model_key: str) -> Draft:
    """Returns what everything mode found at a click as the answer to it. found: not empty, the chosen one first."""
    shown = tuple(_found(each) for each in found)
    source, made_by = Prompted(Prompt().with_point(*point)), found[0].model_key or model_key
    return Draft(revisions=(Revision(next_revision(), source, Ring(shown), made_by=made_by),), clicks=1)


def _found(each: AutoMask) -> Proposal:
    region = each.mask.region()
    return Proposal(region, each.outlines or outlines(region), each.predicted_iou, each.stability_score, None)


def edited(region: Region, before: Prompt, by: str, stroke: Stroke | None = None, painted: int = 0) -> Revision:
    """Returns a mask made by hand as a state of a draft. region: as large as the mask; before: what was pointed at; by:
    what it was made with; stroke: that painted it, over so many pixels."""
    exact = replace_parts(region, rle=Mask.from_region(region))
    shown = Proposal(exact, outlines(exact), None, None, None)
    return Revision(next_revision(), Edited(_agreeing(before, shown.region), by, stroke, painted), Ring((shown,)))


def with_drawn(draft: Draft) -> Draft:
    """Returns a draft whose newest answer is there with what was drawn while it was awaited. Problem when that reaches
    over too much of a huge image."""
    later, draft = draft.later, replace_parts(draft, later=())
    for each in later:
        before = draft.proposal.exact if draft.proposal else None
        after = each.laid_on(before)
        if after is None:
            continue
        region = tight(after)
        if Mask.from_region(region) != Mask.from_region(before or empty(after.image_size)):
            draft = draft.extended(edited(region, draft.prompt, each.by, each.stroke, each.painted))
    return draft


def shown_mask(mask: Mask) -> Proposal:
    """Returns a mask that no model made, ready to paint. Problem when it is damaged or too large."""
    return _shown(mask, None, None)


def _shown(
    mask: Mask, predicted_iou: float | None, stability: float | None, closeup: Closeup | None = None
) -> Proposal:
    region = decoded(mask)
    return Proposal(region, outlines(region), predicted_iou, stability, None, closeup)


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
    policies: list[Policy] = [policy for _ in findings]
    left, changed = cut_all([found.mask for found in findings], policies, there)
    on_top = top_of(project, image_id)
    with project.step(say_n("Accept {n} mask", "Accept {n} masks", len(findings))) as step:
        class_id = classes.for_accept(step, category_id)
        step.judge(image_id, [found.mask for found in findings], "accepted")
        write(step, changed)
        for found, mask in zip(findings, left, strict=True):
            if mask.area:
                scores = _scores(found, model_key)
                scores = cut_down(scores, mask) if mask.area < found.mask.area else scores
                step.add(Annotation(0, image_id, class_id, mask, provenance=scores, z_order=on_top))
    return step.changes


def _scores(found: AutoMask, model_key: str) -> Json:
    prompt = Prompt().with_point(*found.point)
    scores = of_prompt(prompt, found.model_key or model_key, found.predicted_iou, found.stability_score)
    scores["by"] = EVERYTHING_MODE
    return scores


def provenance(proposal: Proposal, draft: Draft) -> Json:
    """Returns how the mask came about, enough to pick it up again. Its logits are not kept: the model makes them again,
    or the mask does.

    "model" is the last model that had a part in it, "by" what it was made or edited with by hand, in that order;
    "strokes" of a brush or an eraser cover "painted" pixels, those taken back too.
    """
    if isinstance(draft.top.source, Saved):
        return draft.top.source.provenance
    is_as_it_was = draft.is_offer and proposal.candidate is None
    model_key = "" if is_as_it_was else next((r.made_by for r in reversed(draft.revisions) if r.made_by), "")
    scores = of_prompt(draft.prompt, model_key, proposal.predicted_iou, proposal.stability_score)
    hands = _hands(draft)
    if hands:
        scores["by"] = ", ".join(hands)
    scores |= {key: count for key, count in _strokes(draft).items() if count}
    if proposal.candidate is not None and isinstance(draft.top.source, Prompted):  # no prompt leads to what was carried
        scores[GIVEN] = True
    seen = proposal.closeup
    return scores if seen is None else {**scores, CLOSEUP: [seen.x0, seen.y0, seen.x1, seen.y1]}


def with_trail(mask: Mask, draft: Draft) -> Json:
    """Returns how the mask of a draft came about, and by which masks before it."""
    assert draft.proposal is not None
    told = provenance(draft.proposal, draft)
    if isinstance(draft.top.source, Saved):
        return told
    states = (
        (number, draft.revisions[number].shown)
        for number in range(len(draft.revisions) - 1, _last_saved(draft) - 1, -1)
    )
    kept = ((number, shown) for number, shown in states if shown is not None and not shown.is_empty)
    pairs = pairwise(kept)  # of which no more are made than are kept
    before = (_before(one, later, provenance(one, _until(draft, number))) for (_, later), (number, one) in pairs)
    return followed(mask, told, before, _stored(draft))


def _before(one: Proposal, later: Proposal, told: Json) -> Before:
    """The pixels of older states are not at hand, but their runs are."""
    if isinstance(one, PackedProposal):
        return Before(_PIXELS_OF_A_LETTER * len(one.mask.counts), lambda: one.mask.toggled(later.mask), told)
    pixels = max(one.region.pixels.size, later.region.pixels.size)
    return Before(pixels, lambda: Mask.from_region(difference(one.region, later.region)), told)


def _stored(draft: Draft) -> Json:
    """How the saved mask came about that a draft went on from; nothing of a new object."""
    source = draft.revisions[_last_saved(draft)].source
    return source.provenance if isinstance(source, Saved) else {}


def _last_saved(draft: Draft) -> int:
    """The index of the newest state that was kept with a saved object; 0 when there is none."""
    saved = (i for i in range(len(draft.revisions) - 1, 0, -1) if isinstance(draft.revisions[i].source, Saved))
    return next(saved, 0)


def _until(draft: Draft, index: int) -> Draft:
    """The draft as it was when that state was the newest."""
    return replace_parts(draft, revisions=draft.revisions[: index + 1])


def _strokes(draft: Draft) -> Json:
    """The strokes that it took, and the pixels under them; none where there was none."""
    stored = _stored(draft)
    counts = {"strokes": draft.strokes, "painted": draft.painted}
    return {key: n + (old if isinstance(old := stored.get(key), int) else 0) for key, n in counts.items()}


def _hands(draft: Draft) -> list[str]:
    """Each thing that the mask was edited with, once; of a resumed object, before it was saved too."""
    words = words_of(_stored(draft).get("by"))
    words += [revision.source.by for revision in draft.revisions if isinstance(revision.source, Edited)]
    return list(dict.fromkeys(words))
