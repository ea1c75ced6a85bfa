"""The classes of a YOLO folder by their numbers: data.yaml, or a list of names, one in a line; data.yaml may name
another file that is the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.formats.kit.files import below, read_text
from app.formats.kit.glance import first_lines
from app.formats.kit.paths import name_of, plain
from app.formats.kit.report import Report
from app.formats.kit.splits import SPLIT_OF
from app.formats.kit.values import numbered_names
from app.formats.kit.yaml import names_in, value_of, whole_numbers_in
from app.formats.kit.yolo_lines import KeypointShape, class_number, keypoint_shape
from app.problem import Problem
from app.text import say

LISTS = ("data.yaml", "data.yml", "dataset.yaml", "obj.names", "classes.txt", "labels/classes.txt")
"""obj.names is Darknet's, which CVAT writes: its labels lie beside the images, in obj_train_data."""
YAML = (".yaml", ".yml")
LABELS = "labels"
_NO_LABELS = ("classes", *SPLIT_OF, "readme", "readme.roboflow", "readme.dataset")
"""Text files that are about something else, where they lie outside of a folder of labels."""


@dataclass(frozen=True)
class YoloClasses:
    """What the files of a folder tell of its classes."""

    names: dict[int, str]
    """By number."""
    keypoints: KeypointShape | None = None
    """What stands behind each box, if the folder says so."""


def is_about_an_image(file: str) -> bool:
    """Tells whether a text file may be one of labels. file: relative to the folder."""
    path = PurePosixPath(file)
    return LABELS in path.parts[:-1] or path.stem.lower() not in _NO_LABELS


def read_classes(path: Path, folder: Path, labels: Sequence[str], report: Report) -> YoloClasses | None:
    """Reads the first list of classes in a folder, or the file that path is; None when there is none. labels: the files
    of labels in the folder. Problem when it cannot be read."""
    file = path if path != folder else _list_in(folder)
    if file is None:
        return None
    text = read_text(file)
    if file.suffix.lower() not in YAML:
        return YoloClasses(_lines(text, folder, labels))
    try:
        keypoints = keypoint_shape(whole_numbers_in(text, "kpt_shape"))
        if not (elsewhere := value_of(text, "names")):
            return YoloClasses(names_in(text), keypoints)
    except Problem as problem:
        raise Problem(f"{file.name}: {problem}") from problem
    return YoloClasses(_elsewhere(file, elsewhere, folder, labels, report), keypoints)


def _list_in(folder: Path) -> Path | None:
    """The list under its usual name; else the only file that may be one."""
    for name in LISTS:
        if (folder / name).is_file():
            return below(folder, name)
    others = sorted(path.name for path in folder.iterdir() if _may_be_a_list(path))
    return below(folder, others[0]) if len(others) == 1 else None


def _may_be_a_list(path: Path) -> bool:
    if path.suffix.lower() == ".names":
        return path.is_file()
    return path.suffix.lower() in YAML and any(line.startswith("names:") for line in first_lines(path, most=1000))


def _elsewhere(file: Path, named: str, folder: Path, labels: Sequence[str], report: Report) -> dict[int, str]:
    """The names in a file that data.yaml names, if that lies in the folder: at that path, or under that name. A path
    that leads elsewhere is only compared."""
    path = PurePosixPath(plain(named))
    places = [path, PurePosixPath(name_of(str(path)))]
    inside = [place.as_posix() for place in places if not place.is_absolute() and ".." not in place.parts]
    found = next((below(folder, place) for place in inside if (folder / place).is_file()), None)
    if found is not None:
        return _lines(read_text(found), folder, labels)
    report.warn(
        say(
            "{file}: the names of the classes are to stand in {named}, which is not in {folder}; they are named after "
            "their numbers.",
            file=file.name,
            named=named[:200],
            folder=folder.name,
        )
    )
    return {}


def _lines(text: str, folder: Path, labels: Sequence[str]) -> dict[int, str]:
    return numbered_names(text, lambda: _used(folder, labels))


def _used(folder: Path, labels: Sequence[str]) -> Iterator[int]:
    """The numbers of the classes of all objects; what cannot be read is told when it is imported."""
    for file in labels:
        with suppress(Problem):
            for line in read_text(below(folder, file)).splitlines():
                with suppress(Problem):
                    yield class_number(line.partition(" ")[0])
