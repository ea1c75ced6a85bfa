"""What OpenVINO compiled, kept for the next start: reading it takes a fifth of compiling it anew.

A blob fits one processor, one version of OpenVINO and one way to compile; all that is in its name. It begins with its
hash: what is damaged is never given to OpenVINO, and goes. A cache that cannot be written is one that does not
remember: no error.
"""

from __future__ import annotations

import hashlib
import io
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.atomic import replacing
from app.private import make_folder
from app.problem import Problem

_LARGEST_BYTES = 64 << 20
"""Of the weights: those of larger models are compiled in less time than it takes to read them twice."""
_HASH_BYTES = 32
_log = logging.getLogger(__name__)


class Blobs:
    """The blobs of one model, a file for each of its parts."""

    def __init__(self, folder: Path, core: Any) -> None:
        """Names the folder, which need not be there. core: of OpenVINO."""
        self._folder, self._core = folder, core

    def compiled(self, file: Path, sha256: str, options: dict[str, Any]) -> Any:
        """Compiles a part for this processor, or reads what was compiled before. file: its .xml, beside its .bin.
        sha256: of both. RuntimeError when OpenVINO cannot do it."""
        if file.with_suffix(".bin").stat().st_size > _LARGEST_BYTES:
            return self._core.compile_model(file, "CPU", options)
        blob = self._folder / f"{file.stem}-{self._fingerprint(sha256, options)}.blob"
        found = _read(blob)
        if found is not None:
            try:
                return self._core.import_model(io.BytesIO(found), "CPU", options)
            except RuntimeError as error:
                _log.warning("%s cannot be used: %s", blob, error)
        made = self._core.compile_model(file, "CPU", options)
        self._keep(blob, file.stem, made)
        return made

    def _fingerprint(self, sha256: str, options: dict[str, Any]) -> str:
        import openvino

        processor = self._core.get_property("CPU", "FULL_DEVICE_NAME")
        able = sorted(self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
        what = (openvino.get_version(), processor, able, sorted(options.items()), sha256)
        return hashlib.sha256(repr(what).encode()).hexdigest()[:16]

    def _keep(self, blob: Path, part: str, made: Any) -> None:
        """Writes one, and removes those of this part that fit no more."""
        try:
            exported = made.export_model()
            data = exported if isinstance(exported, bytes) else exported.getvalue()
            make_folder(self._folder)
            with replacing(blob, durable=False) as stream:
                stream.write(hashlib.sha256(data).digest() + data)
            for old in self._folder.glob(f"{part}-*.blob"):
                if old != blob:
                    old.unlink(missing_ok=True)
        except (OSError, RuntimeError, Problem) as error:  # the answer is as good, and the terminal is the person's
            _log.info("%s is not kept: %s", blob, error)


def _read(blob: Path) -> bytes | None:
    with suppress(OSError):
        content = blob.read_bytes()
        if hashlib.sha256(content[_HASH_BYTES:]).digest() == content[:_HASH_BYTES]:
            return content[_HASH_BYTES:]
        blob.unlink(missing_ok=True)
    return None
