"""Pascal VOC: a folder of SegmentationClass and SegmentationObject (PNG with VOC's palette: the number of the class, of
the object), Annotations (XML with boxes, counted from 1, the last pixel included) and ImageSets.
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

import numpy as np

from app.formats.base import FileFormat, Report, Steps
from app.formats.exporting import Album, Named, Page, export_folder, made
from app.formats.files import files_below, read_text
from app.formats.importing import FolderReader, Found, Item, Reading, Target, named, target
from app.formats.matching import FileFinder
from app.formats.pixels import Flat, encode_png, flattened, most_under, numbered, read_png, regions
from app.formats.polygons import box_mask
from app.formats.xml import text, text_of, whole
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation
from app.project.store import Project

VOID = 255
_MOST = 254
_BACKGROUND = "_background_"
_PALETTE_MODES = ("P", "L", "1")
_OBJECTS, _CLASSES, _BOXES = "SegmentationObject", "SegmentationClass", "Annotations"
_LIST = "ImageSets/Segmentation/trainval.txt"
_KEYS = {"pose": "Unspecified", "truncated": "0", "difficult": "0"}
"""Of an object what a project keeps when it is not this."""
_NAMES = (
    _BACKGROUND, "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


# --- import ----------------------------------------------------------------------------------------------------------


def import_voc(project: Project, folder: Path) -> Steps:
    """Masks where there are any, else boxes. Problem when there is neither."""
    report = Report("Imported")
    kinds = ((_OBJECTS, ".png"), (_CLASSES, ".png"), (_BOXES, ".xml"))
    files = {kind: set(_files(folder / kind, end)) for kind, end in kinds}
    stems = sorted({str(PurePosixPath(file).with_suffix("")) for listed in files.values() for file in listed})
    if not stems and not any((folder / kind).is_dir() for kind, _ in kinds):
        raise Problem(f"{folder.name}: this is not a VOC folder: it has no {_OBJECTS}, {_CLASSES} or {_BOXES}.")
    reader = _Reader(project, folder, report, FileFinder(project.images(), stems), files)
    return (yield from Reading(project, report, "Pascal VOC", len(stems)).steps(enumerate(stems, 1), reader.items))


def _files(folder: Path, end: str) -> list[str]:
    return files_below(folder, end) if folder.is_dir() else []


class _Reader(FolderReader):
    def __init__(
        self, project: Project, folder: Path, report: Report, finder: FileFinder, files: dict[str, set[str]]
    ) -> None:
        super().__init__(project, folder, report, finder)
        self._files = files
        self._names = _names(folder)

    def items(self, stem: str) -> Iterator[Item]:
        described = None
        if self._has(_BOXES, stem, ".xml"):
            described = whole(self._folder / _BOXES / f"{stem}.xml", "annotation")
        image = target(self._project, self._finder.find(stem, _beside(stem, described)), _size(described))
        listed = described.findall("object") if described is not None else []
        if self._has(_OBJECTS, stem, ".png"):
            return self._objects(stem, image, listed)
        if self._has(_CLASSES, stem, ".png"):
            return self._areas(stem, image)
        return self._boxes(stem, image, listed)

    def _has(self, kind: str, stem: str, end: str) -> bool:
        return f"{stem}{end}" in self._files[kind]

    def _objects(self, stem: str, image: Target, listed: list[Element]) -> Iterator[Item]:
        index = read_png(self._folder / _OBJECTS / f"{stem}.png", image.size, modes=_PALETTE_MODES)
        classes = None
        if self._has(_CLASSES, stem, ".png"):
            classes = read_png(self._folder / _CLASSES / f"{stem}.png", image.size, modes=_PALETTE_MODES)
        for number, region in regions(index):
            if number == VOID:
                continue
            element = listed[number - 1] if number <= len(listed) else None
            name = _name(element) if element is not None else ""
            if not name and classes is not None:
                name = self._name_of(most_under(classes, region))
            if name:
                yield _found(image, name, Mask.from_region(region), element)
            else:
                self._report.skip(f"{stem}, object {number}: nothing tells its class.")

    def _areas(self, stem: str, image: Target) -> Iterator[Item]:
        """One object for each class."""
        index = read_png(self._folder / _CLASSES / f"{stem}.png", image.size, modes=_PALETTE_MODES)
        for number, region in regions(index):
            if number != VOID:
                yield _found(image, self._name_of(number), Mask.from_region(region), None)

    def _boxes(self, stem: str, image: Target, listed: list[Element]) -> Iterator[Item]:
        for number, element in enumerate(listed, start=1):
            try:
                yield _found(image, _name(element), _box(element, image.size), element)
            except Problem as problem:
                self._report.skip(f"{stem}, object {number}: {problem}")

    def _name_of(self, number: int) -> str:
        return self._names[number] if number < len(self._names) else f"class {number}"


def _beside(stem: str, described: Element | None) -> str:
    """Where the image lies whose name the XML tells. It is only compared."""
    name = "" if described is None else PurePosixPath(text_of(described, "filename").replace("\\", "/")).name
    return str(PurePosixPath(stem).with_name(name)) if name.strip(".") else stem


def _names(folder: Path) -> list[str]:
    """From labelme's or CVAT's list, else those of VOC."""
    for name in ("class_names.txt", "labelmap.txt"):
        if (folder / name).is_file():
            lines = [line.strip() for line in read_text(folder / name).split("\n")]
            usual = [line.split(":")[0] if name == "labelmap.txt" else line for line in lines]
            kept = (each for each in usual if not each.startswith(("#", "__ignore__")))
            return [each or f"class {number}" for number, each in enumerate(kept)]
    return list(_NAMES)


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


def _box(element: Element, size: tuple[int, int]) -> Mask:
    box = element.find("bndbox")
    if box is None:
        raise Problem("it has no box.")
    try:
        x0, y0, x1, y1 = (float(text_of(box, key)) for key in ("xmin", "ymin", "xmax", "ymax"))
    except ValueError as error:
        raise Problem("its box is not made of numbers.") from error
    return box_mask(x0 - 1, y0 - 1, x1, y1, size=size)


def _found(image: Target, name: str, mask: Mask, element: Element | None) -> Found:
    said = {} if element is None else {key: text_of(element, key) or usual for key, usual in _KEYS.items()}
    extra = {key: value for key, value in said.items() if value != _KEYS[key]}
    return Found(named(name), Annotation(0, image.record.id, None, mask, extra=extra))


# --- export ----------------------------------------------------------------------------------------------------------


def export_voc(project: Project, folder: Path) -> Steps:
    """Objects lie one over the other: what is covered is lost, and so are those after the 254th of an image."""
    report = Report("Exported")
    album = Album(project, report, holds={"order"}, keys=_KEYS, has_maps=True)
    numbers = {category_id: number for number, category_id in enumerate(album.categories, start=1)}
    palette = _palette()

    def write(part: Path, page: Page) -> None:
        flat = flattened(page, report, at_most=_MOST)
        for each in flat.objects:
            if numbers[each.category.id] > _MOST:
                report.lose("class number", page.place(each.annotation))
        classes = [min(numbers[each.category.id], VOID) for each in flat.objects]
        for kind, index in ((_OBJECTS, flat.index), (_CLASSES, numbered(flat.index, classes))):
            made(part / kind / f"{page.stem}.png").write_bytes(encode_png(index.astype(np.uint8), palette))
        made(part / _BOXES / f"{page.stem}.xml").write_text(_described(page, flat), encoding="utf-8", newline="\n")
        with made(part / _LIST).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{page.stem}\n")
        report.annotations += len(flat.objects)

    def finish(part: Path) -> None:
        for kind in (_OBJECTS, _CLASSES, _BOXES):
            (part / kind).mkdir(exist_ok=True)
        names = [_BACKGROUND, *(" ".join(category.name.splitlines()) for category in album.categories.values())]
        (part / "class_names.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")

    return export_folder(project, folder, album, write, finish)


def _described(page: Page, flat: Flat) -> str:
    height, width = page.size
    path = PurePosixPath(page.record.path)
    objects = "".join(map(_object, flat.objects))
    return (
        f"<annotation>\n<folder>{text(str(path.parent))}</folder>\n<filename>{text(path.name)}</filename>\n"
        f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>\n<segmented>1</segmented>\n"
        f"{objects}</annotation>\n"
    )


def _object(each: Named) -> str:
    """Its box is that of the whole object: also of what others cover."""
    x, y, width, height = each.annotation.mask.bbox
    box = (x + 1, y + 1, x + width, y + height)
    kept = "".join(f"<{key}>{text(str(each.annotation.extra.get(key, usual)))}</{key}>" for key, usual in _KEYS.items())
    corners = "".join(f"<{key}>{n}</{key}>" for key, n in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
    return f"<object><name>{text(each.category.name)}</name>{kept}<bndbox>{corners}</bndbox></object>\n"


def _palette() -> bytes:
    """VOC's colours: the bits of a number dealt out to red, green and blue, the lowest to the highest bit of each."""
    numbers = np.arange(256)
    colors = np.zeros((256, 3), np.int64)
    for place in range(8):
        for channel in range(3):
            colors[:, channel] |= ((numbers >> (3 * place + channel)) & 1) << (7 - place)
    return colors.astype(np.uint8).tobytes()


FORMAT = FileFormat("voc", "Pascal VOC", import_voc, export_voc, lossless=False)
