"""`maskwright models`: what there is, what is here, get one, check them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import Json, answer, progress
from app.problem import Problem
from app.sam.catalog import Model, catalog, find, installed, own_models, path_of, readable
from app.text import say, translation

commands = typer.Typer(help="The models on this computer, and those that can be had.")


@commands.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_()


@commands.command("list")
def list_(json: Json = False) -> None:
    """The models of the catalogue and your own."""
    models = [*catalog(), *own_models()]
    answer({"models": [_row(model) for model in models]}, "\n".join(map(_line, models)), as_json=json)


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A checkpoint: .pth, .pt or .safetensors.", show_default=False)],
    json: Json = False,
) -> None:
    """Check a checkpoint file and copy it to the models."""
    with progress(say("Checking {file}", file=file.name)) as advance:
        from app.sam.load import import_model

        model = import_model(file, lambda fraction: advance(fraction, 1.0))
    answer(_row(model), say("{model} is ready: {model_2}", model=model.name, model_2=path_of(model)), as_json=json)


@commands.command("download")
def download(
    name: Annotated[str, typer.Argument(help="As in `maskwright models list`.", show_default=False)],
    json: Json = False,
) -> None:
    """Download a model; a download that was stopped goes on."""
    from app.sam.download import download as fetch

    model = find(name)
    with progress(model.title, in_bytes=True) as advance:
        fetch(model, advance)
    answer(_row(model), say("{model} is ready: {model_2}", model=model.name, model_2=path_of(model)), as_json=json)


@commands.command("verify")
def verify(json: Json = False) -> None:
    """Read every model on this computer again and compare it with the catalogue."""
    rows = [_verified(model) for model in installed()]
    text = "\n".join(f"{row['name']:16} {row['problem'] or say('ok')}" for row in rows)
    answer({"ok": all(row["ok"] for row in rows), "models": rows}, text, as_json=json)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def _verified(model: Model) -> dict[str, Any]:
    from app.sam import checksum
    from app.sam.verify import verify as verify_file

    path = path_of(model)
    checksum.forget(path)  # a failing disk changes no time of change
    try:
        with progress(model.title) as advance:
            sha256 = verify_file(model, path, lambda fraction: advance(fraction, 1.0))
    except Problem as problem:
        return {"name": model.name, "path": str(path), "ok": False, "sha256": None, "problem": str(problem)}
    return {"name": model.name, "path": str(path), "ok": True, "sha256": sha256, "problem": None}


def _row(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "installed": model in installed(),
        "supported": model.supported,
        "path": str(path_of(model)),
        "bytes": model.bytes or None,
        "licence": model.licence or None,
        "url": model.url or None,
    }


def _line(model: Model) -> str:
    state = (
        say("here")
        if model in installed()
        else say("can be downloaded")
        if model.supported
        else say("not supported yet")
    )
    size = readable(model.bytes) if model.bytes else ""
    return f"{model.name:18} {state:18} {size:>9}  {model.title}{f': {translation(model.note)}' if model.note else ''}"
