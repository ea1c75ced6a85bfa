"""What can be made of a COCO file's records before a project is locked to write them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct

from app.formats.coco.targets import Targets
from app.formats.kit import values
from app.formats.kit.batch_size import BatchSize, some
from app.formats.kit.coco.evidence import Corners, box_of, contradiction, has_no_mask
from app.formats.kit.coco.geometry import source_geometry
from app.formats.kit.coco.segmentation import counts_of, mask_of
from app.formats.kit.coco.source import MAX_ID, CocoKey, CocoSource, key_of, record, row_id
from app.formats.kit.extension_keys import with_listed_keys
from app.formats.kit.files import UNDECODABLE, items_in
from app.formats.kit.geometry import bounded
from app.formats.kit.importing import ImportTarget
from app.formats.kit.polygons import box_mask
from app.formats.kit.report import BOX_ALONE, Report
from app.masks.geometry import Geometry
from app.masks.rle import Mask
from app.masks.rle_batch import plain_masks
from app.problem import Problem
from app.project.records import ImageRecord, Json
from app.project.store import Project
from app.text import say

KNOWN = ("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd")
"""Of an annotation."""
_ALL_KNOWN = frozenset(KNOWN)
_MOST_LETTERS = 300_000
"""Of the runs that are checked together: it takes 100 ms, in which nothing else can be done."""


class _RunLength(Struct, forbid_unknown_fields=True):
    size: tuple[int, int]
    counts: str

    @property
    def as_json(self) -> Json:
        return {"size": list(self.size), "counts": self.counts}


class _Plain(Struct, forbid_unknown_fields=True):
    """An annotation as nearly all are; to read it as this takes half the time."""

    id: Annotated[int, Meta(gt=0, lt=MAX_ID)]
    image_id: int
    category_id: int
    segmentation: _RunLength
    area: float | None = None
    bbox: tuple[float, float, float, float] | None = None
    iscrowd: int = 0


_PLAIN = msgspec.json.Decoder(_Plain)


class ImportDraft(Struct):
    """An annotation of the file, before its class has an id."""

    key: CocoKey
    """Its id in the file."""
    row_id: int
    target: ImportTarget
    category: CocoKey
    iscrowd: bool
    counts: str
    """Of a compressed RLE of the image's size, which may still be damaged; "" when it is none."""
    segmentation: object
    """As the file has it; a _RunLength where the annotation is plain."""
    bbox: object
    area: object
    item: Json | None = None
    """The whole annotation, unless it is plain."""
    geometry: Geometry | None = None

    @property
    def has_own_keys(self) -> bool:
        """Whether the annotation has keys that are none of COCO's."""
        return self.item is not None and not self.item.keys() <= _ALL_KNOWN

    @property
    def place(self) -> str:
        """Where it is, in sentences."""
        return say("{path}, object {key_name}", path=self.target.record.path, key_name=self.key)


@dataclass(frozen=True)
class Class:
    """A category of the file, before it is known whether the project has it."""

    item: Json


_Kind: TypeAlias = Literal["category", "image", "annotation"]
"""Of which of the file's lists a record is."""
CocoRow: TypeAlias = Class | ImageRecord | tuple[ImportDraft, Mask]


