"""LRU cache of embeddings in RAM, bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from app.sam.types import Embedding

EmbeddingKey: TypeAlias = tuple[str, str]
"""(content hash of the image file, model key)"""


class EmbeddingCache:
    """The least recently used goes first, the pinned one never. Of one thread."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._entries: OrderedDict[EmbeddingKey, Embedding] = OrderedDict()
        self._pinned: EmbeddingKey | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of all embeddings in RAM."""
        return sum(embedding.nbytes for embedding in self._entries.values())

    def get(self, key: EmbeddingKey) -> Embedding | None:
        """The embedding of that key, which counts as used now. None when there is none."""
        embedding = self._entries.get(key)
        if embedding is not None:
            self._entries.move_to_end(key)
        return embedding

    def __contains__(self, key: EmbeddingKey) -> bool:
        return key in self._entries

    def pin(self, key: EmbeddingKey) -> None:
        """The image now shown: usable even when it alone is larger than the budget."""
        self._pinned = key
        self._evict()

    def put(self, key: EmbeddingKey, embedding: Embedding) -> None:
        """Remembers an embedding; others go until the budget holds."""
        self._entries[key] = embedding
        self._entries.move_to_end(key)
        self._evict()

    def clear(self) -> None:
        """Forgets all."""
        self._entries.clear()

    def _evict(self) -> None:
        for key in list(self._entries):
            if self.nbytes <= self._budget_bytes:
                return
            if key != self._pinned:
                del self._entries[key]
