"""Which images are there to train and which to validate: of YOLO, by lists beside data.yaml or by folders. A project
keeps it with what else an imported file said of an image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from io import StringIO
from pathlib import Path, PurePosixPath

from app.formats.kit.fields import LISTED
from app.formats.kit.files import below, read_text
from app.formats.kit.options import Number
from app.formats.kit.paths import fits_in_a_line, spellings
from app.formats.kit.report import Report
from app.images.pages import as_file
from app.problem import Problem
from app.project.records import ImageRecord, Json
from app.text import say

KEY = "split"
_MAX_LIST_BYTES = 64 << 20
NAMES = ("train", "val", "test")
_ALSO = {"valid": "val", "validation": "val", "training": "train", "testing": "test"} | {
    f"{name}{year}": name for name in NAMES for year in ("2014", "2017")
}
"""What folders and lists of splits are called elsewhere: by Roboflow, Darknet, and after the years of COCO."""
SPLIT_OF = {**{name: name for name in NAMES}, **_ALSO}
OPTIONS = (
    Number("split", say("Share of images for validation, 0 to 1 (0: as imported)"), 0, 1, decimals=2),
    Number("seed", say("Seed of the random split"), 0, 999_999),
)


def deal(images: Sequence[ImageRecord], share: float, seed: int) -> dict[str, list[ImageRecord]]:
    """Deals the images out to the splits, each in their order; returns nothing when nobody split them. share: of the
    images for val; the same seed picks the same ones on every computer. Without it each image stays where it was
    imported from."""
    order = sorted(images, key=lambda image: sha256(f"{seed} {image.path}".encode()).digest())
    val = {image.id for image in order[: round(share * len(order))]}
    split = {image.id: "val" if image.id in val else "train" if share else imported(image) for image in images}
    if not share and set(split.values()) <= {"train"}:
        return {}
    return {name: [image for image in images if split[image.id] == name] for name in NAMES}


def imported(image: ImageRecord) -> str:
    """Returns the split an image was imported from; train when none is known."""
    name = image.extra.get(KEY)
    return name if name in NAMES else NAMES[0]


def fitted(extra: Json) -> Json:
    """Returns what a list can hold of the other keys of an image: its split."""
    return {key: value for key, value in extra.items() if key == KEY and value in NAMES}


def list_of(images: Iterable[ImageRecord], report: Report) -> str:
    """Returns the text of a list that lies beside the folder "images". report: hears of those that it cannot tell."""
    lines: list[str] = []
    for image in images:
        line = f"./images/{as_file(image.path)}"
        if fits_in_a_line(line):
            lines.append(f"{line}\n")
        else:
            report.lose(LISTED, image.path, "image")
    return "".join(lines)


class Splits:
    """The splits of a folder: its lists train.txt, val.txt and test.txt, else the folders its labels lie in."""

    def __init__(self, folder: Path, stems: Iterable[str], warn: Callable[[str], None]) -> None:
        """Reads the lists of the splits in a folder. stems: of all files of labels; what a list has beside them is not
        kept. warn hears of lists that cannot be read."""
        known = frozenset(stems)
        self._listed: dict[str, str] = {}
        self._endings: dict[str, set[str]] = {}
        for called, name in SPLIT_OF.items():
            try:
                file = below(folder, f"{called}.txt")
                text = read_text(file, _MAX_LIST_BYTES) if file.is_file() else ""
            except Problem as problem:
                warn(str(problem))
                continue
            for line in filter(None, map(str.strip, StringIO(text))):
                if stem := _labels_of(line, known):
                    self._listed[stem] = name
                    ending = "" if stem.endswith(suffix := PurePosixPath(line).suffix) else suffix
                    self._endings.setdefault(stem, set()).add(ending)

    def of(self, stem: str) -> str:
        """Returns the split of a file of labels, whose stem is told below the folder; "" when nothing tells."""
        parts = PurePosixPath(stem).parts
        return self._listed.get(stem) or next((SPLIT_OF[part] for part in reversed(parts[:-1]) if part in SPLIT_OF), "")

    def ending(self, stem: str) -> str:
        """Returns the ending of the image of those labels, if the lists name one; "" when nothing tells, or it is in
        stem."""
        endings = self._endings.get(stem, set())
        return next(iter(endings)) if len(endings) == 1 else ""


def _labels_of(line: str, known: frozenset[str]) -> str:
    """Which of the known labels are those of a listed image. "" when none are."""
    paths = [path for each in spellings(line) for path in _places(PurePosixPath(each))]
    found = next((path for path in paths if path in known), "")
    if found or line.startswith("./"):  # that is where the list lies
        return found
    ends = ("/".join(parts[at:]) for parts in (path.split("/") for path in paths) for at in range(1, len(parts)))
    return next((end for end in ends if end in known), "")


def _places(image: PurePosixPath) -> list[str]:
    """Where the labels of a listed image may lie, without their ending: the likeliest first."""
    parts = image.parts
    at = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    paths = [PurePosixPath(*parts[:place], "labels", *parts[place + 1 :]) for place in reversed(at)]
    paths += [PurePosixPath(*parts[place + 1 :]) for place in at]
    paths += [image, PurePosixPath("labels", *parts)]
    return [str(each) for path in paths for each in (path, path.with_suffix(""))]
