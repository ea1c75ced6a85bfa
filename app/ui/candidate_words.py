"""What the strip tells of a candidate: its level or how it was made, its scores, and why it comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.engine.values import Proposal
from app.labeling.draft import Draft, Edited, Saved
from app.sam.types import Level
from app.text import say

LEVEL_NAMES: Mapping[Level, str] = MappingProxyType(
    {"part": say("a part"), "whole": say("the whole"), "surroundings": say("with its surroundings")}
)


@dataclass(frozen=True)
class CandidateWords:
    """What is told of one candidate. label: under its picture, with the icon of that name ("" for none); name: for a
    screen reader; tip: the tooltip."""

    label: str
    icon: str
    name: str
    tip: str


def words_of(number: int, proposal: Proposal, draft: Draft, usual: Level | None, category: str) -> CandidateWords:
    """Returns what is told of the candidate of that number, from 1, of an object in the making.

    usual: the level that comes first for the class, which is named `category`.
    """
    score, stability = proposal.predicted_iou, proposal.stability_score
    label, icon, what = _what(number, proposal, draft)
    rated = f"{score:.2f}" if score is not None else ""
    shown = " ".join(each for each in (label, rated) if each)
    parts = [say("Candidate {number}: {what}", number=number, what=what) if what else _numbered(number)]
    parts += [say("predicted IoU {score:.2f}", score=score)] if score is not None else []
    parts += [say("stability {score:.2f}", score=stability)] if stability is not None else []
    name = ", ".join(str(part) for part in parts)
    lines = [name]
    if number == 1 and usual is not None and proposal.level == usual and len(draft.revisions) == 1:
        lines.append(str(say("It comes first because “{category}” usually is.", category=category)))
    lines.append(str(say("{key:candidate.next}: next one")))
    return CandidateWords(shown or str(number), icon, name, "\n".join(lines))


def _numbered(number: int) -> str:
    return say("Candidate {number}", number=number)


def _what(number: int, proposal: Proposal, draft: Draft) -> tuple[str, str, str]:
    """The word under the picture, the icon, and what the candidate is."""
    if proposal.level is not None:
        return "", f"level-{proposal.level}", LEVEL_NAMES[proposal.level]
    if proposal.candidate is not None:
        offered = say("refined"), "level-refined", say("refined by the model")
        return offered if draft.is_offer else ("", "", "")
    source = draft.top.source
    if draft.is_offer:
        return say("as before"), "", say("as it was on the image before")
    if isinstance(source, Saved) and source.is_unsaved:
        return say("as left"), "", say("as it was left when the project was closed")
    if isinstance(source, Saved):
        return say("saved"), "", say("as it was saved")
    if isinstance(source, Edited) and source.stroke is not None and len(draft.ring) > 1:
        if number == 1:
            return say("finished"), "level-refined", say("the stroke, finished beside itself")
        return say("as drawn"), "", say("the stroke as it was drawn")
    if isinstance(source, Edited):
        return say("by hand"), "", say("made by hand")
    if source.start is None:
        return "", "", ""
    return say("refined"), "level-refined", say("refined where you clicked")
