"""The model without a window: segment one image, evaluate over many."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.atomic import replacing
from app.cli.output import Json, answer, drained, progress
from app.problem import Problem
from app.text import say, say_n

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.engine.images import DecodedImage
    from app.masks.rle import Mask
    from app.sam.closeup import Closeup
    from app.sam.predictor import Predictor
    from app.sam.types import Candidate, Prompt

ModelName = Annotated[str, typer.Option("--model", help="A name of `maskwright models list`, or a checkpoint file.")]
RuntimeName = Annotated[
    str | None, typer.Option("--runtime", help="What `maskwright doctor` lists; without it, the best of this machine.")
]


def segment(
    image: Annotated[Path, typer.Argument(help="An image file.", show_default=False)],
    point: Annotated[
        list[str] | None,
        typer.Option(metavar="X,Y[,0|1]", help="In pixels; 1 inside the object (the default), 0 outside. Repeatable."),
    ] = None,
    box: Annotated[str | None, typer.Option(metavar="X0,Y0,X1,Y1", help="Around the object, in pixels.")] = None,
    model: ModelName = "starter",
    runtime: RuntimeName = None,
    overlay: Annotated[Path | None, typer.Option(help="Also write the image with the best mask laid on it.")] = None,
    json: Json = False,
) -> None:
    """Propose masks for the object that was pointed at, best first. Of a huge image what is around it is looked at, and
    the overlay shows that."""
    points = [_numbers("--point", text, (2, 3)) for text in point or []]
    corners = None if box is None else _numbers("--box", box, (4,))
    if not points and corners is None:
        raise typer.BadParameter(say("Give at least one --point or a --box."))
    if overlay is not None:
        _refuse(overlay, image)
    prompt, seen, closeup = _seen(image, points, corners)
    value, masks = _segmented(loaded(model, runtime), seen, prompt, closeup)
    if overlay is not None:
        _write_overlay(overlay, seen.pixels, [_cut(mask, closeup) for mask in masks[:1]])
    answer(value, _table(value), as_json=json)


def evaluate(
    images: Annotated[Path, typer.Option(help="The folder of the images.", show_default=False)],
    annotations: Annotated[Path, typer.Option(help="A COCO file.", show_default=False)],
    model: ModelName = "starter",
    runtime: RuntimeName = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many annotations, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed for --limit.")] = 0,
    json: Json = False,
) -> None:
    """Measure a model over annotated images: one click, one box, and clicks until the mask fits."""
    from app.learning.truths import draw

    drawn = draw(images, annotations, limit=limit, seed=seed)  # before the model: what is wrong with them is told first
    predictor = loaded(model, runtime)

    from app.learning.evaluate import measure

    value = {"model": predictor.name, **drained(measure(predictor, drawn, images, annotations), say("Evaluating"))}
    answer(value, "\n".join(f"{name:20} {number}" for name, number in value.items()), as_json=json)


def _numbers(option: str, text: str, lengths: tuple[int, ...]) -> list[float]:
    """Usage error when it is not so many numbers. Problem when one of them is NaN or infinite."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in lengths or (len(numbers) == 3 and numbers[2] not in (0, 1)):
        form = say("X,Y or X,Y,0 or X,Y,1") if option == "--point" else "X0,Y0,X1,Y1"
        raise typer.BadParameter(say("{option} {text}: it should be {form}.", option=option, text=text, form=form))
    if not all(math.isfinite(number) for number in numbers):
        raise Problem(say("{option} {text}: a coordinate is not a number.", option=option, text=text))
    return numbers


def _seen(
    image: Path, points: list[list[float]], box: list[float] | None
) -> tuple[Prompt, DecodedImage, Closeup | None]:
    from app.engine.images import ImageCache, whole
    from app.engine.values import ImageRef
    from app.images.reading import image_size
    from app.masks.rle import MAX_PIXELS
    from app.sam.closeup import closeup_around

    width, height = image_size(image)
    prompt = _prompt(points, box, width, height)
    if width * height <= MAX_PIXELS:
        return prompt, whole(image), None
    closeup = closeup_around(prompt, (height, width))
    seen = ImageCache(0).seen(ImageRef(0, image, closeup))
    assert seen is not None  # only an overview would have to be made first
    return prompt, seen, closeup


def _prompt(points: list[list[float]], box: list[float] | None, width: int, height: int) -> Prompt:
    """Problem when it points outside the image or at nothing."""
    from app.sam.types import Prompt

    prompt = Prompt()
    for x, y, *label in points:
        if not (0 <= x <= width and 0 <= y <= height):
            raise Problem(
                say(
                    "The point {x:g},{y:g} lies outside the image, which is {width} x {height} pixels.",
                    x=x,
                    y=y,
                    width=width,
                    height=height,
                )
            )
        prompt = prompt.with_point(x, y, positive=not label or label[0] == 1)
    if box is None:
        return prompt
    x0, x1 = (min(max(x, 0), width) for x in (box[0], box[2]))
    y0, y1 = (min(max(y, 0), height) for y in (box[1], box[3]))
    if box[0] == box[2] or box[1] == box[3]:
        raise Problem(say("The box has no area."))
    if x0 == x1 or y0 == y1:
        raise Problem(
            say("The box lies outside the image, which is {width} x {height} pixels.", width=width, height=height)
        )
    return prompt.with_box(x0, y0, x1, y1)


