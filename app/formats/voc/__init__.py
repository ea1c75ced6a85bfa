"""Pascal VOC: a folder of SegmentationClass and SegmentationObject (PNG with VOC's palette: the number of the class, of
the object), Annotations (XML with boxes, counted from 1, the last pixel included) and ImageSets.
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html
The names of the classes stand in lists (voc_classes.py); CVAT and datumaro paint the numbers in colours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TypeAlias
from xml.etree.ElementTree import Element

import numpy as np

from app.formats.kit.class_numbers import Numbering, choose, numbered
from app.formats.kit.coercion import fitting, flag, xml_string
from app.formats.kit.exporting import ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.fields import KEYS, LISTED
from app.formats.kit.files import below, files_below
from app.formats.kit.format import PART, Format
from app.formats.kit.glance import first_files, xml_glance
from app.formats.kit.importing import (
    FolderReader,
    ImportedObject,
    ImportTarget,
    Item,
    LeftOut,
    Reading,
    make_category,
    make_target,
)
from app.formats.kit.matching import FileFinder, places_meant
from app.formats.kit.paths import fits_in_a_line, spellings
from app.formats.kit.photos import FILES, LEAVE, Photos
from app.formats.kit.pixels import (
    VOID,
    Flat,
    Index,
    encode_png,
    flatten,
    most_under,
    read_png,
    regions,
    renumber,
    without_void,
)
from app.formats.kit.polygons import box_mask
from app.formats.kit.report import BOX_ALONE, Report, Steps, several_classes
from app.formats.kit.xml import note_impossible, text, text_of, whole
from app.formats.voc.classes import packed, palette, read_classes, write_classes
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.project.records import Annotation, Category
from app.project.store import Project
from app.text import say

_MOST = 254
_NUMBERS = Numbering("voc", 1, _MOST)
_MOST_LETTERS = 200
"""Of what a stranger's file says, in a sentence."""
_MODES = ("P", "L", "1", "RGB")
_OBJECTS, _CLASSES, _BOXES = "SegmentationObject", "SegmentationClass", "Annotations"
_PHOTOS = "JPEGImages"
_LISTS = ("ImageSets/Segmentation/trainval.txt", "ImageSets/Main/trainval.txt")
_KEYS = {"pose": "Unspecified", "truncated": "0", "occluded": "0", "difficult": "0"}
"""Of an object what a project keeps when it is not this."""
_PARTS = frozenset({"name", "bndbox", *_KEYS})
"""Of an object what is understood."""
_TAKEN = {"pose": xml_string, "truncated": flag, "occluded": flag, "difficult": flag}
_HOLDS = frozenset[str]()
_Box: TypeAlias = tuple[float, float, float, float]
_NAMES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


# --- import ----------------------------------------------------------------------------------------------------------


def import_voc(project: Project, folder: Path) -> Steps:
    """Reads masks where there are any, else boxes; where none of the folders of VOC is there, XML files beside the
    photos, as labelImg and Roboflow write them. Problem when there is neither."""
    report = Report("Imported")
    kinds = ((_OBJECTS, ".png"), (_CLASSES, ".png"), (_BOXES, ".xml"))
    files = {kind: _files(folder, kind, end, report) for kind, end in kinds}
    is_beside = not any((folder / kind).is_dir() for kind, _ in kinds)
    if is_beside:
        files[_BOXES] = _files(folder, "", ".xml", report)
    stems = sorted({stem for listed in files.values() for stem in listed})
    if not stems and is_beside:
        raise report.refusal(
            say(
                "{folder}: this is not a VOC folder: it has no {objects}, {classes} or {boxes}, and no XML files.",
                folder=folder.name,
                objects=_OBJECTS,
                classes=_CLASSES,
                boxes=_BOXES,
            )
        )
    reader = _Reader(project, folder, report, FileFinder(project.images(), stems), files)
    reading = Reading(project, report, "Pascal VOC", len(stems))
    yield from reading.steps(enumerate(stems, 1), reader.items, names=reader.names)
    reader.left_out.tell(report)
    return report