@dataclass
class Batch:
    """What became of some records of the file."""

    count: int = 0
    """Records."""
    rows: list[CocoRow] = field(default_factory=list[CocoRow])
    """To be written, in this order."""
    sizes: Mapping[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    """(height, width) of the images that were looked at, by their ids in the project."""
    report: Report = field(default_factory=lambda: Report("Imported"))


class ImportPreparation:
    """All that can be done with the records of a file without the database: it runs on a thread of its own."""

    def __init__(self, project: Project, source: CocoSource) -> None:
        self._source = source
        self._targets = Targets(project, source.images)

    @property
    def images_found(self) -> int:
        """How many images of the project the file means."""
        return self._targets.count

    def batches(self) -> Generator[Batch]:
        """Yields what became of the records, as many at once as pay, fewer where they are slow."""
        work = self._work()
        while True:
            batch = Batch()
            drafts = self._prepared(batch, some(work))
            if not batch.count:
                return
            yield from self._with_masks(batch, drafts)

    def _work(self) -> Iterator[tuple[_Kind, Raw]]:
        """Each record of the file and of which list it is, in an order in which all that is referred to comes first."""
        for raw in self._source.categories:
            yield "category", raw
        for raw in self._source.images:
            yield "image", raw
        for raw in self._source.annotations:
            yield "annotation", raw

    def _prepared(self, batch: Batch, work: Iterator[tuple[_Kind, Raw]]) -> list[ImportDraft]:
        """The drafts; all else goes into the batch."""
        drafts: list[ImportDraft] = []
        letters = 0
        for kind, raw in work:
            batch.count += 1
            if kind == "annotation":
                draft = self._draft(raw, batch.report)
                if draft is not None:
                    drafts.append(draft)
                    letters += len(draft.counts)
                    if letters > _MOST_LETTERS:
                        break
            else:
                row = self._row(kind, raw, batch.report)
                if row is not None:
                    batch.rows.append(row)
        batch.sizes = self._targets.sizes_read()
        return drafts

    def _row(self, kind: _Kind, raw: Raw, report: Report) -> Class | ImageRecord | None:
        """What a category or image becomes; None when it says nothing new, or is left out and noted."""
        try:
            return Class(record(raw)) if kind == "category" else self._image(raw)
        except Problem as problem:
            report.warn(str(problem))
            return None

    def _image(self, raw: Raw) -> ImageRecord | None:
        """Keeps what the file says of an image, its id among it: the project has an id of its own for it. None when
        that is nothing new."""
        item = record(raw)
        found = self._targets.find(item)
        with_keys = with_listed_keys(found, item)
        return None if with_keys is found else with_keys

    def _draft(self, raw: Raw, report: Report) -> ImportDraft | None:
        """What an annotation becomes; None when it is left out, which the report then tells."""
        try:
            plain = _PLAIN.decode(raw)
        except UNDECODABLE:
            return self._unusual_draft(raw, report)
        target = self._target(plain.image_id, report)
        if target is None:
            return None
        its = plain.segmentation
        counts = its.counts if its.size == target.size else ""
        return ImportDraft(
            plain.id, plain.id, target, plain.category_id, plain.iscrowd == 1, counts, its, plain.bbox, plain.area
        )

    def _unusual_draft(self, raw: Raw, report: Report) -> ImportDraft | None:
        try:
            item = record(raw)
        except Problem as problem:
            report.leave_out(str(problem))
            return None
        target = self._target(key_of(item, "image_id"), report)
        if target is None:
            return None
        its = item.get("segmentation")
        category, iscrowd = key_of(item, "category_id"), values.is_set(item.get("iscrowd"))
        counts = counts_of(its, target.size)
        bbox = tuple(items_in(item.get("bbox")))
        return ImportDraft(
            key_of(item, "id"), row_id(item), target, category, iscrowd, counts, its, bbox, item.get("area"), item
        )

    def _target(self, image_key: CocoKey, report: Report) -> ImportTarget | None:
        target = self._targets.target(image_key, report.warn)
        report.skipped += target is None
        report.nowhere += target is None and self._targets.is_absent(image_key)
        return target

    def _with_masks(self, batch: Batch, drafts: list[ImportDraft]) -> Iterator[Batch]:
        """The batch, in several when masks take long."""
        quick = plain_masks([draft.counts for draft in drafts], [draft.target.size for draft in drafts])
        patience = BatchSize()
        for done, (draft, plain) in enumerate(zip(drafts, quick, strict=True)):
            if plain is None and patience.is_over:
                left = len(drafts) - done
                batch.count -= left
                yield batch
                batch, patience = Batch(left), BatchSize()
            try:
                mask = plain or _slow_mask(draft, batch.report)
                if draft.item is not None:
                    draft.geometry = bounded(source_geometry(draft.item, mask), _note_of(draft, batch.report))
            except Problem as problem:
                batch.report.leave_out(f"{draft.place}: {problem}", problem)
                continue
            if not mask.area:
                batch.report.warn(say("{place}: its mask is empty.", place=draft.place))
            elif told := _contradiction(draft, mask):
                batch.report.warn(f"{draft.place}: {told}")
            batch.rows.append((draft, mask))
        yield batch


def _contradiction(draft: ImportDraft, mask: Mask) -> str:
    if draft.bbox == mask.bbox and draft.area == mask.area:  # as nearly all
        return ""
    return contradiction(mask, draft.bbox, draft.area)


def _slow_mask(draft: ImportDraft, report: Report) -> Mask:
    """Returns the mask of a segmentation that is not written as ours are, or of the box where there is none. Problem
    when there is neither."""
    its = draft.segmentation
    if has_no_mask(its) and (box := box_of(draft.bbox, draft.area, draft.target.size)):
        return _box_mask(draft, box, report)
    segmentation = its.as_json if isinstance(its, _RunLength) else its
    return mask_of(segmentation, draft.target.size, _note_of(draft, report))


def _box_mask(draft: ImportDraft, box: tuple[Corners, str], report: Report) -> Mask:
    corners, told = box
    mask = box_mask(*corners, size=draft.target.size)
    report.remark(BOX_ALONE, draft.target.record.path)
    if told:
        report.remark(told, draft.target.record.path)
    return mask


def _note_of(draft: ImportDraft, report: Report) -> Callable[[str], None]:
    """Makes what notes sentences on an annotation."""
    return lambda sentence: report.warn(f"{draft.place}: {sentence}")
