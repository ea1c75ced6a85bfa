"""Frozen rows of the project file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from app.masks.geometry import Geometry
from app.masks.rle import Mask

Json: TypeAlias = dict[str, Any]
ImageStatus: TypeAlias = Literal["open", "done", "review"]
NUMBERS = "class numbers"
"""The key of extra under which a class has its numbers in files, by their kind (see app.formats.kit.class_numbers)."""
OVERLAP = "overlap policy"
"""The key of extra under which a class has what becomes of the pixels that its objects share with others (see
app.labeling.policies)."""
PLACE = "place among classes"
"""The key of extra under which a class has its place among the others, once somebody has moved one (see
app.labeling.classes)."""
OWN_KEYS = (NUMBERS, OVERLAP, PLACE)
"""The keys of extra that are of this program's making: no file has them, and no report counts them."""

TRAIL = "trail"
"""The key of provenance under which an object has the masks that it had before (see app.labeling.trail)."""


class ImageRecord(Struct, frozen=True):
    """One image file, or a page of one (app.images.pages). path is relative to the project's image folder, with
    forward slashes."""

    id: int
    path: str
    width: int | None = None
    """As displayed (EXIF applied); None until the file was read once."""
    height: int | None = None
    content_hash: str | None = None
    """sha-256 of the file, or of the page taken out of it; made in the background."""
    size_bytes: int | None = None
    mtime_ns: int | None = None
    status: ImageStatus = "open"
    extra: Json = {}
    """Unknown keys of an imported file, kept for export."""


class Category(Struct, frozen=True):
    """One class of objects."""

    id: int
    name: str
    color: str
    """#rrggbb"""
    supercategory: str = ""
    extra: Json = {}
    """Unknown keys of an imported file, kept for export; and OWN_KEYS."""


class Annotation(Struct, frozen=True):
    """One accepted object. category_id None: not classified yet."""

    id: int
    image_id: int
    category_id: int | None
    mask: Mask
    iscrowd: bool = False
    z_order: int = 0
    hidden: bool = False
    attributes: Json = {}
    provenance: Json = {}
    """How the mask came about: prompt (points, labels, box), model key, predicted_iou, stability_score."""
    clicks: int = 0
    milliseconds: int = 0
    extra: Json = {}
    geometry: Geometry | None = None
    """Its outline as a file had it, for as long as the mask is as it came; None: it is traced."""


Record: TypeAlias = ImageRecord | Category | Annotation
ProposalState: TypeAlias = Literal["proposed", "accepted", "rejected"]


class KeptProposal(Struct, frozen=True):
    """One mask that everything mode proposed for an image, and what became of it."""

    id: int
    image_id: int
    mask: Mask
    predicted_iou: float
    stability_score: float
    point: tuple[float, float]
    """The click that found it, in image pixels."""
    model: str
    """The key of the model."""
    state: ProposalState = "proposed"
    time: str = ""
    """When it was found, in UTC."""


class Verdict(Struct, frozen=True):
    """The state of a kept proposal: what steps change of it."""

    id: int
    """Of the proposal."""
    image_id: int
    state: ProposalState


Journaled: TypeAlias = Record | Verdict
"""What a step changes."""


class Change(Struct, frozen=True):
    """One row before and after; None = the row did not / does not exist."""

    before: Journaled | None
    after: Journaled | None


class ChangeSet(Struct, frozen=True, dict=True):
    """What one step, undo or redo did, in the order it was done."""

    name: str
    changes: tuple[Change, ...] = ()
    step_id: int | None = None
    """The id of the step that did it; None of an undo or redo, and of one that changed nothing."""
    is_redo: bool = False
    """True of a redo: what is gone by it was deleted before, and not taken back."""

    def of(self, kind: type[Journaled]) -> Sequence[Change]:
        """Returns the changes of one kind of rows, in their order."""
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[type[Journaled | None], list[Change]]:
        """Sorted once for all who follow a step: an import changes thousands of rows."""
        found: dict[type[Journaled | None], list[Change]] = {}
        for change in self.changes:
            found.setdefault(type(change.before or change.after), []).append(change)
        return found
