"""Encode many images beforehand: what is there already is passed over, several processes share the work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.engine.disk_cache import DiskCache
from app.engine.embeddings import EmbeddingKey
from app.engine.images import whole
from app.images.reading import file_hash
from app.problem import Problem
from app.sam.types import Embedding
from app.text import say_n
from app.work import Work

_LOOK_AGAIN_S = 0.05


class PrecomputeEncoder(Protocol):
    """What precomputing embeddings needs of a predictor, which is sam.predictor.Predictor."""

    @property
    def model_key(self) -> str:
        """Names the weights."""
        ...

    def encode(self, image: NDArray[np.uint8], /) -> Embedding:
        """Returns the embedding of an image: RGB (H, W, 3) uint8."""
        ...


@dataclass
class Precomputed:
    """What was done, in numbers of images."""

    encoded: int = 0
    there_already: int = 0
    """Also those that another process made meanwhile."""
    unreadable: dict[str, str] = field(default_factory=dict[str, str])
    """A sentence for each file."""
    hashes: dict[str, str] = field(default_factory=dict[str, str])
    """The content hash of each file that has an embedding now."""

    @property
    def done(self) -> int:
        """How many images need no more work."""
        return self.encoded + self.there_already + len(self.unreadable)


def precompute(images: Sequence[Path], encoder: PrecomputeEncoder, cache: DiskCache) -> Work[Precomputed]:
    """Yields (done, all). Images that another process is at come last: should it have died, they are made here.
    Problem when the cache cannot be written or is too small for all."""
    report = Precomputed()
    waiting = deque(images)
    first: EmbeddingKey | None = None
    is_kept = True
    while waiting:
        path = waiting.popleft()
        try:
            key = _ensure(path, encoder, cache, report)
        except Problem as problem:
            report.unreadable[str(path)] = str(problem)
        except _NotKeptError:
            is_kept = False
        else:
            if key is None:
                waiting.append(path)
                time.sleep(_LOOK_AGAIN_S)
            first = first or key
        if not is_kept or (first is not None and first not in cache):
            raise Problem(
                say_n(
                    "{folder} cannot be written or is full after {done} of {n} image: make room, or set a higher "
                    "--limit-gb.",
                    "{folder} cannot be written or is full after {done} of {n} images: make room, or set a higher "
                    "--limit-gb.",
                    len(images),
                    folder=cache.folder,
                    done=report.done,
                )
            )
        yield report.done, len(images)
    return report


class _NotKeptError(Exception):
    """An embedding could not be written."""


def _ensure(path: Path, encoder: PrecomputeEncoder, cache: DiskCache, report: Precomputed) -> EmbeddingKey | None:
    """The key of an embedding that is there now; None while another process makes it. Problem when unreadable."""
    key = file_hash(path), encoder.model_key
    if cache.touch(key):
        report.there_already += 1
        report.hashes[str(path)] = key[0]
        return key
    with cache.claim(key) as is_ours:
        if not is_ours:
            return None
        seen = whole(path)
        key = seen.content_hash, encoder.model_key
        if not cache.put(key, encoder.encode(seen.pixels).of_size(seen.size)):
            raise _NotKeptError
        report.encoded += 1
        report.hashes[str(path)] = key[0]
        return key
