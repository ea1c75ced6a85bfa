"""The models we know (resources/models.toml) and the user's own checkpoints beside them. No torch here."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from app.paths import models_dir, resource
from app.problem import Problem
from app.sam.families import FAMILIES
from app.text import say, say_n

SUFFIXES = (".pth", ".pt", ".safetensors")


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checkpoint file. sha256 is "" and bytes 0 for the user's own: there is nothing to compare with."""

    name: str
    title: str
    file: str
    bytes: int = 0
    sha256: str = ""
    url: str = ""
    licence: str = ""
    note: str = ""
    bundled: bool = False
    """Comes with the program, not in models_dir()."""
    family: str = ""
    """A name of the registry of families; "" for the user's own: its file will tell."""

    @property
    def supported(self) -> bool:
        """False if we can name the file, but this version cannot run its family."""
        return not self.family or self.family in FAMILIES


class _Catalog(msgspec.Struct, forbid_unknown_fields=True):
    model: list[Model]


@cache
def catalog() -> tuple[Model, ...]:
    """The known models, the bundled one first."""
    text = resource("models.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert(tomllib.loads(text), _Catalog).model)


def own_models() -> tuple[Model, ...]:
    """Checkpoints in models_dir() that the catalogue does not know. The name is the file's, without its ending unless
    that is taken."""
    files = {model.file for model in catalog()}
    names = {model.name for model in catalog()}
    folder = models_dir()
    return tuple(
        Model(
            name=path.name if path.stem in names else path.stem, title=path.stem, file=path.name, note=say("your own")
        )
        for path in (sorted(folder.iterdir()) if folder.is_dir() else [])
        if path.suffix in SUFFIXES and path.name not in files and path.is_file()
    )


def lookup(name: str) -> Model | None:
    """The model of that name, or whose file has that name. None when there is none."""
    return next((m for m in (*catalog(), *own_models()) if name in (m.name, m.file)), None)


def find(name: str) -> Model:
    """The model of that name or file name. Problem that lists the choices when there is none."""
    model = lookup(name)
    if model is None:
        choices = ", ".join(m.name for m in (*catalog(), *own_models()) if m.supported)
        raise Problem(say("There is no model {name}. Choose one of: {choices}.", name=name, choices=choices))
    return model


def path_of(model: Model) -> Path:
    """The path where the file of a model lies, or should."""
    return resource("models") / model.file if model.bundled else models_dir() / model.file


def installed() -> tuple[Model, ...]:
    """The models whose file is here and that this version can run."""
    return tuple(m for m in (*catalog(), *own_models()) if m.supported and path_of(m).is_file())


def readable(size: int) -> str:
    """A size in decimal units, as browsers and shops write it: "375 MB"; two that differ must not look alike."""
    if size < 1_000_000:
        return say_n("{n:,} byte", "{n:,} bytes", size)
    return say("{size:.2f} GB", size=size / 1e9) if size >= 1e9 else say("{size:.0f} MB", size=size / 1e6)