def loaded(name: str, runtime: str | None = None, *, for_long: bool = False) -> Predictor:
    """Loads a model and tells how far it is. for_long: many images are to come; what makes it faster is done first."""
    with progress(say("Loading {name}", name=name)) as advance:
        from app.sam.load import load_predictor
        from app.sam.runtime import choose

        predictor = load_predictor(name, lambda fraction: advance(fraction, 1.0), choose(runtime))
    if for_long and predictor.preparation is not None:
        drained(predictor.preparation(), say("Making {name} faster on this computer", name=name))
    return predictor


def _segmented(
    predictor: Predictor, seen: DecodedImage, prompt: Prompt, closeup: Closeup | None
) -> tuple[dict[str, Any], list[Mask]]:
    from app.masks.rle import Mask
    from app.sam.postprocess import region

    started = time.perf_counter()
    with progress(say("Reading the image")) as advance:
        embedding = predictor.encode(seen.pixels, lambda fraction: advance(fraction, 1.0)).of_size(seen.size)
    encoded = time.perf_counter()
    candidates = predictor.decode(embedding, closeup.prompt_in(prompt) if closeup else prompt)
    decoded = time.perf_counter()
    regions = [region(candidate, closeup.image_size if closeup else None) for candidate in candidates]
    masks = [Mask.from_region(closeup.placed(found) if closeup else found) for found in regions]
    height, width = closeup.image_size if closeup else seen.size
    value = {
        "model": predictor.name,
        "image": {"width": width, "height": height},
        "encode_ms": round(1000 * (encoded - started), 3),
        "decode_ms": round(1000 * (decoded - encoded), 3),
        "candidates": [_candidate(c, m) for c, m in zip(candidates, masks, strict=True) if m.area],
    }
    return value, [mask for mask in masks if mask.area]


def _candidate(candidate: Candidate, mask: Mask) -> dict[str, Any]:
    from app.formats.kit.coco.segmentation import mask_keys

    scores = {"predicted_iou": candidate.predicted_iou, "stability_score": candidate.stability_score}
    return mask_keys(mask) | scores


def _table(value: dict[str, Any]) -> str:
    lines = [
        say(
            "{model}: image read in {encode_ms:.0f} ms, masks in {decode_ms:.0f} ms",
            model=value["model"],
            encode_ms=value["encode_ms"],
            decode_ms=value["decode_ms"],
        )
    ]
    lines += [
        say_n(
            "{number}. predicted IoU {predicted_iou:.2f}, stability {stability_score:.2f}, {n} pixel in {bbox}",
            "{number}. predicted IoU {predicted_iou:.2f}, stability {stability_score:.2f}, {n} pixels in {bbox}",
            c["area"],
            number=number,
            predicted_iou=c["predicted_iou"],
            stability_score=c["stability_score"],
            bbox=c["bbox"],
        )
        for number, c in enumerate(value["candidates"], start=1)
    ]
    return "\n".join(
        lines if value["candidates"] else [*lines, say("There is no mask: the model found nothing there.")]
    )


def _cut(mask: Mask, closeup: Closeup | None) -> NDArray[np.bool_]:
    return closeup.cut_mask(mask) if closeup else mask.to_array()


def _refuse(overlay: Path, image: Path) -> None:
    """Problem when the overlay would take the place of the image."""
    from app.images.pages import source_of

    file = source_of(image).file
    if overlay.exists() and file.exists() and overlay.samefile(file):
        raise Problem(say("{file} is the image itself; choose another name for the overlay.", file=overlay.name))


def _write_overlay(path: Path, pixels: NDArray[np.uint8], masks: list[NDArray[np.bool_]]) -> None:
    """The best mask in the accent colour, half transparent, with its border drawn over it. masks: the best one,
    or none; of a huge image it may have more pixels than are shown."""
    import cv2
    import numpy as np
    from PIL import Image

    painted = pixels.copy()
    if masks:
        size = pixels.shape[1::-1]
        inside = cv2.resize(masks[0].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
        painted[inside] = painted[inside] // 2 + np.array(_OVERLAY_RGB, np.uint8) // 2
        edge = inside & ~cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        painted[edge] = _OVERLAY_RGB
    try:
        kind = Image.registered_extensions().get(path.suffix.lower())
        if kind is None or kind not in Image.SAVE:
            raise ValueError(f"unknown file extension: {path.suffix}")
        with replacing(path) as file:
            Image.fromarray(painted).save(file, kind)
    except (OSError, ValueError) as error:  # ValueError: an ending that stands for no format
        raise Problem(
            say("{path} cannot be written: {reason}.", path=path, reason=getattr(error, "strerror", None) or error)
        ) from error


_OVERLAY_RGB = (38, 132, 255)
