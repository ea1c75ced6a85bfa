"""Who will read an export: other people's programs by name, with the format and the options that each reads best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.formats.kit.options import Value
from app.formats.kit.photos import COPY, FILES
from app.formats.kit.selection import IMAGES, LABELLED
from app.problem import Problem
from app.text import say


@dataclass(frozen=True)
class Program:
    """A program, or several that read the same."""

    name: str
    """On the command line."""
    title: str
    """In menus."""
    format_name: str
    why: str
    """Why so, in a sentence for people."""
    options: Mapping[str, Value] = field(default_factory=dict[str, Value])


_POLYGONS = {"masks": "polygons"}
_LABELLED = {IMAGES.name: LABELLED}
"""To what is trained or measured, an image without objects says that nothing is there: nobody may have looked."""
_COPIED = {FILES.name: COPY}
"""Not linked: Ultralytics writes damaged JPEG files anew, in their place."""
PROGRAMS = (
    Program(
        "detectron2",
        say("pycocotools, Detectron2, MMDetection"),
        "coco",
        say("Detectron2 refuses run lengths unless it is told otherwise; polygons are read by all three."),
        {**_POLYGONS, **_LABELLED},
    ),
    Program(
        "ultralytics",
        say("Ultralytics YOLO"),
        "yolo-seg",
        say("An object is one line, its parts are joined; the images lie beside the labels."),
        {**_LABELLED, **_COPIED},
    ),
    Program(
        "supervision",
        say("supervision"),
        "yolo-seg",
        say("It rounds polygons of COCO, and refuses run lengths of single objects; of YOLO it sees the very masks."),
        _LABELLED,
    ),
    Program(
        "sahi",
        say("SAHI"),
        "coco",
        say("It leaves out run lengths of single objects; polygons it rounds to pixels and fills to the last hole."),
        {**_POLYGONS, **_LABELLED},
    ),
    Program(
        "labelme",
        say("labelme 5.3 and newer"),
        "labelme",
        say("Mask shapes keep holes and islands."),
        {"masks": "png"},
    ),
    Program("labelme-old", say("labelme before 5.3"), "labelme", say("It knows no mask shapes."), _POLYGONS),
    Program("cvat", say("CVAT"), "cvat", say("Masks stay masks there; polygons can be dragged."), {"masks": "rle"}),
    Program(
        "datumaro",
        say("datumaro"),
        "coco",
        say("It reads run lengths to the pixel."),
        {"masks": "rle"},
    ),
    Program(
        "huggingface",
        say("Hugging Face datasets"),
        "png",
        say("A map of class numbers for each image is what training on segments takes there."),
        {"kind": "semantic", **_LABELLED, **_COPIED},
    ),
)
"""In menus, in this order."""


def program_named(name: str) -> Program:
    """Returns the program of that name. Problem that lists them when there is none."""
    for each in PROGRAMS:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in PROGRAMS)
    raise Problem(say("There is no program {name} here. Choose one of: {names}.", name=name, names=names))


def choice(program: str | None, format: str | None, options: Mapping[str, Value]) -> tuple[str, dict[str, Value]]:
    """Returns the name of the format and the options for a program; what the person said of the options counts more.
    Problem when it is said to read another format, or is not known."""
    if program is None:
        return format or "coco", dict(options)
    chosen = program_named(program)
    if format not in (None, chosen.format_name):
        raise Problem(
            say(
                "--for {name} writes {format}: leave --format out, or give only that.",
                name=program,
                format=chosen.format_name,
            )
        )
    return chosen.format_name, {**chosen.options, **options}
