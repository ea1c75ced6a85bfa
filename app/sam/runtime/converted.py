"""The files that a checkpoint was converted to, which OpenVINO compiles. No torch here.

They lie in one folder, named after the model, that appears whole or not at all: in the cache, where conversion.py makes
them once for each computer, or shipped with the program. The manifest holds their hashes: a folder that is damaged, or
of another version, is not used.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from app.partial import temporary_folder
from app.paths import resource
from app.private import make_folder
from app.problem import Problem
from app.sam.checksum import digest_of, sha256_of
from app.sam.manner import Manner
from app.text import say

ENCODER, SEEN, SEEN_WITH_LOGITS, DECODER = PARTS = tuple(
    f"{name}.xml" for name in ("encoder", "seen", "seen_with_logits", "decoder")
)
FORM = 3
"""Raised when the converted networks change: those in the cache are then made again."""
MANIFEST = "manifest.json"
_log = logging.getLogger(__name__)


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lies in the folder, and how it is to be used."""

    form: int
    manner: Manner
    files: dict[str, str]
    """The sha-256 of each file."""

    def hash_of(self, part: str) -> str:
        """Returns what tells a part, an .xml with its .bin, from all others."""
        return self.files[part] + self.files[Path(part).with_suffix(".bin").name]


class Converted:
    """The folder of one model's files."""

    def __init__(self, folder: Path) -> None:
        """Names a folder, which need not be there."""
        self.folder = folder

    def manifest(self) -> Manifest | None:
        """Returns what the manifest says when every file is there and is what was written; else None."""
        try:
            found = msgspec.json.decode((self.folder / MANIFEST).read_bytes(), type=Manifest)
            names = {path.name for path in self.folder.iterdir()} - {MANIFEST}
            good = names == set(found.files) and all(
                sha256_of(self.folder / name) == sha256 for name, sha256 in found.files.items()
            )
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            _log.warning("%s cannot be used: %s", self.folder, error)
            return None
        return found if good and found.form == FORM else None

    @property
    def is_good(self) -> bool:
        """Whether every file is there and is what was written."""
        return self.manifest() is not None

    def write(self, manner: Manner, make: Callable[[Path], None]) -> None:
        """Keeps what `make` puts into a folder, whole or not at all. OSError when it cannot be written."""
        make_folder(self.folder.parent)
        with temporary_folder(self.folder.parent) as folder:
            part = folder / "whole"
            make_folder(part)
            make(part)
            hashes = {path.name: digest_of(path) for path in sorted(part.iterdir())}
            (part / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(Manifest(FORM, manner, hashes))))
            self.discard()
            with suppress(FileExistsError):  # another process was quicker
                part.rename(self.folder)

    def discard(self) -> None:
        """Deletes what there is."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Cached(Converted):
    """The folder of one model's files in the cache of this computer."""

    def __init__(self, cache: Path, model_key: str) -> None:
        """Names the folder of a model's converted network. cache: of the converted networks of all models."""
        versions = " ".join(_version(name) for name in ("openvino", "torch"))
        made_by = hashlib.sha256(f"{FORM} {versions}".encode()).hexdigest()[:12]
        self._cache, self._model_key = cache, model_key
        super().__init__(cache / f"{model_key}-{made_by}")

    def write(self, manner: Manner, make: Callable[[Path], None]) -> None:
        """Keeps what `make` puts into a folder, and removes what older versions made. Problem without room."""
        try:
            super().write(manner, make)
        except OSError as error:
            raise Problem(
                say(
                    "The faster form of the model cannot be kept in {cache}: {reason}.",
                    cache=self._cache,
                    reason=error.strerror,
                )
            ) from error
        for path in self._cache.glob(f"{self._model_key}-*"):
            if path != self.folder:
                shutil.rmtree(path, ignore_errors=True)


def shipped(model_key: str) -> Converted:
    """Returns the folder of a model that comes with the program in both forms."""
    return Converted(resource("models") / model_key)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"
