"""`maskwright auto`: everything mode over image files."""

from __future__ import annotations

import json as json_
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.output import Json, answer, drained
from app.cli.predict import ModelName, RuntimeName, loaded
from app.partial import remove_leftovers
from app.problem import Problem
from app.text import say, say_n

if TYPE_CHECKING:
    from app.sam.automatic import FoundMask
    from app.sam.predictor import Predictor
    from app.sam.presets import Preset


class OutputLayout(StrEnum):
    """The files that `auto` writes."""

    sa1b = "sa1b"
    coco = "coco"


def auto(
    images: Annotated[list[Path], typer.Argument(help="Image files.", show_default=False)],
    out: Annotated[Path, typer.Option(help="A folder; it is made.", show_default=False)],
    model: ModelName = "starter",
    runtime: RuntimeName = None,
    preset: Annotated[
        str | None, typer.Option(help="released, paper, quick or starter; without it, one that suits the model.")
    ] = None,
    format: Annotated[
        OutputLayout, typer.Option("--format", help="A file for each image, or one of all.")
    ] = OutputLayout.sa1b,
    json: Json = False,
) -> None:
    """Find everything on images, without a click: a file of masks for each of them, or a COCO file of all."""
    try:  # before the work, not after it
        out.mkdir(parents=True, exist_ok=True)
        remove_leftovers(out)
    except OSError as error:
        raise Problem(say("{out} cannot be made: {reason}.", out=out, reason=error.strerror)) from error
    chosen = _preset(preset)
    readable, unreadable = _readable(images)
    writer = _Sa1b(out) if format is OutputLayout.sa1b else _Coco(out)
    if readable:
        predictor = loaded(model, runtime, for_long=True)
        for number, path in readable:
            try:
                writer.add(_record(predictor, path, number, chosen or predictor.presets.thorough))
            except Problem as problem:
                unreadable[str(path)] = str(problem)
    writer.finish()
    value = {"files": [str(file) for file in writer.files], "masks": writer.masks, "unreadable": unreadable}
    on_images = say_n("{n} image", "{n} images", len(images) - len(unreadable))
    told = say_n("{out}: {n} mask on {images}", "{out}: {n} masks on {images}", writer.masks, out=out, images=on_images)
    answer(value, "\n".join([told, *unreadable.values()]), as_json=json)
    if unreadable:
        raise typer.Exit(1)


def _readable(images: list[Path]) -> tuple[list[tuple[int, Path]], dict[str, str]]:
    """(number, path) of the images whose head can be read, and a sentence for each of the others: it is told before a
    model is loaded."""
    from app.images.reading import image_size

    readable: list[tuple[int, Path]] = []
    unreadable: dict[str, str] = {}
    for number, path in enumerate(images, start=1):
        try:
            image_size(path)
        except Problem as problem:
            unreadable[str(path)] = str(problem)
        else:
            readable.append((number, path))
    return readable, unreadable


def _preset(name: str | None) -> Preset | None:
    """The named preset; None when the family of the model chooses. Problem when there is none of that name."""
    from app.sam.presets import PRESETS

    if name is not None and name not in PRESETS:
        raise Problem(say("There is no preset {name}. There are {presets}.", name=name, presets=", ".join(PRESETS)))
    return None if name is None else PRESETS[name]


def _record(predictor: Predictor, path: Path, number: int, preset: Preset) -> dict[str, Any]:
    """Returns the masks found on one image as the record that SA-1B has for an image: `image` and `annotations`."""
    from app.formats.sa1b import image_entry
    from app.images.reading import read_image
    from app.sam.automatic import automatic

    pixels = read_image(path).pixels
    found = drained(automatic(predictor, pixels, preset), path.name)
    image = image_entry(number, pixels.shape[:2], path.name)
    return {"image": image, "annotations": [_annotation(f, index) for index, f in enumerate(found, start=1)]}


def _annotation(found: FoundMask, number: int) -> dict[str, Any]:
    from app.formats.kit.coco.segmentation import mask_keys

    crop = found.crop
    return {
        "id": number,
        **mask_keys(found.mask),
        "predicted_iou": found.predicted_iou,
        "stability_score": found.stability_score,
        "crop_box": [crop.x0, crop.y0, crop.x1 - crop.x0, crop.y1 - crop.y0],
        "point_coords": [list(found.point)],
    }


class _Writer:
    def __init__(self, folder: Path) -> None:
        self.files: list[Path] = []
        self.masks = 0
        self._folder = folder

    def add(self, record: dict[str, Any]) -> None:
        """What was found on one image."""
        self.masks += len(record["annotations"])

    def finish(self) -> None:
        """No more images come."""

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        from app.atomic import replacing

        with replacing(self._folder / name) as stream:
            stream.writelines(pieces)
        self.files.append(self._folder / name)


class _Sa1b(_Writer):
    """A file for each image, as soon as it is done; images of the same name in different folders get a number."""

    def add(self, record: dict[str, Any]) -> None:
        super().add(record)
        stem = Path(record["image"]["file_name"]).stem
        is_taken = any(file.stem == stem for file in self.files)
        name = f"{stem}_{record['image']['image_id']}.json" if is_taken else f"{stem}.json"
        self._write(name, [json_.dumps(record).encode()])


class _Coco(_Writer):
    """One file; the lists in it are whole only when the last image is done."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []

    def add(self, record: dict[str, Any]) -> None:
        super().add(record)
        image = dict(record["image"])
        number = image.pop("image_id")
        self._images.append({"id": number, **image})
        for annotation in record["annotations"]:
            self._annotations.append(
                {**annotation, "id": len(self._annotations) + 1, "image_id": number, "category_id": 1, "iscrowd": 0}
            )

    def finish(self) -> None:
        from app.formats.coco.writing import pieces_of_file

        categories = [{"id": 1, "name": "object"}]
        self._write("instances.json", pieces_of_file({}, self._images, self._annotations, categories))
