"""Files of other kinds, which no format here reads, by a glance (magic numbers, keys, tags): what each is, to say so
instead of calling it damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.formats.kit.glance import (
    JsonGlance,
    first_lines,
    first_object_keys,
    head,
    json_glance,
    says,
    xml_glance,
)
from app.text import say

_MAGIC = (
    (b"PK\x03\x04", say("a ZIP archive; unpack it and give what is in it")),
    (b"\x1f\x8b", say("a compressed file; unpack it and give what is in it")),
    (b"7z\xbc\xaf\x27\x1c", say("an archive; unpack it and give what is in it")),
    (b"Rar!", say("an archive; unpack it and give what is in it")),
    (b"SQLite format 3\0", say("a project or another database, which is not imported; export COCO from it")),
    (b"\x89PNG", say("an image; maps and masks are read from the folder they lie in")),
    (b"\xff\xd8\xff", say("an image, which holds no annotations")),
    (b"II*\0", say("an image, which holds no annotations")),
    (b"MM\0*", say("an image, which holds no annotations")),
    (b"\x93NUMPY", say("an array of NumPy, which is not read")),
    (b"PAR1", say("a Parquet table, which is not read")),
    (b"\x89HDF", say("an HDF5 file, which is not read")),
    (b"MATLAB 5.0", say("a file of MATLAB, which is not read")),
    (b"%PDF", say("a PDF document; it holds no annotations")),
)
"""The first bytes of a file, and what it is."""
_ENDINGS = {
    **dict.fromkeys((".pt", ".pth", ".safetensors", ".onnx"), say("a model, which is no file of annotations")),
    **dict.fromkeys((".tfrecord", ".record"), say("a TFRecord, which is not read")),
    **dict.fromkeys((".pkl", ".pickle"), say("a pickle of Python, which may run code and is not read")),
}
"""Of files that have no marks of their own."""

_LABEL_STUDIO = say("an export of Label Studio in its own JSON, which is not read; export COCO or YOLO there")
_RESULTS = say(
    "a list of COCO detection results; it names neither images nor classes, so that nothing can be laid on an image"
)
_XML = {
    "dataset": say("an XML file of dlib's imglab, which is not read"),
    "Annotations": say("an XML file of Aperio ImageScope, which is not read"),
    "svg": say("a drawing (SVG), which is not read"),
    "kml": say("a map (KML), which is not read"),
}
"""By the first tag."""


@dataclass(frozen=True)
class _Kind:
    """One kind of JSON of another program."""

    what: str
    is_one: Callable[[JsonGlance], bool]


def _has(*keys: str) -> Callable[[JsonGlance], bool]:
    return lambda seen: seen.members.keys() >= {*keys}


def _lists(key: str, *keys: str) -> Callable[[JsonGlance], bool]:
    return lambda seen: seen.keys_in(key) >= {*keys}


_JSON = (
    _Kind(
        say("a project of the VGG Image Annotator (VIA), which is not read; export COCO there"), _has("_via_settings")
    ),
    _Kind(
        say("a project of the VGG Image Annotator (VIA), which is not read"),
        _has("project", "attribute", "metadata", "view"),
    ),
    _Kind(
        say("annotations of the VGG Image Annotator (VIA), which are not read; export COCO there"),
        lambda seen: any(member.keys >= {"filename", "regions"} for member in seen.members.values()),
    ),
    _Kind(
        say("a file of Supervisely, which is not read; export COCO there"),
        lambda seen: seen.has_list("objects") and bool(seen.keys_in("objects") & {"classTitle", "geometryType"}),
    ),
    _Kind(
        say("the classes of a Supervisely project; it holds no masks"),
        lambda seen: seen.has_list("tags") and seen.keys_in("classes") >= {"title", "shape"},
    ),
    _Kind(_LABEL_STUDIO, _has("annotations", "data")),
    _Kind(say("a file of Datumaro, which is not read; export COCO or Pascal VOC there"), _has("categories", "items")),
    _Kind(say("an export of Labelbox, which is not read; export COCO there"), _has("data_row", "projects")),
    _Kind(say("a file of VoTT, which is not read"), _has("asset", "regions")),
    _Kind(say("a file of ISAT, which is not read; export COCO there"), _lists("objects", "category", "segmentation")),
    _Kind(
        say("a map of GeoJSON, which is not read"), lambda seen: seen.has_list("features") and "type" in seen.members
    ),
    _Kind(say("a file of Scalabel or BDD100K, which is not read"), _lists("frames", "name", "labels")),
    _Kind(say("the list of a Hugging Face image folder, which is not read"), _has("file_name", "objects")),
    _Kind(
        say("a COCO list of images; it holds no annotations"),
        lambda seen: seen.is_whole and "file_name" in seen.keys_in("images") and "annotations" not in seen.members,
    ),
)
"""What is one JSON object, the surest first."""

_LISTS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"image_id", "caption"}), say("a list of COCO caption results; it holds no masks")),
    (frozenset({"image_id", "keypoints"}), say("a list of COCO keypoint results; it holds no masks")),
    (frozenset({"image_id", "category_id", "segmentation"}), _RESULTS),
    (frozenset({"image_id", "category_id", "bbox"}), _RESULTS),
    (frozenset({"annotations", "data"}), _LABEL_STUDIO),
    (frozenset({"completions", "data"}), _LABEL_STUDIO),
    (frozenset({"annotation_id", "annotator"}), _LABEL_STUDIO),
    (frozenset({"image", "annotations"}), say("a file of Create ML, which is not read")),
    (frozenset({"Label", "Labeled Data"}), say("an export of Labelbox, which is not read; export COCO there")),
    (frozenset({"name", "labels"}), say("a file of Scalabel or BDD100K, which is not read")),
)
"""The keys of the first objects of what is one JSON list."""
_CAPTIONS, _KEYPOINTS = "caption", "keypoints"


def kind_of(file: Path) -> str:
    """Returns what a file is that no format reads, as the end of a sentence; "" when it is nothing known."""
    begin = head(file, 16)
    magic = next((what for first, what in _MAGIC if begin.startswith(first)), "")
    return _ENDINGS.get(file.suffix.lower()) or magic or _of_json(file) or _of_xml(file) or _of_lines(file)


def is_without_masks(file: Path, seen: JsonGlance) -> bool:
    """Tells whether a file in the manner of COCO is about something that covers no pixels: captions, or keypoints
    alone."""
    return bool(_of_coco(file, seen))


def _of_json(file: Path) -> str:
    listed = first_object_keys(file)
    if listed:
        return next((what for keys, what in _LISTS if keys <= listed), "")
    seen = json_glance(file)
    if seen is None:
        return ""
    return _of_coco(file, seen) or next((kind.what for kind in _JSON if kind.is_one(seen)), "")


def _of_coco(file: Path, seen: JsonGlance) -> str:
    keys = seen.keys_in("annotations")
    if not seen.has_list("annotations") and (seen.is_whole or not seen.has_list("images")):
        return ""

    def tells(key: str) -> bool:
        return key in keys if keys or seen.is_whole else says(file, f'"{key}"'.encode())

    if any(map(tells, ("segmentation", "segments_info", "bbox"))):
        return ""
    if tells(_CAPTIONS):
        return say("a COCO captions file; it holds no masks")
    if tells(_KEYPOINTS):
        return say("a COCO keypoints file; it holds neither masks nor boxes")
    return ""


def _of_xml(file: Path) -> str:
    seen = xml_glance(file)
    if seen is None:
        return ""
    if seen.root == "annotation" and "imagesize" in seen.children:
        return say("an XML file of LabelMe's web tool, which is not read")
    return _XML.get(seen.root, "")


def _of_lines(file: Path) -> str:
    lines = first_lines(file, most=2)
    if file.suffix.lower() in (".yaml", ".yml"):
        keys = {line.partition(":")[0] for line in first_lines(file, most=1000) if not line[0].isspace()}
        return say("the description of a YOLO model; it holds no labels") if {"backbone", "head"} <= keys else ""
    if file.suffix.lower() == ".csv" or (len(lines) == 2 and lines[0].count(",") == lines[1].count(",") > 2):
        return say("a table (CSV), which is not read") if not lines or lines[0][0] not in "{[<" else ""
    return ""
