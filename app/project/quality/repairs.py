"""Repairs of what the check found, where one is obvious; and whether a finding still holds after a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from msgspec.structs import replace as replace_row

from app.masks.cleaning import without_holes, without_islands
from app.masks.rle import Mask, Region
from app.masks.validity import CLASS_OVERLAP, ISLAND_PX, PINHOLE_PX, FaultKind
from app.problem import Problem
from app.project.finding_table import Finding, digest
from app.project.quality.checks import as_it_is, image_findings
from app.project.records import Annotation, ChangeSet, ImageRecord
from app.project.store import Project
from app.text import say, say_n
from app.work import run

_OF_A_WHOLE_CHECK = ("outlier", "unreadable")
"""Kinds that cannot be asked of a few objects alone."""
_Mend: TypeAlias = Callable[[Mask, ImageRecord], Mask | None]
"""None: the object goes."""


@dataclass(frozen=True)
class Repair:
    """What can be done about one kind of finding."""

    text: str
    mend: _Mend


def _drop_islands(mask: Mask, _image: ImageRecord) -> Mask:
    region = without_islands(mask.region(), ISLAND_PX)
    return mask if region is None else Mask.from_region(region)


def _fill_pinholes(mask: Mask, _image: ImageRecord) -> Mask:
    region = without_holes(mask.region(), PINHOLE_PX)
    return mask if region is None else Mask.from_region(region)


def _clip(mask: Mask, image: ImageRecord) -> Mask:
    """At its place in the image as it is now; what lies beyond goes."""
    region, width, height = mask.region(), image.width or 0, image.height or 0
    pixels = region.pixels[: max(0, height - region.y), : max(0, width - region.x)]
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        raise Problem(say("Nothing of the object lies in its image: delete it instead."))
    top, left = int(rows[0]), int(columns[0])
    inside = pixels[top : rows[-1] + 1, left : columns[-1] + 1]
    return Mask.from_region(Region(region.x + left, region.y + top, inside, (height, width)))


def _delete(_mask: Mask, _image: ImageRecord) -> None:
    return None


REPAIRS: Mapping[FaultKind, Repair] = MappingProxyType(
    {
        "island": Repair(say("Drop islands"), _drop_islands),
        "pinhole": Repair(say("Fill holes"), _fill_pinholes),
        "empty": Repair(say("Delete it"), _delete),
        "outside": Repair(say("Clip to image"), _clip),
        "duplicate": Repair(say("Delete one"), _delete),
    }
)


def mend(project: Project, findings: Sequence[Finding]) -> ChangeSet | None:
    """Repairs the last object of each of these findings, all in one step. Returns None when nothing was to be done.
    What was found at other masks, or with an object that is gone, is left out.

    Raises Problem when one of them cannot be repaired; then none is.
    """
    mended = [each for each in findings if each.kind in REPAIRS and each.state == "open"]
    if not mended:
        return None
    name = (
        REPAIRS[mended[0].kind].text
        if len(mended) == 1
        else say_n("Mend {n} finding", "Mend {n} findings", len(mended))
    )
    were = {id: project.annotation(id) for each in mended for id in each.objects}
    with project.step(name) as step:
        for each in mended:
            found = project.annotation(each.objects[-1])
            if found is None or not _still_holds(each, were) or not _are_there(project, each.objects):
                continue
            mask = REPAIRS[each.kind].mend(found.mask, _image_of(project, found))
            if mask is None:
                step.delete(found)
            elif mask != found.mask:
                step.put(replace_row(found, mask=mask))
    return step.changes


def _still_holds(finding: Finding, were: Mapping[int, Annotation | None]) -> bool:
    """Whether the objects have the masks that it was found at."""
    objects = [found for id in finding.objects if (found := were[id]) is not None]
    return len(objects) == len(finding.objects) and digest(each.mask for each in objects) == finding.masks


def _are_there(project: Project, ids: Sequence[int]) -> bool:
    """Returns whether all of these objects are there: of a row of doubles each is one only beside the one before it."""
    return all(project.annotation(id) is not None for id in ids)


def _image_of(project: Project, annotation: Annotation) -> ImageRecord:
    image = project.image(annotation.image_id)
    try:
        return as_it_is(project, image)
    except Problem:
        return image


def looked_at_again(project: Project, finding: Finding, class_overlap: float = CLASS_OVERLAP) -> Finding:
    """Returns the finding with the state that it has after a change of its objects: an undo opens it again, a mask
    that is another one is no longer fine as it is."""
    if finding.kind == "replaced":
        return finding  # it is about the photo, not about its objects
    found = [project.annotation(each) for each in finding.objects]
    objects = [each for each in found if each is not None]
    if len(objects) < len(found):
        return replace(finding, state="mended")
    masks = digest(each.mask for each in objects)
    if masks == finding.masks and finding.state == "fine":
        return finding
    if finding.kind in _OF_A_WHOLE_CHECK:
        return replace(finding, state="open" if masks == finding.masks else "mended")
    faults = run(image_findings(_image_of(project, objects[0]), objects, class_overlap))
    again = next((each for each in faults if each.kind == finding.kind and each.objects == finding.objects), None)
    if again is None:
        return replace(finding, state="mended")
    return replace(finding, state="open", masks=masks, sentence=again.sentence)
