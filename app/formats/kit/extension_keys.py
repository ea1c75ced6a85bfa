"""What a project knows of an object, a class or an image and a format has no keys for: in JSON, which lets strangers'
keys be, it stands under keys of our own. Only what is not as usual is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from app.formats.kit import values
from app.formats.kit.files import others
from app.project.palette import color_of
from app.project.records import OWN_KEYS, TRAIL, Annotation, Category, ImageRecord, ImageStatus, Json
from app.project.store import Project

FILE_KEYS = "coco"
"""The setting where a project keeps info, licenses and unknown keys of the last imported file in the manner of COCO,
for the export to COCO."""
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_MAX = 1 << 53
_Number: TypeAlias = Annotated[float, Meta(ge=-1e9, le=1e9)]


class _Prompt(Struct):
    points: Annotated[list[tuple[_Number, _Number]], Meta(max_length=1000)]
    labels: list[Literal[0, 1]]
    box: tuple[_Number, _Number, _Number, _Number] | None = None


class _Provenance(Struct):
    """What a window shows and goes on from. More may stand in it."""

    prompt: _Prompt | None = None
    model: str | None = None
    predicted_iou: _Number | None = None
    stability_score: _Number | None = None


def keep_file_keys(project: Project, rest: Json) -> None:
    """Keeps what a file says of itself beside its lists."""
    if rest:
        project.set_setting(FILE_KEYS, {**project.setting(FILE_KEYS, {}), **rest})


def object_keys(annotation: Annotation) -> Json:
    """Returns what is to be written of an object under keys of our own, beside those it was imported with. The masks
    that it had before concern nobody else."""
    own = {key: value for key in _OF_OBJECTS if (value := getattr(annotation, key))}
    if TRAIL in annotation.provenance:
        own["provenance"] = others(annotation.provenance, TRAIL)
    return own


def with_object_keys(annotation: Annotation, item: Json, *known: str) -> Annotation:
    """Takes what a file says of an object. Keys that are neither known nor ours are kept, and so are ours when what
    stands there is none of ours."""
    own = _own(item, _OF_OBJECTS)
    if "iscrowd" in own:
        own["iscrowd"] = True
    return replace(annotation, **own, extra=others(item, *known, *own))


def image_keys(record: ImageRecord) -> Json:
    """Returns what is to be written of an image, with the keys it was imported with."""
    return {**record.extra, **({"status": record.status} if record.status != "open" else {})}


def with_image_keys(record: ImageRecord, item: Json, *known: str) -> ImageRecord:
    """Takes what a file says of an image; what the project says of its status is not overwritten. Returns record itself
    when there is nothing new."""
    own = _own(item, _OF_IMAGES)
    status: ImageStatus = own["status"] if own and record.status == "open" else record.status
    extra = {**record.extra, **others(item, *known, *own)}
    if (status, extra) == (record.status, record.extra):
        return record
    return replace(record, status=status, extra=extra)


def with_listed_keys(record: ImageRecord, item: Json) -> ImageRecord:
    """Takes what COCO lists of an image: its id is kept among the other keys when the project has another for it."""
    is_told = type(item.get("id")) is int  # True is none
    if is_told and item["id"] == record.id and "id" in record.extra:  # an older file said otherwise
        record = replace(record, extra=others(record.extra, "id"))
    known = ("id",) if not is_told or item["id"] == record.id else ()
    return with_image_keys(record, item, "file_name", "width", "height", *known)


def image_ids(images: Iterable[ImageRecord]) -> dict[int, int]:
    """Chooses the id of each image in a file, by its id in the project: the one an imported file gave it (see
    with_listed_keys), else the project's own, else the next free one."""
    records = sorted(images, key=lambda record: record.id)
    ids: dict[int, int] = {}
    taken: set[int] = set()
    for record in records:
        theirs = record.extra.get("id")
        if type(theirs) is int and theirs not in taken:
            ids[record.id] = theirs
            taken.add(theirs)
    free = (number for number in count(1) if number not in taken)
    for record in records:
        if record.id not in ids:
            ids[record.id] = next(free) if record.id in taken else record.id
            taken.add(ids[record.id])
    return ids


def class_keys(category: Category) -> Json:
    """Returns what is to be written of a class (see `telling`), with the keys it was imported with."""
    color = {"color": list(bytes.fromhex(category.color[1:]))} if COLOR.fullmatch(category.color) else {}
    supercategory = {"supercategory": category.supercategory} if category.supercategory else {}
    return {**others(category.extra, *OWN_KEYS), **supercategory, **color}


def with_class_keys(category: Category, item: Json, *known: str) -> Category:
    """Takes what a file says of a class."""
    own = _own(item, _OF_CLASSES)
    extra = others(item, *OWN_KEYS, *known, *own)
    if "color" in own:
        own["color"] = "#" + bytes(own["color"]).hex()
    return replace(category, **own, extra=extra)


def telling(categories: Iterable[Category]) -> list[Category]:
    """Returns the classes without the colours that their places in the list give them anyway."""
    return [
        replace(each, color="") if each.color.lower() == color_of(place).lower() else each
        for place, each in enumerate(categories)
    ]


def beside(known: Json, *more: Json) -> Json:
    """Joins known keys, which come first, with what more there is under other names."""
    return {**known, **{key: value for each in more for key, value in each.items()}, **known}


def _own(item: Json, kinds: Mapping[str, Callable[[Any], bool]]) -> Json:
    return {key: value for key, is_one in kinds.items() if (value := item.get(key)) and is_one(value)}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX


def _is_provenance(value: object) -> bool:
    try:
        prompt = msgspec.convert(value, _Provenance).prompt
    except msgspec.ValidationError:
        return False
    return prompt is None or len(prompt.points) == len(prompt.labels)


def _is_color(value: object) -> bool:
    """[red, green, blue], as COCO panoptic has it."""
    try:
        return len(msgspec.convert(value, list[Annotated[int, Meta(ge=0, le=255)]])) == 3
    except msgspec.ValidationError:
        return False


_OF_OBJECTS: dict[str, Callable[[Any], bool]] = {
    "iscrowd": values.is_set,
    "z_order": lambda value: isinstance(value, int) and value is not True and abs(value) < _MAX,
    "hidden": lambda value: value is True,
    "attributes": lambda value: isinstance(value, dict),
    "provenance": _is_provenance,
    "clicks": _is_count,
    "milliseconds": _is_count,
}
_OF_IMAGES: dict[str, Callable[[Any], bool]] = {
    "status": lambda value: value in get_args(ImageStatus) and value != "open"
}
_OF_CLASSES: dict[str, Callable[[Any], bool]] = {
    "color": _is_color,
    "supercategory": lambda value: isinstance(value, str),
}
