"""Reads and writes Cityscapes, a folder with four files for each image.

They are *_gtFine_labelIds.png, *_gtFine_instanceIds.png (16 bits: the number of the label, or that times 1000 and the
number of the object), *_gtFine_color.png and *_gtFine_polygons.json. https://github.com/mcordts/cityscapesScripts (its
helpers/labels.py)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np

from app.formats.kit import values
from app.formats.kit.bridges import inset_ring
from app.formats.kit.class_numbers import Numbering, by_number, choose, numbered
from app.formats.kit.exporting import ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.extension_keys import beside, class_keys, telling, with_class_keys
from app.formats.kit.fields import UNUSED, all_fields
from app.formats.kit.files import below, files_below, items_under, object_of, objects_in, read_object, read_text
from app.formats.kit.filling import DETAIL, Tracing, by_pillow, tolerance_of
from app.formats.kit.format import PART, Format
from app.formats.kit.glance import JsonGlance, first_files, json_glance
from app.formats.kit.importing import (
    FolderReader,
    ImportedObject,
    ImportTarget,
    Item,
    Reading,
    make_category,
    make_target,
)
from app.formats.kit.matching import FileFinder
from app.formats.kit.pixels import NUMBERS, VOID, Flat, encode_png, flatten, read_png, regions, renumber, without_void
from app.formats.kit.polygons import points_in, polygon_mask
from app.formats.kit.report import Report, Steps
from app.formats.kit.values import size_in
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category, Json
from app.project.respelled import one_spelling
from app.project.store import Project
from app.text import say

_NAMES = (
    "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road", "sidewalk",
    "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole", "polegroup",
    "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus",
    "caravan", "trailer", "train", "motorcycle", "bicycle",
)  # fmt: skip
_LABELS = {name: number for number, name in enumerate(_NAMES)}
_STUFF = frozenset(range(1, 24))
"""Labels whose objects have no numbers of their own."""
_NOTHING = frozenset({0, 65535})
_FIRST_OWN, _LAST_OWN = 34, 64
"""Labels of classes that Cityscapes does not have. 65 times 1000 and 999 is more than 16 bits hold."""
_NUMBERS = Numbering("cityscapes", 1, _LAST_OWN, new_from=_FIRST_OWN, usual=lambda category: _LABELS.get(category.name))
_PER_LABEL = 1000
_OURS = "labels.json"
_COLORS = "label_colors.txt"
"""CVAT's and datumaro's list of the labels in order: red green blue name, or the name alone."""
_COLORED = re.compile(r"(?:(\d{1,3} \d{1,3} \d{1,3}) )?(.*)")
_HOLDS = all_fields(of="class")
_ENDS = ("_instanceIds.png", "_labelIds.png", "_polygons.json")
"""Of the file that is read of an image, the best first: the maps are what is measured by."""
_POLYGONS = _ENDS[2]
_GROUPED = range(24, 34)
"""Labels of things one by one: without a number of its own such a label in instanceIds is a group, which nobody told
apart."""
_GROUP = "group"
"""Behind a label (cargroup): a crowd of such."""
_SUFFIXES = ("_gtFine", "_gtCoarse")
_IMAGE = "_leftImg8bit"


# --- import ----------------------------------------------------------------------------------------------------------


def import_cityscapes(project: Project, folder: Path) -> Steps:
    """Reads instanceIds, or labelIds where there are none, else the polygons. Problem when there is nothing."""
    report = Report("Imported")
    files = _files(folder, report)
    if not files and not (folder / _OURS).is_file():
        raise report.refusal(
            say(
                "{folder}: this is not a Cityscapes folder: it has no files that end with {ends_1}.",
                folder=folder.name,
                ends_1=_ENDS[0],
            )
        )
    ours = _ours(folder, report)
    names = {number: name for number, name in enumerate(_listed(folder)) if name.strip()}
    known = {number: numbered(make_category(name), _NUMBERS.kind, number) for number, name in names.items()} | ours
    reader = _Reader(project, folder, report, FileFinder(project.images(), files, _images), known)
    reading = Reading(project, report, "Cityscapes", len(files))
    return (yield from reading.steps(enumerate(files.items(), 1), reader.items, ours.values()))


def _seems(path: Path) -> float:
    ends = tuple(end.lower() for end in _ENDS)
    if not path.is_dir():
        return PART if path.name.lower().endswith(ends) else 0.0
    if first_files(path, *ends[:2], most=1):
        return 1.0
    if any(seen.keys_in("objects") >= {"label", "polygon"} for seen in _glances(path)):
        return 0.9
    ours = json_glance(path / _OURS)
    return 0.6 if ours is not None and ours.has_list("labels") else 0.0


def _glances(path: Path) -> Iterator[JsonGlance]:
    for file in first_files(path, _POLYGONS.lower()):
        if (seen := json_glance(file)) is not None:
            yield seen


def _files(folder: Path, report: Report) -> dict[str, str]:
    """Returns the file that is read of each image, by its stem. Where there are two sets of files about one image, fine
    and coarse, the other one is told."""
    listed = files_below(folder, *map(str.lower, _ENDS), report=report)
    by_rank = [file for end in reversed(_ENDS) for file in listed if file.lower().endswith(end.lower())]
    files = {_stem(file): file for file in by_rank}
    best = {_without_end(file): file for file in by_rank}
    for start, file in best.items():
        taken = files[_stem(file)]
        if start != _without_end(taken):
            report.leave_out(
                say("{file}: {taken} is about the same image and is read instead.", file=file, taken=taken), of="file"
            )
    return files


def _stem(file: str) -> str:
    start = _without_end(file)
    suffix = next((suffix for suffix in _SUFFIXES if start.endswith(suffix)), "")
    return start.removesuffix(suffix)


def _without_end(file: str) -> str:
    for end in _ENDS:
        file = file[: -len(end)] if file.lower().endswith(end.lower()) else file
    return file


def _ours(folder: Path, report: Report) -> dict[int, Category]:
    """The classes that an export of ours tells of, by the numbers of their labels."""
    if not (folder / _OURS).is_file():
        return {}
    labels = (
        (number, with_class_keys(make_category(name), item, "id", "name"))
        for item in objects_in(read_object(below(folder, _OURS)).get("labels"))
        if (number := values.whole(item.get("id"))) is not None and (name := values.name(item.get("name")))
    )
    return by_number(labels, _NUMBERS.kind, report)


def _listed(folder: Path) -> Sequence[str]:
    """The names of the labels in order: those of CVAT's list, else of Cityscapes."""
    return _colored_names(read_text(below(folder, _COLORS))) if (folder / _COLORS).is_file() else _NAMES