def _seems(path: Path) -> float:
    if not path.is_dir():
        return PART if _is_described(path) else 0.0
    if any(first_files(path / kind, ".png", most=1) for kind in (_OBJECTS, _CLASSES)):
        return 1.0
    if any(map(_is_described, first_files(path / _BOXES, ".xml"))):
        return 0.95
    if any(map(_is_described, first_files(path, ".xml"))):
        return 0.9
    return 0.6 if (path / _OBJECTS).is_dir() or (path / _CLASSES).is_dir() else 0.0


def _is_described(file: Path) -> bool:
    """Whether it is the XML about one image."""
    seen = xml_glance(file)
    if seen is None or seen.root != "annotation" or "imagesize" in seen.children:  # LabelMe's web tool has that
        return False
    return bool(seen.children & {"filename", "object", "size"})


def _files(folder: Path, kind: str, end: str, report: Report) -> dict[str, str]:
    """The paths of the files of a kind by what they are about, without its ending."""
    files = files_below(folder, end, report=report, within=kind) if (folder / kind).is_dir() else []
    return {str(PurePosixPath(file).with_suffix("")): str(PurePosixPath(kind, file)) for file in files}


class _Reader(FolderReader):
    def __init__(
        self, project: Project, folder: Path, report: Report, finder: FileFinder, files: dict[str, dict[str, str]]
    ) -> None:
        super().__init__(project, folder, report, finder)
        self.left_out = LeftOut()
        """What an object says of itself: its parts, actions, attributes of CVAT."""
        self._files = files
        classes = read_classes(folder)
        self.names: Sequence[str] = classes.names or list(_NAMES)
        self._listed = frozenset(classes.names)
        self._number_of = {name: number for number, name in reversed([*enumerate(classes.names)]) if number}
        """Of the classes, as the lists or else the maps tell them."""
        for name, times in Counter(classes.names).items():
            if times > 1:
                report.warn(several_classes(name))
        self._classes: dict[tuple[str, int | None], Category] = {}
        usual = {packed(color): number for number, color in enumerate(palette().tolist())}
        self._colors = {_OBJECTS: usual, _CLASSES: {**usual, **classes.colors}}

    def items(self, stem: str) -> Iterator[Item]:
        described = None
        if stem in self._files[_BOXES]:
            described = whole(below(self._folder, self._files[_BOXES][stem]), "annotation")
        said = _named(stem, self._xml(stem), described)
        exact = [path for path in said[:1] if "/" in path and self._finder.knows(path)]
        image = make_target(self._project, self._finder.find(stem, *(exact or said)), _size(described))
        listed = described.findall("object") if described is not None else []
        for part in (part for each in listed for part in each if part.tag not in _PARTS):
            self.left_out.count(part.tag)
        if stem in self._files[_OBJECTS]:
            return self._objects(stem, image, listed)
        if stem in self._files[_CLASSES]:
            self._remark_boxes(stem, len(listed))
            return self._areas(stem, image)
        return self._boxes(stem, image, listed)

    def _xml(self, stem: str) -> str:
        """Returns what its XML is called in sentences."""
        return self._files[_BOXES].get(stem, stem)

    def _objects(self, stem: str, image: ImportTarget, listed: list[Element]) -> Iterator[Item]:
        index = self._index(_OBJECTS, stem, image)
        classes = self._index(_CLASSES, stem, image) if stem in self._files[_CLASSES] else None
        unseen = set(range(1, len(listed) + 1))
        for number, region in self._regions(_OBJECTS, stem, index):
            unseen.discard(number)
            element = listed[number - 1] if number <= len(listed) else None
            name = _name(element) if element is not None else ""
            label = most_under(classes, region) if classes is not None else 0
            painted = self._name_of(label)
            if painted and name != painted and (not name or name in self._listed):
                if name and element is not None and _may_be_of(element, region):
                    self._note_overruled(say("{stem}, object {number}", stem=stem, number=number), name, painted)
                name, element = painted, None  # the objects of the XML are others: datumaro lists only boxes there
            if name:
                if painted and not self._listed:
                    self._number_of.setdefault(name, label)
                yield self._found(image, name, Mask.from_region(region), element)
            else:
                self._report.leave_out(
                    say("{stem}, object {number}: nothing tells its class.", stem=stem, number=number)
                )
        self._remark_boxes(stem, len(unseen))

    def _remark_boxes(self, stem: str, n: int) -> None:
        if n:
            self._report.remark(say("a box beside masks that is of none of them was not taken."), self._xml(stem), n)

    def _note_overruled(self, place: str, name: str, painted: str) -> None:
        told, taken = name[:_MOST_LETTERS], painted[:_MOST_LETTERS]
        self._report.warn(
            say(
                "{place}: its class is {told} in {boxes}, but {taken} in {classes}, which was taken.",
                place=place,
                told=told,
                boxes=_BOXES,
                taken=taken,
                classes=_CLASSES,
            )
        )

    def _index(self, kind: str, stem: str, image: ImportTarget) -> Index:
        """The number of the object or class of each pixel."""
        file = below(self._folder, self._files[kind][stem])
        return read_png(file, image.size, modes=_MODES, colors=self._colors[kind])

    def _areas(self, stem: str, image: ImportTarget) -> Iterator[Item]:
        """One object for each class."""
        for number, region in self._regions(_CLASSES, stem, self._index(_CLASSES, stem, image)):
            name = self._name_of(number)
            self._number_of.setdefault(name, number)
            yield self._found(image, name, Mask.from_region(region), None)

    def _regions(self, kind: str, stem: str, index: Index) -> Iterator[tuple[int, Region]]:
        """What is painted in a map, without what is void: a word is said of that."""
        yield from without_void(regions(index), self._files[kind][stem], self._report)

    def _boxes(self, stem: str, image: ImportTarget, listed: list[Element]) -> Iterator[Item]:
        for number, element in enumerate(listed, start=1):
            try:
                yield self._found(image, _name(element), box_mask(*_box(element), size=image.size), element)
                self._report.remark(BOX_ALONE, self._xml(stem))
            except Problem as problem:
                self._report.leave_out(
                    say("{stem}, object {number}: {problem}", stem=stem, number=number, problem=problem), problem
                )

    def _name_of(self, number: int) -> str:
        """ "" when it is of none."""
        if number in (0, VOID):
            return ""
        return self.names[number] if number < len(self.names) else f"class {number}"

    def _found(self, image: ImportTarget, name: str, mask: Mask, element: Element | None) -> ImportedObject:
        known = name, self._number_of.get(name)
        if known not in self._classes:
            self._classes[known] = numbered(make_category(name), _NUMBERS.kind, known[1])
        said = {} if element is None else {key: text_of(element, key) or usual for key, usual in _KEYS.items()}
        extra = {key: value for key, value in said.items() if value != _KEYS[key]}
        return ImportedObject(self._classes[known], Annotation(0, image.record.id, None, mask, extra=extra))


