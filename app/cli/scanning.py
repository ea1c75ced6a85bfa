"""What is in the folder of the images now: scan, and what the person says of replaced photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import Json, answer, drained
from app.cli.projects import AllImages, Each, ProjectFile, masks_told, opened_project
from app.tally import first_of
from app.text import say, say_n

if TYPE_CHECKING:
    from app.project.replaced import Replaced
    from app.project.store import Project


def scan(
    project: ProjectFile,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept", help="A photo that was replaced after labelling and is right as it is; as often as needed."
        ),
    ] = None,
    accept_all: Annotated[
        bool, typer.Option("--accept-all", help="All replaced photos are right as they are.")
    ] = False,
    each: Each = False,
    all_images: AllImages = None,
    json: Json = False,
) -> None:
    """Look for images that are new, were moved or replaced, or are gone."""
    from app.project.accepting import named
    from app.project.mask_folders import ALL_IMAGES

    with opened_project(project, read_only=False, needs_images=True) as opened:
        if all_images is not None:
            opened.set_setting(ALL_IMAGES, all_images)
        before = {record.id for record in opened.images()}
        passed_over = drained(opened.folder.scan(), say("Looking for images"))
        right = {named(opened, name).id for name in accept or ()}
        replaced = opened.folder.replaced_in_scan()
        accepted = [one for one in replaced if accept_all or one.image_id in right]
        scaled = _accept(opened, accepted)
        same = [image.path for image in opened.images() if image.id in right - {one.image_id for one in replaced}]
        left = [one for one in replaced if one not in accepted]
        images = opened.images()
        moved, displaced = len(opened.folder.scanned.moved & before), list(opened.folder.scanned.gone.values())
        gone, masks = opened.folder.missing_images(), opened.folder.mask_folders
    new = len({record.id for record in images} - before)
    lines = [
        say_n(
            "{n} image: {new} new, {moved} moved, {gone} missing.",
            "{n} images: {new} new, {moved} moved, {gone} missing.",
            len(images),
            new=new,
            moved=moved,
            gone=len(gone),
        )
    ]
    lines += [*([passed_over] if passed_over else []), *masks_told(masks)]
    lines += [*_missing(gone, each=each), *_displaced(displaced)]
    lines += [*_accepted(accepted, scaled), *_replaced(left, each=each)]
    lines += [say("{path} is as it was.", path=path) for path in same]
    value = {
        "images": len(images), "new": new, "moved": moved, "missing": gone, "passed_over": passed_over,
        "mask_folders": masks, "replaced": [_values(one) for one in left],
        "accepted": [one.path for one in accepted], "scaled": scaled,
    }  # fmt: skip
    answer(value, "\n".join(lines), as_json=json)


def _accept(project: Project, replaced: Sequence[Replaced]) -> int:
    from app.project.accepting import accept

    return accept(project, [one.image_id for one in replaced]) if replaced else 0


def _missing(paths: Sequence[str], *, each: bool) -> list[str]:
    """One line, or one for each."""
    if each or len(paths) < 2:
        return [say("{path} is missing.", path=path) for path in paths]
    names = first_of(paths)
    return [say_n("{n} image is missing: {names}", "{n} images are missing: {names}", len(paths), names=names)]


def _displaced(displaced: Sequence[tuple[str, str]]) -> list[str]:
    return [
        say(
            "{path} is another photo now, and the one before is gone: its masks are kept as {kept}.",
            path=path,
            kept=kept,
        )
        for path, kept in displaced
    ]


def _replaced(replaced: Sequence[Replaced], *, each: bool) -> list[str]:
    from app.project.replaced import told

    hint = [say("If a photo is right as it is, say so with --accept NAME.")] if replaced else []
    return [*told(replaced, each=each), *hint]


def _accepted(accepted: Sequence[Replaced], scaled: int) -> list[str]:
    lines: list[str] = [say("{path} is right as it is now.", path=one.path) for one in accepted]
    if scaled:
        lines.append(say_n("{n} mask was scaled to its photo.", "{n} masks were scaled to their photos.", scaled))
    return lines


def _values(one: Replaced) -> dict[str, object]:
    return {"image": one.path, "certain": one.is_certain, "was": str(one.was), "now": str(one.now)}
