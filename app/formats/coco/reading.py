"""COCO into a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat
from pathlib import Path
from typing import TypeAlias

from msgspec import Raw

from app.formats.base import Report, Steps
from app.formats.coco.segmentation import mask_of
from app.formats.coco.source import Source, key_of, read_source, record, row_id
from app.formats.matching import ImageFinder
from app.formats.own import FILE_KEYS, with_class_keys, with_image_keys, with_object_keys
from app.problem import Problem
from app.project.images import image_size
from app.project.journal import Step
from app.project.palette import color_of
from app.project.records import Annotation, Category, ImageRecord, Json
from app.project.store import Project

_BATCH = 20
"""Records of one transaction. A mask accepted meanwhile waits for it: 4 ms (median), with 200 records 44 ms; the import
takes a third longer."""
_KNOWN = ("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd")
"""Of an annotation."""
_Size: TypeAlias = tuple[int, int]
_Key: TypeAlias = int | float | str | None


def import_coco(project: Project, file: Path) -> Steps:
    """Adds classes and annotations to the images the project has, as one undoable step in many small transactions; what
    was committed before a cancel stays and is undone in one go. Problem when the file is not COCO."""
    report = Report("Imported")
    source = read_source(file, report.note)
    importer = _Importer(project, source, report)
    work = importer.work()
    total = len(source.images) + len(source.categories) + len(source.annotations)
    done, step_id = 0, None
    yield done, total
    while batch := list(islice(work, _BATCH)):
        with project.step("Import COCO", into=step_id) as step:
            for add, raw in batch:
                add(step, raw)
        step_id = step.id or step_id
        done += len(batch)
        yield done, total
    importer.finish()
    return report


@dataclass(frozen=True)
class _Listed:
    """An entry of the file's images."""

    file_name: str
    size: _Size | None
    """(height, width) as the file has it."""


@dataclass(frozen=True)
class _Target:
    """An image of the project that annotations can be laid on."""

    record: ImageRecord
    size: _Size


class _Importer:
    """The ids of the file and what they became."""

    def __init__(self, project: Project, source: Source, report: Report) -> None:
        self._project = project
        self._source = source
        self._report = report
        self._listed = dict(_listed(source))
        self._finder = ImageFinder(project.images(), (entry.file_name for entry in self._listed.values()))
        self._found: dict[_Key, ImageRecord] = {}
        self._targets: dict[_Key, _Target | None] = {}
        self._by_name = {category.name: category for category in project.categories()}
        self._categories: dict[_Key, Category] = {}
        self._renumbered = 0

    def work(self) -> Iterator[tuple[Callable[[Step, Raw], None], Raw]]:
        """What is to be done with each record of the file, in an order in which all that is referred to comes first."""
        return chain(
            zip(repeat(self._add_category), self._source.categories),
            zip(repeat(self._add_image), self._source.images),
            zip(repeat(self._add_annotation), self._source.annotations),
        )  # fmt: skip

    def finish(self) -> None:
        if self._source.rest:
            kept = self._project.setting(FILE_KEYS, {})
            self._project.set_setting(FILE_KEYS, {**kept, **self._source.rest})
        if self._renumbered:
            self._report.note(f"Objects that got new ids because theirs were taken: {self._renumbered}.")
        self._report.images = len({found.id for found in self._found.values()})
        self._report.categories = len({category.id for category in self._categories.values()})

    # --- categories ----------------------------------------------------------------------------------------------

    def _add_category(self, step: Step, raw: Raw) -> None:
        try:
            item = record(raw)
        except Problem as problem:
            self._report.note(str(problem))
            return
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

    def _add_image(self, step: Step, raw: Raw) -> None:
        """Keeps what the file says of an image, its id among it: the project has an id of its own for it."""
        try:
            item = record(raw)
            found = self._finder.find(_file_name(item))
        except Problem as problem:
            self._report.note(str(problem))
            return
        self._found[key_of(item, "id")] = found
        with_keys = with_image_keys(found, item, "id", "file_name", "width", "height")
        if isinstance(item.get("id"), int) and item["id"] != found.id:
            with_keys.extra["id"] = item["id"]
        step.put(with_keys)

    def _target(self, key: _Key) -> _Target | None:
        """None when nothing can be laid on that image; the report knows why."""
        if key not in self._targets:
            try:
                self._targets[key] = self._checked_target(key)
            except Problem as problem:
                self._targets[key] = None
                self._report.note(str(problem))
        return self._targets[key]

    def _checked_target(self, key: _Key) -> _Target | None:
        listed, found = self._listed.get(key), self._found.get(key)
        if listed is None:
            raise Problem(f"The file has objects on an image {key}, which it does not list.")
        if found is None:
            return None  # said when the image was looked for
        size = self._size(found) or listed.size
        if size is None:
            raise Problem(f"{found.path}: its size is not known, so that no mask can be laid on it.")
        if listed.size not in (None, size):
            raise Problem(f"{found.path} has {_sized(size)} pixels, but the file was made for {_sized(listed.size)}.")
        return _Target(found, size)

    def _size(self, found: ImageRecord) -> _Size | None:
        """(height, width) of the image as it is; None when it cannot be read."""
        try:
            width, height = image_size(self._project.image_path(found))
        except Problem:
            return (found.height, found.width) if found.height and found.width else None
        self._project.note_image(found.id, width=width, height=height)
        return height, width

    # --- annotations ---------------------------------------------------------------------------------------------

    def _add_annotation(self, step: Step, raw: Raw) -> None:
        try:
            item = record(raw)
        except Problem as problem:
            self._report.skip(str(problem))
            return
        target = self._target(key_of(item, "image_id"))
        if target is None:
            self._report.skipped += 1
            return
        place = f"{target.record.path}, object {key_of(item, 'id')}"
        try:
            mask = mask_of(item.get("segmentation"), target.size, lambda s: self._report.note(f"{place}: {s}"))
        except Problem as problem:
            self._report.skip(f"{place}: {problem}")
            return
        if not mask.area:
            self._report.note(f"{place}: its mask is empty.")
        annotation = Annotation(row_id(item), target.record.id, self._category_id(step, item), mask)
        self._add(step, with_object_keys(annotation, item, *_KNOWN))

    def _add(self, step: Step, annotation: Annotation) -> None:
        there = self._project.annotation(annotation.id) if annotation.id else None
        if there is not None and _is_same(there, annotation):
            self._report.unchanged += 1
            return
        if there is not None:
            annotation = replace(annotation, id=0)
            self._renumbered += 1
        step.add(annotation)
        self._report.annotations += 1


def _is_same(one: Annotation, other: Annotation) -> bool:
    return (one.image_id, one.category_id, one.mask) == (other.image_id, other.category_id, other.mask)


def _listed(source: Source) -> Iterator[tuple[_Key, _Listed]]:
    for raw in source.images:
        try:
            item = record(raw)
            yield key_of(item, "id"), _Listed(_file_name(item), _size_of(item))
        except Problem:
            continue  # said when the image is added


def _file_name(item: Json) -> str:
    name = item.get("file_name")
    if not isinstance(name, str) or not name:
        raise Problem(f"Image {key_of(item, 'id')} of the file has no file name.")
    return name


def _size_of(item: Json) -> _Size | None:
    height, width = item.get("height"), item.get("width")
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _sized(size: _Size | None) -> str:
    return f"{size[1]} x {size[0]}" if size else "unknown"
