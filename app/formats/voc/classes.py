"""The classes of a Pascal VOC folder by their numbers: class_names.txt as labelme writes it, labelmap.txt as CVAT and
datumaro do, and datumaro's dataset_meta.json, which alone holds any name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from app.formats.kit.files import below, read_object, read_text
from app.formats.kit.pixels import VOID
from app.formats.kit.values import trimmed

_BACKGROUND = "_background_"
_BLACK = (0, 0, 0)
_NAME_LIST, _COLOR_LIST, _ANY_NAMES = "class_names.txt", "labelmap.txt", "dataset_meta.json"
_COLOR = re.compile(r"[^:]*:(\d{1,3}),(\d{1,3}),(\d{1,3})(?::.*)?")
"""Of a line of CVAT's list: name:red,green,blue:parts:actions."""
_UNNAMEABLE = re.compile(r":|^\s*#")
_Byte: TypeAlias = Annotated[int, Meta(ge=0, le=255)]


@dataclass(frozen=True)
class VocClasses:
    """What the lists of a folder tell."""

    names: list[str]
    """By number, the background first. Empty when there is no list."""
    colors: dict[int, int]
    """The number of each packed colour that is told."""


@dataclass(frozen=True)
class _Label:
    name: str
    color: tuple[int, ...] | None


class _AnyNames(Struct):
    """The file in which datumaro names the classes. Its colours are those of label_map, in the same order."""

    labels: list[str]
    label_map: dict[str, str] = {}
    segmentation_colors: list[tuple[_Byte, _Byte, _Byte] | None] = []


# --- reading ---------------------------------------------------------------------------------------------------------


def read_classes(folder: Path) -> VocClasses:
    """Reads the lists of a folder. Problem when one cannot be read."""
    any_names = _any_names(folder)
    # black is nothing, wherever it stands
    labels = sorted(any_names or _colored(folder), key=lambda label: label.color != _BLACK)
    names = (not any_names and _names(folder)) or [label.name for label in labels]
    return VocClasses(
        names=[name or f"class {number}" for number, name in enumerate(names)],
        colors={packed(label.color): number for number, label in enumerate(labels) if label.color},
    )


def _any_names(folder: Path) -> list[_Label]:
    """Nothing when there is no such file, or it is another program's."""
    if not (folder / _ANY_NAMES).is_file():
        return []
    try:
        told = msgspec.convert(read_object(below(folder, _ANY_NAMES)), _AnyNames)
    except msgspec.ValidationError:
        return []
    colors = dict(zip(told.label_map.values(), told.segmentation_colors, strict=False))
    return [_Label(name, colors.get(name)) for name in told.labels]


def _names(folder: Path) -> list[str]:
    """Reads labelme's list of class names. Where the background is the first class, its line is number 0, and each one
    after it is a class whatever its name; else comments and what labelme ignores are passed over."""
    lines = _lines(folder / _NAME_LIST)
    classes = [line for line in lines if not line.startswith(("#", "__ignore__"))]
    begins = bool(classes) and classes[0].lstrip("_") == _BACKGROUND.lstrip("_")
    return lines[lines.index(classes[0]) :] if begins else classes


def _colored(folder: Path) -> list[_Label]:
    lines = [line for line in _lines(folder / _COLOR_LIST) if line and not line.startswith("#")]
    found = ((line.split(":")[0], _COLOR.fullmatch(line)) for line in lines)
    return [_Label(name, tuple(map(int, match.groups())) if match else None) for name, match in found]


def _lines(file: Path) -> list[str]:
    """Nothing when there is no such file."""
    text = read_text(below(file.parent, file.name)) if file.is_file() else ""
    return [trimmed(line) for line in text.strip().split("\n")] if text.strip() else []


# --- writing ---------------------------------------------------------------------------------------------------------


def write_classes(folder: Path, names: Sequence[str]) -> None:
    """Writes the lists of the names, which count from number 1 on. labelme's list and CVAT's have lines; where these
    cannot tell every name as it is, datumaro's file is there too, and readers of it go by that alone."""
    names = [_background(names), *names]
    lines = [_UNNAMEABLE.sub(" ", _in_a_line(name)).strip() for name in names[:VOID]]
    colors = palette().tolist()
    colored = [f"{line}:{','.join(map(str, color))}::" for line, color in zip(lines, colors, strict=False)]
    _write_lines(folder / _NAME_LIST, map(_in_a_line, names))
    _write_lines(folder / _COLOR_LIST, ["# label:color_rgb:parts:actions", *colored])
    if lines != names:
        told = _AnyNames(names, {str(n): name for n, name in enumerate(names[:VOID])}, colors[: len(lines)])
        (folder / _ANY_NAMES).write_bytes(msgspec.json.encode(told))


def _background(names: Iterable[str]) -> str:
    """Returns labelme's name of the background, made longer when a class has that name."""
    taken = set(names)
    return next(name for length in count() if (name := "_" * length + _BACKGROUND) not in taken)


def _in_a_line(name: str) -> str:
    return " ".join(name.splitlines())


def _write_lines(file: Path, lines: Iterable[str]) -> None:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


# --- colours ---------------------------------------------------------------------------------------------------------


def packed(color: Iterable[int]) -> int:
    """Packs red, green and blue into one number, as decode_png reads it."""
    red, green, blue = (min(value, 255) for value in color)
    return red + 256 * green + 65536 * blue


def palette() -> NDArray[np.int64]:
    """Makes VOC's colours, (256, 3): the bits of a number dealt out to red, green and blue, the lowest to the highest
    bit of each."""
    numbers = np.arange(256)
    colors = np.zeros((256, 3), np.int64)
    for place in range(8):
        for channel in range(3):
            colors[:, channel] |= ((numbers >> (3 * place + channel)) & 1) << (7 - place)
    return colors