def _named(stem: str, file: str, described: Element | None) -> list[str]:
    """Where the image may lie that the XML names: below the folder of the images, or beside. It is only compared.
    Problem when the name leads elsewhere."""
    name = "" if described is None else text_of(described, "filename")
    if ".." in name.replace("\\", "/").split("/"):
        told = f"{file}: {name[:_MOST_LETTERS]}"
        raise Problem(say("{told}, a path that leads out of the folder of the images, is refused.", told=told))
    return [place for each in spellings(name) for place in ([each] if "/" in each else []) + places_meant(stem, each)]


def _name(element: Element) -> str:
    name = element.findtext("name") or ""
    return name if name.strip() else ""


def _size(described: Element | None) -> tuple[int, int] | None:
    """(height, width); VOC says 0 where nobody knows."""
    size = None if described is None else described.find("size")
    if size is None:
        return None
    height, width = text_of(size, "height"), text_of(size, "width")
    if not (height + width).isdecimal() or len(height + width) > 16 or not int(height or 0) or not int(width or 0):
        return None
    return int(height), int(width)


def _box(element: Element) -> _Box:
    box = element.find("bndbox")
    if box is None:
        raise Problem(say("it has no box."))
    try:
        x0, y0, x1, y1 = (float(text_of(box, key)) for key in ("xmin", "ymin", "xmax", "ymax"))
    except ValueError as error:
        raise Problem(say("its box is not made of numbers.")) from error
    return min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1), max(y0, y1)


def _may_be_of(element: Element, region: Region) -> bool:
    """Unless its box tells that it is another object."""
    try:
        x0, y0, x1, y1 = _box(element)
    except Problem:
        return True
    height, width = region.pixels.shape
    return x0 <= region.x and y0 <= region.y and region.x + width <= x1 and region.y + height <= y1


