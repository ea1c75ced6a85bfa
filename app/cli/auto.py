"""`maskwright auto`: everything mode over image files."""

from __future__ import annotations

import json as json_
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.output import Json, answer, drained
from app.cli.predict import ModelName, RuntimeName, loaded
from app.problem import Problem

if TYPE_CHECKING:
    from app.sam.automatic import Found, Preset
    from app.sam.predictor import Predictor


class Layout(StrEnum):
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
    format: Annotated[Layout, typer.Option("--format", help="A file for each image, or one of all.")] = Layout.sa1b,
    json: Json = False,
) -> None:
    """Find everything on images, without a click: a file of masks for each of them, or a COCO file of all."""
    from app.formats.atomic import replacing

    try:  # before the work, not after it
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{out} cannot be made: {error.strerror}.") from error
    predictor = loaded(model, runtime, for_long=True)
    chosen = _preset(preset, predictor.name)
    records, unreadable = [], {}
    for number, path in enumerate(images, start=1):
        try:
            records.append(_record(predictor, path, number, chosen))
        except Problem as problem:
            unreadable[str(path)] = str(problem)
    files = _sa1b(records) if format is Layout.sa1b else {"instances.json": _coco(records)}
    for name, content in files.items():
        with replacing(out / name) as stream:
            stream.write(json_.dumps(content).encode())
    masks = sum(len(record["annotations"]) for record in records)
    value = {"files": [str(out / name) for name in files], "masks": masks, "unreadable": unreadable}
    answer(value, "\n".join([f"{out}: {masks} masks on {len(records)} images", *unreadable.values()]), as_json=json)
    if unreadable:
        raise typer.Exit(1)


def _preset(name: str | None, model: str) -> Preset:
    from app.sam.automatic import PRESETS

    if name is None:
        return PRESETS["starter" if model == "starter" else "released"]
    if name not in PRESETS:
        raise Problem(f"There is no preset {name}. There are {', '.join(PRESETS)}.")
    return PRESETS[name]


def _record(predictor: Predictor, path: Path, number: int, preset: Preset) -> dict[str, Any]:
    """As SA-1B has it."""
    from app.project.images import read_image
    from app.sam.automatic import automatic

    pixels = read_image(path).pixels
    found = drained(automatic(predictor, pixels, preset), path.name)
    image = {"image_id": number, "width": pixels.shape[1], "height": pixels.shape[0], "file_name": path.name}
    return {"image": image, "annotations": [_annotation(f, index) for index, f in enumerate(found, start=1)]}


def _annotation(found: Found, number: int) -> dict[str, Any]:
    mask, crop = found.mask, found.crop
    return {
        "id": number,
        "segmentation": {"size": list(mask.size), "counts": mask.counts},
        "bbox": list(mask.bbox),
        "area": mask.area,
        "predicted_iou": found.predicted_iou,
        "stability_score": found.stability_score,
        "crop_box": [crop.x0, crop.y0, crop.x1 - crop.x0, crop.y1 - crop.y0],
        "point_coords": [list(found.point)],
    }


def _sa1b(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A file for each; images of the same name in different folders get a number."""
    files: dict[str, Any] = {}
    for record in records:
        stem = Path(record["image"]["file_name"]).stem
        name = f"{stem}.json"
        if name in files:
            name = f"{stem}_{record['image']['image_id']}.json"
        files[name] = record
    return files


def _coco(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    images = [
        {"id": record["image"]["image_id"], **{k: v for k, v in record["image"].items() if k != "image_id"}}
        for record in records
    ]
    annotations = [
        {**annotation, "image_id": record["image"]["image_id"], "category_id": 1, "iscrowd": 0}
        for record in records
        for annotation in record["annotations"]
    ]
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = number
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "object"}]}
