"""What is done when the person says that a photo is right that was replaced after it had been labelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from app.images.reading import file_hash, image_size
from app.masks.scaling import is_alike, scaled
from app.problem import Problem, shortened
from app.project.identity import Stamp, content_at
from app.project.records import Annotation, ImageRecord, Json
from app.project.store import Project
from app.text import say, say_n


@dataclass(frozen=True)
class _File:
    """What is there now."""

    stamp: Stamp
    content_hash: str
    size: tuple[int, int]
    """(height, width)"""


def accept(project: Project, image_ids: Iterable[int]) -> int:
    """Takes the files of these images for what was labelled. Where one is the photo made larger or smaller its masks
    are scaled, in one step that can be undone; their number is returned. Problem when one cannot be read, a mask
    would become too large to be worked on, or nothing can be written; then none is taken."""
    project.file.must_be_writable()
    files = {image_id: _file_of(project, project.image(image_id)) for image_id in image_ids}
    changed = [new for image_id, file in files.items() for new in _scaled(project, image_id, file.size)]
    if changed:
        with project.step(
            say_n("Scale {n} mask to its photo", "Scale {n} masks to their photos", len(changed))
        ) as step:
            for annotation in changed:
                step.put(annotation)
    for image_id, file in files.items():
        height, width = file.size
        project.image_table.note(
            image_id,
            height=height,
            width=width,
            content_hash=file.content_hash,
            size_bytes=file.stamp.size_bytes,
            mtime_ns=file.stamp.mtime_ns,
        )
    return len(changed)


def named(project: Project, name: str) -> ImageRecord:
    """Returns the image with that path, or the only one whose file is called so. Problem when there is none, or there
    are several."""
    images = project.images()
    found = [each for each in images if each.path == name] or [
        each for each in images if each.path.rpartition("/")[2] == name
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise Problem(say("{n} images are called {name}: give the path of one.", n=len(found), name=shortened(name)))
    raise Problem(say("{name} is none of the images of this project.", name=shortened(name)))


def _file_of(project: Project, record: ImageRecord) -> _File:
    path: Path = project.image_path(record)
    stamp = project.folder.stamp_of(record)
    if stamp is None:
        raise Problem(say("{path} is missing.", path=record.path))
    width, height = image_size(path)
    return _File(stamp, content_at(path, stamp) or file_hash(path), (height, width))


def _scaled(project: Project, image_id: int, size: tuple[int, int]) -> list[Annotation]:
    return [
        replace(each, mask=scaled(each.mask, size), provenance=_moved(each.provenance, each.mask.size, size))
        for each in project.annotations(image_id)
        if each.mask.counts and each.mask.size != size and is_alike(each.mask.size, size)
    ]


def _moved(told: Json, before: tuple[int, int], after: tuple[int, int]) -> Json:
    """Returns what a mask was made of with its clicks and box where they are in the photo of another size; without a
    prompt that is none of ours."""
    if "prompt" not in told:
        return told
    x, y = after[1] / before[1], after[0] / before[0]
    others = {key: value for key, value in told.items() if key not in ("prompt", "closeup")}
    try:
        prompt = told["prompt"]
        points = [[px * x, py * y] for px, py in prompt["points"]]
        box = None if prompt["box"] is None else [side * (x, y)[i % 2] for i, side in enumerate(prompt["box"])]
        return {**others, "prompt": {**prompt, "points": points, "box": box}}
    except (KeyError, TypeError, ValueError):
        return others
