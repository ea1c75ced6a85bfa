"""COCO into a project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from pathlib import Path
from typing import TypeAlias

from msgspec import Raw

from app.formats.base import Report, Steps
from app.formats.coco.segmentation import mask_of, plain_masks_of
from app.formats.coco.source import Key, Source, key_of, reading_source, record, row_id
from app.formats.coco.targets import Targets
from app.formats.importing import Target
from app.formats.own import FILE_KEYS, with_class_keys, with_image_keys, with_object_keys
from app.formats.pace import Pace
from app.masks.rle import Mask
from app.problem import Problem
from app.project.journal import Step
from app.project.palette import color_of
from app.project.records import Annotation, Category, ImageRecord, Json
from app.project.store import Project

_KNOWN = ("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd")
"""Of an annotation."""
_ALL_KNOWN = frozenset(_KNOWN)


def import_coco(project: Project, file: Path) -> Steps:
    """Adds classes and annotations to the images the project has, as one undoable step in many small transactions; what
    was committed before a cancel stays and is undone in one go. Problem when the file is not COCO."""
    report = Report("Imported")
    source = yield from reading_source(file, report.note)
    importer = _Importer(project, source, report)
    work, pace = importer.work(), Pace()
    total = len(source.images) + len(source.categories) + len(source.annotations)
    done, step_id = 0, None
    yield done, total
    with project.synced_at_the_end():
        while (batch := importer.prepared(pace.some(work))).count:
            with pace.kept(), project.step("Import COCO", into=step_id) as step:
                importer.write(step, batch)
            step_id = step.id or step_id
            done += batch.count
            yield done, total
        importer.finish()
    return report


@dataclass(frozen=True)
class _Draft:
    """An annotation of the file, before its class has an id."""

    item: Json
    target: Target

    @property
    def place(self) -> str:
        """For the report."""
        return f"{self.target.record.path}, object {key_of(self.item, 'id')}"


@dataclass
class _Batch:
    """What can be made of some records before the project is locked to write them."""

    count: int = 0
    categories: list[Json] = field(default_factory=list[Json])
    images: list[ImageRecord] = field(default_factory=list[ImageRecord])
    drafts: list[_Draft] = field(default_factory=list[_Draft])
    masks: list[tuple[_Draft, Mask]] = field(default_factory=list[tuple[_Draft, Mask]])


_Taker: TypeAlias = Callable[[_Batch, Json], None]


class _Importer:
    """The ids of the file and what they became."""

    def __init__(self, project: Project, source: Source, report: Report) -> None:
        self._project = project
        self._source = source
        self._report = report
        self._targets = Targets(project, source.images, report)
        self._by_name = {category.name: category for category in project.categories()}
        self._categories: dict[Key, Category] = {}
        self._renumbered = 0

    def work(self) -> Iterator[tuple[_Taker, Raw]]:
        """What is to be done with each record of the file, in an order in which all that is referred to comes first."""
        return chain(
            zip(repeat(self._take_category), self._source.categories),
            zip(repeat(self._take_image), self._source.images),
            zip(repeat(self._take_annotation), self._source.annotations),
        )  # fmt: skip

    def prepared(self, work: Iterable[tuple[_Taker, Raw]]) -> _Batch:
        """Nothing is written yet."""
        batch = _Batch()
        for take, raw in work:
            batch.count += 1
            try:
                take(batch, record(raw))
            except Problem as problem:
                self._lost(take, str(problem))
        self._make_masks(batch)
        return batch

    def _lost(self, take: _Taker, sentence: str) -> None:
        if take == self._take_annotation:
            self._report.skip(sentence)
        else:
            self._report.note(sentence)

    def write(self, step: Step, batch: _Batch) -> None:
        for item in batch.categories:
            self._add_category(step, item)
        self._targets.note_sizes()
        for image in batch.images:
            step.put(image)
        self._add_annotations(step, [self._annotation(step, draft, mask) for draft, mask in batch.masks])

    def finish(self) -> None:
        if self._source.rest:
            kept = self._project.setting(FILE_KEYS, {})
            self._project.set_setting(FILE_KEYS, {**kept, **self._source.rest})
        if self._renumbered:
            self._report.note(f"Objects that got new ids because theirs were taken: {self._renumbered}.")
        self._report.images = self._targets.count
        self._report.categories = len({category.id for category in self._categories.values()})

    # --- categories ----------------------------------------------------------------------------------------------

    def _take_category(self, batch: _Batch, item: Json) -> None:
        batch.categories.append(item)

    def _add_category(self, step: Step, item: Json) -> None:
        key, name = key_of(item, "id"), item.get("name")
        if not isinstance(name, str) or not name.strip():
            name = f"category {key}"
            self._report.note(f"A category of the file has no name; it is called {name}.")
        category = Category(row_id(item), name, "")
        if any(each.name == name for each in self._categories.values()):
            self._report.note_merged(name)
        self._categories[key] = self._merged(step, with_class_keys(category, item, "id", "name", "supercategory"))

    def _merged(self, step: Step, category: Category) -> Category:
        """The project's category of that name, or a new one with the id of the file if that is free."""
        existing = self._by_name.get(category.name)
        if existing is None:
            taken = {each.id for each in self._by_name.values()}
            new_id = 0 if category.id in taken else category.id
            merged = step.add(replace(category, id=new_id, color=category.color or color_of(len(taken))))
        else:
            supercategory = existing.supercategory or category.supercategory
            merged = replace(existing, supercategory=supercategory, extra={**category.extra, **existing.extra})
            step.put(merged)
        self._by_name[merged.name] = merged
        return merged

    def _category_id(self, step: Step, item: Json) -> int | None:
        key = key_of(item, "category_id")
        if key is None:
            return None
        if key not in self._categories:
            name = f"category {key}"
            self._report.note(f"The file has no category {key}; its objects get the class {name}.")
            self._categories[key] = self._merged(step, Category(row_id({"id": key}), name, ""))
        return self._categories[key].id

    # --- images --------------------------------------------------------------------------------------------------

    def _take_image(self, batch: _Batch, item: Json) -> None:
        """Keeps what the file says of an image, its id among it: the project has an id of its own for it."""
        found = self._targets.find(item)
        with_keys = with_image_keys(found, item, "id", "file_name", "width", "height")
        if isinstance(item.get("id"), int) and item["id"] != found.id:
            with_keys.extra["id"] = item["id"]
        batch.images.append(with_keys)

    # --- annotations ---------------------------------------------------------------------------------------------

    def _take_annotation(self, batch: _Batch, item: Json) -> None:
        target = self._targets.target(key_of(item, "image_id"))
        if target is None:
            self._report.skipped += 1
            return
        batch.drafts.append(_Draft(item, target))

    def _make_masks(self, batch: _Batch) -> None:
        segmentations = [draft.item.get("segmentation") for draft in batch.drafts]
        quick = plain_masks_of(segmentations, [draft.target.size for draft in batch.drafts])
        for draft, segmentation, plain in zip(batch.drafts, segmentations, quick, strict=True):
            try:
                mask = plain or mask_of(segmentation, draft.target.size, self._note_of(draft))
            except Problem as problem:
                self._report.skip(f"{draft.place}: {problem}")
                continue
            if not mask.area:
                self._report.note(f"{draft.place}: its mask is empty.")
            batch.masks.append((draft, mask))

    def _note_of(self, draft: _Draft) -> Callable[[str], None]:
        return lambda sentence: self._report.note(f"{draft.place}: {sentence}")

    def _annotation(self, step: Step, draft: _Draft, mask: Mask) -> Annotation:
        item = draft.item
        category_id, iscrowd = self._category_id(step, item), item.get("iscrowd") == 1
        annotation = Annotation(row_id(item), draft.target.record.id, category_id, mask, iscrowd)
        return annotation if item.keys() <= _ALL_KNOWN else with_object_keys(annotation, item, *_KNOWN)

    def _add_annotations(self, step: Step, annotations: list[Annotation]) -> None:
        there = {each.id: each for each in self._project.annotations_with(each.id for each in annotations if each.id)}
        new: list[Annotation] = []
        for annotation in annotations:
            known = there.get(annotation.id)
            if known is None:
                new.append(annotation)
            elif _is_same(known, annotation):
                self._report.unchanged += 1
                continue
            else:
                self._renumbered += 1
                new.append(replace(annotation, id=0))
            if annotation.id:
                there.setdefault(annotation.id, annotation)
        step.add_all(new)
        self._report.annotations += len(new)


def _is_same(one: Annotation, other: Annotation) -> bool:
    return (one.image_id, one.category_id, one.mask) == (other.image_id, other.category_id, other.mask)