def _colored_names(text: str) -> list[str]:
    """The first is what is nothing: it is black, or called background, or left out."""
    lines = [line.strip() for line in text.split("\n")]
    found = [match.groups() for line in lines if line and not line.startswith("#") and (match := _COLORED.match(line))]
    nothing = next((n for n, (color, _) in enumerate(found) if color == "0 0 0"), None)
    names = [name for _, name in found]
    if nothing is None and "background" in names:
        nothing = names.index("background")
    return ["background", *names] if nothing is None else [names.pop(nothing), *names]


class _Reader(FolderReader):
    def __init__(
        self, project: Project, folder: Path, report: Report, finder: FileFinder, known: dict[int, Category]
    ) -> None:
        super().__init__(project, folder, report, finder)
        self._known = known
        """The classes by the numbers of their labels."""
        self._has_groups = not (folder / _COLORS).is_file()  # else numbers mean what that list says

    def items(self, entry: tuple[str, str]) -> Iterator[Item]:
        stem, file = entry
        if file.lower().endswith(_POLYGONS):
            yield from self._drawn(stem, file)
            return
        image = make_target(self._project, self._finder.find(stem))
        index = read_png(below(self._folder, file), image.size, modes=NUMBERS)
        numbered = ((number, region) for number, region in regions(index) if number not in _NOTHING)
        found = ((VOID if _label(number) == VOID else number, region) for number, region in numbered)
        for number, region in without_void(found, file, self._report, known=self._known):
            is_group = self._has_groups and file.lower().endswith(_ENDS[0].lower()) and number in _GROUPED
            row = Annotation(0, image.record.id, None, Mask.from_region(region), is_group)
            yield ImportedObject(self._class(_label(number)), row)

    def _drawn(self, stem: str, file: str) -> Iterator[Item]:
        content = read_object(below(self._folder, file))
        size = size_in(content, height="imgHeight", width="imgWidth")
        image = make_target(self._project, self._finder.find(stem), size)
        for number, item in enumerate(items_under(content, "objects", file), start=1):
            try:
                described = object_of(item)
                if described.get("deleted") not in (1, True):
                    yield self._polygon(image, described, number)
            except Problem as problem:
                self._report.leave_out(
                    say("{file}, object {number}: {problem}", file=file, number=number, problem=problem), problem
                )

    def _polygon(self, image: ImportTarget, item: Json, number: int) -> ImportedObject:
        """An object as it was drawn: those behind lie below."""
        label = values.name(item.get("label")) or ""
        name = label.removesuffix(_GROUP) if label not in _LABELS else label
        is_crowd = name != label and name in _LABELS
        category = make_category(name if is_crowd else label)
        if (known := _LABELS.get(category.name)) is not None:
            category = self._class(known)
        mask = polygon_mask(points_in(item.get("polygon")), image.size)
        return ImportedObject(category, Annotation(0, image.record.id, None, mask, is_crowd, z_order=number))

    def _class(self, label: int) -> Category:
        if label not in self._known:
            self._known[label] = numbered(make_category(f"label {label}"), _NUMBERS.kind, label)
        return self._known[label]