# --- export ----------------------------------------------------------------------------------------------------------


def export_voc(project: Project, folder: Path, *, files: str = LEAVE) -> Steps:
    """Writes maps, in which objects lie one over the other: what is covered is lost, and so are those after the 254th
    of an image. files: see FILES."""
    report = Report("Exported")
    photos = Photos(project, report, files, _PHOTOS)
    album = ExportView(project, report, _HOLDS, {KEYS: fitting(_TAKEN)}, has_maps=True)
    numbers = choose(album.categories.values(), _NUMBERS, report)
    note_impossible(album.categories.values(), report)
    colors = palette().astype(np.uint8).tobytes()

    def write(part: Path, page: Page) -> None:
        flat = flatten(page, report, at_most=_MOST)
        for each in flat.objects:
            if each.category.id not in numbers:
                report.lose("class number", page.place(each.annotation))
        classes = [numbers.get(each.category.id, VOID) for each in flat.objects]
        for kind, index in ((_OBJECTS, flat.index), (_CLASSES, renumber(flat.index, classes))):
            make_parents(part / kind / f"{page.stem}.png").write_bytes(encode_png(index.astype(np.uint8), colors))
        make_parents(part / _BOXES / f"{page.stem}.xml").write_text(
            _described(page, flat), encoding="utf-8", newline="\n"
        )
        line = f"{page.stem}\n" if fits_in_a_line(page.stem) else ""
        if not line:
            report.lose(LISTED, page.record.path, "image")
        for listed in _LISTS:
            with make_parents(part / listed).open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(line)
        report.annotations += len(flat.objects)

    def finish(part: Path) -> None:
        for kind in (_OBJECTS, _CLASSES, _BOXES):
            (part / kind).mkdir(exist_ok=True)
        write_classes(part, _listed_names(album.categories.values(), numbers))

    return export_folder(project, folder, album, write, finish, photos)


def _listed_names(categories: Collection[Category], numbers: Mapping[int, int]) -> list[str]:
    """The names of the classes from number 1 on, those without a number last. What stands between them is no class."""
    named = {numbers[c.id]: c.name for c in categories if c.id in numbers}
    taken = {c.name for c in categories}
    is_voc = all(name in _NAMES[number : number + 1] for number, name in named.items())
    return [
        *(named.get(number) or _filler(number, taken, is_voc) for number in range(1, max(named, default=0) + 1)),
        *(c.name for c in categories if c.id not in numbers),
    ]


def _filler(number: int, taken: Collection[str], is_voc: bool) -> str:
    """The name of a number that no class has: VOC's, where the others are VOC's too."""
    names = (f"{'unused ' * times}class {number}" for times in count())
    return _NAMES[number] if is_voc and number < len(_NAMES) else next(name for name in names if name not in taken)


def _described(page: Page, flat: Flat) -> str:
    height, width = page.size
    path = PurePosixPath(page.record.path)
    objects = "".join(map(_object, flat.objects))
    return (
        f"<annotation>\n<folder>{text(str(path.parent))}</folder>\n<filename>{text(path.name)}</filename>\n"
        f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>\n<segmented>1</segmented>\n"
        f"{objects}</annotation>\n"
    )


def _object(each: LabelledObject) -> str:
    """Its box is that of the whole object: also of what others cover."""
    x, y, width, height = each.annotation.mask.bbox
    box = (x + 1, y + 1, x + width, y + height)
    kept = "".join(f"<{key}>{text(str(each.annotation.extra.get(key, usual)))}</{key}>" for key, usual in _KEYS.items())
    corners = "".join(f"<{key}>{n}</{key}>" for key, n in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
    return f"<object><name>{text(each.category.name)}</name>{kept}<bndbox>{corners}</bndbox></object>\n"


FORMAT = Format(
    "voc",
    "Pascal VOC",
    import_voc,
    export_voc,
    seems=_seems,
    holds=_HOLDS,
    options=(FILES,),
    photos=_PHOTOS,
    limits=(
        say("what others cover"),
        say("more than {most} objects an image", most=_MOST),
        say("more than {most} classes", most=_MOST),
    ),
)
