"""COCO into a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from app.formats.coco.preparation import KNOWN, Class, CocoRow, ImportDraft, ImportPreparation
from app.formats.kit import values
from app.formats.kit.batch_size import Pace
from app.formats.kit.class_numbers import note_other_numbers
from app.formats.kit.coco.numbers import double_category, nameless_category, numbered_class, unlisted_category
from app.formats.kit.coco.source import OTHER_ID, CocoKey, class_names, key_of, reading_source, row_id
from app.formats.kit.encodings import in_utf8
from app.formats.kit.extension_keys import keep_file_keys, with_class_keys, with_object_keys
from app.formats.kit.imported_classes import ImportedClasses
from app.formats.kit.importing import put_image, says_else, tell_kept
from app.formats.kit.prefetch import prefetch
from app.formats.kit.present import Present
from app.formats.kit.report import Report, Steps, several_classes
from app.formats.kit.values import ClassNames
from app.masks.rle import Mask
from app.project.history.journal import Step
from app.project.records import Annotation, Category, ImageRecord, Json
from app.project.store import Project
from app.text import say


def import_coco(project: Project, file: Path) -> Steps:
    """Adds classes and annotations to the images the project has, as one undoable step in many small transactions; what
    was committed before a cancel stays and is undone in one go. Problem when the file is not COCO."""
    with in_utf8(file) as readable:
        return (yield from _imported(project, readable))


def _imported(project: Project, file: Path) -> Steps:
    report = Report("Imported")
    source = yield from reading_source(file, report.warn)
    preparation, importer = ImportPreparation(project, source), _Importer(project, report, class_names(source))
    pace = Pace()
    total = len(source.images) + len(source.categories) + len(source.annotations)
    done, step_id = 0, None
    yield done, total
    with project.steps.in_bulk(), prefetch(preparation.batches()) as batches:
        for batch in batches:
            if batch is None:  # not yet; whoever steps us has other things to do too
                yield done, total
                continue
            report.join(batch.report)
            project.image_table.note_sizes(batch.sizes)
            rows = iter(batch.rows)
            while part := list(islice(rows, pace.size)):
                with pace.kept(), project.step(say("Import COCO"), into=step_id) as step:
                    importer.write(step, part)
                step_id = step.id or step_id
                yield done, total
            done += batch.count
            yield done, total
        importer.finish(source.rest)
    report.images = preparation.images_found
    return report


class _Importer:
    """The ids of the file and what they became."""

    def __init__(self, project: Project, report: Report, names: Iterable[str]) -> None:
        self._project = project
        self._report = report
        self._classes = ImportedClasses(project, report)
        # of objects and classes that are gone: whoever brings them back gives them these again
        self._gone_objects = project.history.gone_ids("annotation")
        self._gone_classes = project.history.gone_ids("category")
        self._names = ClassNames((category.name for category in project.categories()), names)
        self._categories: dict[CocoKey, Category] = {}
        """As the file has them."""
        self._present = Present(project)
        """Answers for objects of the file that have no id of their own in the project."""
        self._renumbered = 0
        self._kept = 0

    def write(self, step: Step, rows: Sequence[CocoRow]) -> None:
        annotations: list[tuple[ImportDraft, Annotation]] = []
        for row in rows:
            if isinstance(row, Class):
                self._add_category(step, row.item)
            elif isinstance(row, ImageRecord):
                put_image(step, row)
            else:
                annotations.append((row[0], self._annotation(step, *row)))
        self._add_annotations(step, annotations)

    def finish(self, rest: Json) -> None:
        """Ends the import: keeps what the file says of itself and counts the classes. rest: what the file has beside
        its lists."""
        keep_file_keys(self._project, rest)
        if self._renumbered:
            self._report.warn(
                say(
                    "Objects that got new ids because theirs were taken, or are those of objects that were deleted: "
                    "{renumbered}.",
                    renumbered=self._renumbered,
                )
            )
        tell_kept(self._report, self._kept)
        self._report.categories = len({category.name for category in self._categories.values()})

    # --- categories ----------------------------------------------------------------------------------------------

    def _add_category(self, step: Step, item: Json) -> None:
        key, told = key_of(item, "id"), values.name(item.get("name"))
        name = f"category {key}" if told is None else self._names.of(told)
        if told is None:
            self._report.warn(nameless_category(name))
        category = Category(row_id(item), name, "")
        if key in self._categories and self._categories[key].name != name:
            self._report.warn(double_category(name, key))
        is_merged = any(each.name == name for each in self._categories.values())
        if is_merged:
            self._report.warn(several_classes(name))
        category = with_class_keys(category, item, "id", "name", "supercategory")
        category = numbered_class(category, key, self._report.warn)
        existing = None if is_merged else self._classes.find(step, name)
        if existing is not None:
            note_other_numbers(self._report, existing, category)
        self._note(step, key, category)

    def _note(self, step: Step, key: CocoKey, category: Category) -> None:
        """The project's category of that name gets what the file knows, or a new one the file's id if that is free."""
        is_free = category.id not in self._gone_classes
        self._categories[key] = category if is_free else replace(category, id=0)
        self._classes.merge(step, self._categories[key])

    def _category_id(self, step: Step, key: CocoKey) -> int | None:
        if key is None:
            return None
        if key not in self._categories:
            name = f"category {key}"
            self._report.warn(unlisted_category(name, key))
            category = Category(row_id({"id": key}), name, "")
            self._note(step, key, numbered_class(category, key, self._report.warn))
        category = self._categories[key]
        found = self._classes.find(step, category.name)
        if found is None:  # deleted meanwhile; whoever undoes that brings its id back
            found = self._classes.merge(step, replace(category, id=0))
        return found.id

    # --- annotations ---------------------------------------------------------------------------------------------

    def _annotation(self, step: Step, draft: ImportDraft, mask: Mask) -> Annotation:
        category_id = self._category_id(step, draft.category)
        annotation = Annotation(draft.row_id, draft.target.record.id, category_id, mask, draft.iscrowd)
        if draft.item is None:  # as nearly all
            return annotation
        annotation = replace(annotation, geometry=draft.geometry)
        return with_object_keys(annotation, draft.item, *KNOWN) if draft.has_own_keys else annotation

    def _add_annotations(self, step: Step, annotations: Sequence[tuple[ImportDraft, Annotation]]) -> None:
        there = {
            each.id: each
            for each in self._project.annotation_table.with_ids(each.id for _, each in annotations if each.id)
        }
        new: list[Annotation] = []
        for draft, annotation in annotations:
            known = there.get(annotation.id)
            if known is None and annotation.id and annotation.id not in self._gone_objects:
                there[annotation.id] = annotation
                new.append(annotation)
            elif (same := self._answering(known, annotation)) is not None:
                self._kept += says_else(annotation, same)
                self._report.unchanged += 1
            else:
                self._note_new_id(draft)
                new.append(replace(annotation, id=0))
        step.add_all(new)
        self._report.annotations += len(new)

    def _answering(self, known: Annotation | None, annotation: Annotation) -> Annotation | None:
        """The object of the project that is this one of the file already. known: the one of that id."""
        return known if known is not None and _is_same(known, annotation) else self._present.take(annotation)

    def _note_new_id(self, draft: ImportDraft) -> None:
        if draft.row_id:
            self._renumbered += 1
        elif draft.key is not None:
            self._report.remark(OTHER_ID, draft.place)


def _is_same(one: Annotation, other: Annotation) -> bool:
    return (one.image_id, one.category_id, one.mask) == (other.image_id, other.category_id, other.mask)