def _label(number: int) -> int:
    """The label of a number in instanceIds, or in labelIds."""
    return number // _PER_LABEL if number >= _PER_LABEL else number


def _images(stem: str) -> list[str]:
    """Where the image may lie: gtFine/train/aachen/x goes with leftImg8bit/train/aachen/x_leftImg8bit."""
    inside = PurePosixPath(*(part for part in PurePosixPath(stem).parts if part not in ("gtFine", "gtCoarse")))
    return [f"leftImg8bit/{inside}{_IMAGE}", f"{inside}{_IMAGE}", f"{stem}{_IMAGE}", stem]


# --- export ----------------------------------------------------------------------------------------------------------


def export_cityscapes(project: Project, folder: Path, *, detail: str = DETAIL.default) -> Steps:
    """Writes maps, in which objects lie one over the other: what is covered is lost. Objects of stuff (road, sky)
    become one an image. detail: of the polygons beside the maps, see DETAIL."""
    report = Report("Exported")
    album = ExportView(project, report, _HOLDS, has_maps=True)
    labels = choose(album.categories.values(), _NUMBERS, report)
    stuff = {c.id for c in album.categories.values() if _is_stuff(c, labels)}
    taken = {one_spelling(stem) for stem in album.stems.values()}
    used: set[int] = set()

    def write(part: Path, page: Page) -> None:
        used.update(each.category.id for each in page.objects)
        flat = flatten(_held(page, labels, stuff, report), report, at_most=_PER_LABEL * _LAST_OWN)
        of = [labels[each.category.id] for each in flat.objects]
        stem = f"{_short(page.stem, taken)}_gtFine"
        semantic = renumber(flat.index, of)
        make_parents(part / f"{stem}_labelIds.png").write_bytes(encode_png(semantic.astype(np.uint8)))
        instances = renumber(flat.index, _instances(flat.objects, labels, stuff)).astype(np.uint16)
        (part / f"{stem}_instanceIds.png").write_bytes(encode_png(instances))
        (part / f"{stem}_color.png").write_bytes(encode_png(_colors(flat)))
        (part / f"{stem}_polygons.json").write_bytes(msgspec.json.encode(_polygons(page, flat.objects, detail)))
        report.annotations += len(flat.objects)

    def finish(part: Path) -> None:
        held = [c for c in telling(album.categories.values()) if c.id in labels]
        listed = [beside({"id": labels[c.id], "name": c.name}, class_keys(c)) for c in held]
        (part / _OURS).write_bytes(msgspec.json.encode({"labels": listed}))
        report.categories = len(held)
        _tell_labels(album.categories.values(), labels, used, report)

    return export_folder(project, folder, album, write, finish)


