"""`maskwright embed`: encode a project beforehand, here or for another machine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, answer, drained
from app.cli.predict import ModelName, RuntimeName, loaded
from app.cli.projects import Each, ProjectFile, opened_project
from app.paths import embeddings_dir
from app.problem import Problem
from app.tally import Tally
from app.text import say, say_n


def embed(
    project: ProjectFile,
    model: ModelName = "starter",
    runtime: RuntimeName = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder to copy to other machines; without it, this user's cache.")
    ] = None,
    limit_gb: Annotated[
        float | None,
        typer.Option("--limit-gb", min=0, help="Of the disk; 2 for the cache, none for --out."),
    ] = None,
    each: Each = False,
    json: Json = False,
) -> None:
    """Encode the images of a project now, so that none is waited for later. May be stopped and begun again, and run
    several times at once."""
    from app.engine.disk_cache import DEFAULT_BUDGET_BYTES, DiskCache
    from app.engine.precompute import precompute

    standard = DEFAULT_BUDGET_BYTES if out is None else None
    cache = DiskCache(out or embeddings_dir(), standard if limit_gb is None else int(limit_gb * 2**30))
    with opened_project(project, read_only=True, needs_images=True) as opened:
        images = {opened.image_path(image): image.id for image in opened.images()}
    report = drained(precompute(list(images), loaded(model, runtime, for_long=True), cache), say("Encoding"))
    if out is None:
        _note(project, {images[Path(path)]: content_hash for path, content_hash in report.hashes.items()})
    kept = cache.nbytes
    value = {
        "folder": str(cache.folder),
        "encoded": report.encoded,
        "there_already": report.there_already,
        "unreadable": report.unreadable,
        "bytes": kept,
    }
    encoded = say_n("{n} image encoded", "{n} images encoded", report.encoded)
    there = say_n("{n} was there", "{n} were there", report.there_already)
    made = say("{encoded}, {there}", encoded=encoded, there=there)
    told = say("{folder}: {made}, {kept:.1f} MB in all", folder=cache.folder, made=made, kept=kept / 1e6)
    unreadable = Tally()
    for sentence in report.unreadable.values():
        unreadable.add(sentence)
    lines = list(report.unreadable.values()) if each else unreadable.lines()
    answer(value, "\n".join([told, *lines]), as_json=json)


def _note(project: Path, hashes: Mapping[int, str]) -> None:
    """Lets the window know after its next start which images are ready, by their ids. Only the content of a
    file is noted whose size and time are those that are known: of another one a scan tells what it is. Nothing is noted
    while a window has the project open."""
    from app.project.identity import is_untouched
    from app.project.store import Project

    with suppress(Problem), closing(Project.open(project)) as opened:
        if not opened.read_only:
            known = [each for each in opened.images() if each.id in hashes]
            stamped = [(each, opened.folder.stamp_of(each)) for each in known]
            sure = [each.id for each, stamp in stamped if stamp is not None and is_untouched(each, stamp)]
            opened.image_table.note_hashes({id: hashes[id] for id in sure})
