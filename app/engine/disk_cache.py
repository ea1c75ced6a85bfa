"""LRU cache of embeddings on the disk: half precision, a file each, bounded in bytes.

A file is named after what it holds, appears whole or not at all, and carries a checksum: whatever is wrong with one, it
goes and is made again. So the folder may be shared by processes, be deleted meanwhile, or come from another machine
where somebody encoded for this one. A cache that cannot be written is one that does not remember: no error.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from app.atomic import replacing
from app.engine.embeddings import EmbeddingKey
from app.private import make_folder
from app.problem import Problem
from app.sam.types import ENCODING, Embedding, Frame, Size

DEFAULT_BUDGET_BYTES = 2 << 30
_SUFFIX, _CLAIM_SUFFIX, _PART_SUFFIX = ".embedding", ".claim", ".part"
_MAX_FILE_BYTES = 256 << 20
_MAX_SIDE_PX = 1 << 20
_ABANDONED_S = 900.0
"""A claim or an unfinished file that is older belongs to nobody any more."""
_MANY = 1000
"""Files: to list more of them for each new one would take longer than to make it."""
_WHAT_BAD_FILES_RAISE = (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError)
_log = logging.getLogger(__name__)


class DiskCache:
    """A folder of embeddings, for one thread of each process. budget_bytes None: without a bound."""

    def __init__(self, folder: Path, budget_bytes: int | None = DEFAULT_BUDGET_BYTES) -> None:
        self.folder = folder
        self.budget_bytes = budget_bytes
        """May be changed on any thread; the next embedding that is kept makes room."""
        self._complained = False
        self._listed: int | None = None
        """Bytes in the folder when it was listed last; None before that."""
        self._added = 0
        """Bytes that were written since. Others who write there list it too."""

    @property
    def nbytes(self) -> int:
        """Bytes of all embeddings in the folder."""
        return sum(size for _, size, _ in self._files())

    @property
    def count(self) -> int:
        """How many embeddings there are."""
        return sum(1 for _ in self._files())

    def __contains__(self, key: EmbeddingKey) -> bool:
        """Whether there is a file; get says whether it is good. May be asked on any thread."""
        return self._file(key).exists()

    def touch(self, key: EmbeddingKey) -> bool:
        """Whether it is there; then it counts as used just now."""
        try:
            os.utime(self._file(key))
        except FileNotFoundError:
            return False
        except OSError:  # of a folder that only others may write
            return key in self
        return True

    def get(self, key: EmbeddingKey) -> Embedding | None:
        """The embedding of that key, which counts as used now; None when there is none. A damaged file is removed."""
        if not self.touch(key):
            return None
        file = self._file(key)
        try:
            return _read(file, key)
        except _WHAT_BAD_FILES_RAISE as error:
            _log.warning("%s is damaged and was removed: %s", file, error)
            with suppress(OSError):
                file.unlink(missing_ok=True)
            return None

    def put(self, key: EmbeddingKey, embedding: Embedding) -> bool:
        """False when it could not be written, or is larger than the whole budget."""
        file = self._file(key)
        try:
            data = _serialized(key, embedding)
            if self.budget_bytes is not None and len(data) > self.budget_bytes:
                return False
            make_folder(self.folder)
            with replacing(file, durable=False) as stream:
                stream.write(data)
        except (Problem, MemoryError, *_WHAT_BAD_FILES_RAISE) as error:
            if not self._complained:
                _log.warning("Embeddings are not kept: %s", error)
            self._complained = True
            return False
        self._added += len(data)
        if self._listed is None or self._listed + self._added > (self.budget_bytes or 0):
            self._evict(file)
        return True

    @contextmanager
    def claim(self, key: EmbeddingKey) -> Generator[bool]:
        """Whether this embedding is ours to make; False while another process makes it."""
        claim = self._file(key).with_suffix(_CLAIM_SUFFIX)
        is_ours = self._claimed(claim)
        try:
            yield is_ours
        finally:
            if is_ours:
                with suppress(OSError):
                    claim.unlink(missing_ok=True)

    def _claimed(self, claim: Path) -> bool:
        with suppress(OSError):
            make_folder(self.folder)
        with suppress(OSError):
            if _is_abandoned(claim.stat()):
                claim.unlink(missing_ok=True)
        try:
            os.close(os.open(claim, os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        except OSError:
            return True  # put will find out why
        return True

    def _file(self, key: EmbeddingKey) -> Path:
        name = hashlib.sha256("\n".join((*key, str(ENCODING))).encode()).hexdigest()
        return self.folder / f"{name[:40]}{_SUFFIX}"

    def _evict(self, newest: Path) -> None:
        """The least recently used go until the budget holds, whoever made them."""
        if self.budget_bytes is None:
            return
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        spare = self.budget_bytes // 20 if len(files) > _MANY else 0
        for _, size, path in files if total > self.budget_bytes else ():
            if total <= self.budget_bytes - spare:
                break
            if path != newest:
                with suppress(OSError):  # another process may have been quicker
                    path.unlink(missing_ok=True)
                total -= size
        self._listed, self._added = total, 0

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """(last use, bytes, path) of each embedding. Removes what a killed process left."""
        try:
            entries = list(os.scandir(self.folder))
        except OSError:
            return
        for entry in entries:
            with suppress(OSError):
                status = entry.stat()
                if entry.name.endswith(_SUFFIX):
                    yield status.st_mtime, status.st_size, Path(entry.path)
                elif entry.name.endswith((_PART_SUFFIX, _CLAIM_SUFFIX)) and _is_abandoned(status):
                    Path(entry.path).unlink(missing_ok=True)


def _is_abandoned(status: os.stat_result) -> bool:
    return time.time() - status.st_mtime > _ABANDONED_S


def _serialized(key: EmbeddingKey, embedding: Embedding) -> bytes:
    arrays = {str(index): _halved(array) for index, array in enumerate(embedding.features)}
    frame = embedding.frame
    sizes = json.dumps((frame.image_size, frame.input_size, frame.padded_size, frame.mask_size))
    about = {"content_hash": key[0], "model_key": key[1], "frame": sizes}
    return save(arrays, {**about, "checksum": _checksum(list(arrays.values()), sizes)})


def _halved(array: NDArray[np.float32]) -> NDArray[np.floating]:
    """Returns an array as float16, or unchanged if a value is beyond the range of float16."""
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return np.ascontiguousarray(half if np.isfinite(half).all() else array)


def _read(file: Path, key: EmbeddingKey) -> Embedding:
    size = file.stat().st_size
    if size > _MAX_FILE_BYTES:
        raise ValueError(f"{size} bytes")
    with cast("AbstractContextManager[_Opened]", safe_open(file, framework="np")) as opened:
        about = opened.metadata() or {}
        if (about["content_hash"], about["model_key"]) != key:
            raise ValueError("it holds something else")
        arrays = [opened.get_tensor(str(index)) for index in range(len(opened.keys()))]
    if _checksum(arrays, about["frame"]) != about["checksum"]:
        raise ValueError("its checksum is wrong")
    return Embedding(tuple(array.astype(np.float32) for array in arrays), _frame(about["frame"]), key[1])


class _Opened(Protocol):
    """What safe_open gives, which has no types of its own."""

    def metadata(self) -> dict[str, str] | None: ...
    def keys(self) -> list[str]: ...
    def get_tensor(self, name: str, /) -> NDArray[np.floating]: ...


def _frame(text: str) -> Frame:
    image, resized, padded, mask = (_size(size) for size in json.loads(text))
    return Frame(image, resized, padded, mask)


def _size(value: Any) -> Size:
    height, width = value
    if not all(type(side) is int and 0 < side <= _MAX_SIDE_PX for side in (height, width)):
        raise ValueError(f"a size of {value}")
    return height, width


def _checksum(arrays: list[NDArray[np.floating]], frame: str) -> str:
    digest = hashlib.blake2b(frame.encode(), digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()