def _tell_labels(
    categories: Iterable[Category], labels: Mapping[int, int], used: Collection[int], report: Report
) -> None:
    """Tells of classes that no label was left for, and of labels that Cityscapes does not have. used: the classes with
    objects, each of which is told where it has no label."""
    for category in categories:
        place, label = say("class {category}", category=category.name), labels.get(category.id)
        if label is None and category.id not in used:
            report.lose(UNUSED, place, "class")
        elif label is not None and label >= _FIRST_OWN and category.id in used:
            report.remark(say("its label is above 33; the scripts of Cityscapes do not know it."), place)


def _is_stuff(category: Category, labels: Mapping[int, int]) -> bool:
    """Whether its objects have no numbers of their own; a class of another name with that label is no stuff."""
    label = labels.get(category.id)
    return label in _STUFF and _NAMES[label] == category.name


def _short(stem: str, taken: Collection[str]) -> str:
    """Without the ending of the images of Cityscapes, where no other image is called so. taken: in one spelling."""
    short = stem.removesuffix(_IMAGE)
    return stem if one_spelling(short) in taken else short


def _held(page: Page, labels: Mapping[int, int], stuff: Collection[int], report: Report) -> Page:
    """Without the objects that there is no number for."""
    counts: Counter[int] = Counter()
    kept: list[LabelledObject] = []
    for each in page.objects:
        label = labels.get(each.category.id)
        counts[label or 0] += 1
        if label is None:
            report.leave_out(
                say("{place}: the format has no number left for the class.", place=page.place(each.annotation))
            )
        elif each.category.id not in stuff and counts[label] > _PER_LABEL:
            report.leave_out(
                say(
                    "{place}: the format holds {per_label} objects of a class an image.",
                    place=page.place(each.annotation),
                    per_label=_PER_LABEL,
                )
            )
        else:
            kept.append(each)
            if each.category.id in stuff and counts[label] > 1:
                report.lose("border to others of its class", page.place(each.annotation))
    return Page(page.record, page.size, page.stem, kept)


def _instances(objects: Sequence[LabelledObject], labels: Mapping[int, int], stuff: Collection[int]) -> list[int]:
    counts: Counter[int] = Counter()
    numbers: list[int] = []
    for each in objects:
        label = labels[each.category.id]
        numbers.append(label if each.category.id in stuff else label * _PER_LABEL + counts[label])
        counts[label] += 1
    return numbers


def _colors(flat: Flat) -> np.ndarray:
    """Returns an image of the objects in the colours of their classes: (H, W, 3) uint8."""
    colors = [(0, 0, 0), *(_rgb(each.category.color) for each in flat.objects)]
    return np.array(colors, np.uint8)[flat.index]


def _rgb(color: str) -> tuple[int, int, int]:
    try:
        red, green, blue = bytes.fromhex(color.removeprefix("#"))
    except ValueError:
        return 128, 128, 128
    return red, green, blue


def _polygons(page: Page, objects: list[LabelledObject], detail: str) -> Json:
    """One ring an object, in the order they are painted; holes and parts by bridges."""
    height, width = page.size
    tolerance = tolerance_of(detail)
    rings = (inset_ring(each.annotation.mask, tolerance)[0].tolist() for each in objects)
    listed = [{"label": each.category.name, "polygon": ring} for each, ring in zip(objects, rings, strict=True)]
    return {"imgHeight": height, "imgWidth": width, "objects": listed}


FORMAT = Format(
    "cityscapes",
    "Cityscapes",
    import_cityscapes,
    export_cityscapes,
    seems=_seems,
    holds=_HOLDS,
    options=(DETAIL,),
    tracing=Tracing(inset_ring, by_pillow, "cityscapesScripts"),
    limits=(
        say("what others cover"),
        say("borders between objects of stuff (road, sky)"),
        say("more than {per_label} objects of a class an image", per_label=_PER_LABEL),
        say("more than {last_own} classes of one's own", last_own=_LAST_OWN - _FIRST_OWN + 1),
    ),
)
