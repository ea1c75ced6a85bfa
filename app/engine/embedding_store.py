"""Embeddings of images under the model now in use: in RAM, and on the disk where there is a cache."""

from __future__ import annotations

from app.engine.disk_cache import DiskCache
from app.engine.embeddings import EmbeddingCache, EmbeddingKey
from app.engine.values import ImageRef
from app.sam.types import Embedding


class EmbeddingStore:
    """Finds the embedding of an image by what its file held when it was read last. Not thread-safe."""

    def __init__(self, cache: EmbeddingCache, disk: DiskCache | None) -> None:
        self.model_key: str | None = None
        """None while there is no model: nothing is found then."""
        self._cache = cache
        self._disk = disk
        self._hashes: dict[ImageRef, str] = {}

    def key(self, image: ImageRef, content_hash: str) -> EmbeddingKey:
        """The key of an image (or close-up) whose file holds that; from now on it is looked for under this key."""
        self._hashes[image.whole] = content_hash
        key = self._key(image)
        assert key is not None
        return key

    def is_ready(self, image: ImageRef) -> bool:
        """True if its embedding is in RAM, for the model now in use."""
        key = self._key(image)
        return key is not None and key in self._cache

    def ready(self, image: ImageRef) -> Embedding:
        """The embedding of an image that is_ready; it counts as used just now."""
        key = self._key(image)
        embedding = None if key is None else self._cache.get(key)
        assert embedding is not None  # only one thread evicts, and it chose what is ready
        return embedding

    def find(self, key: EmbeddingKey, image: ImageRef) -> Embedding | None:
        """The embedding of that key from RAM or from the disk. None when it has to be made."""
        found = self._cache.get(key)
        if found is None and self._disk is not None and image.closeup is None:
            found = self._disk.get(key)
        return found

    def put(self, key: EmbeddingKey, embedding: Embedding, *, pinned: bool) -> None:
        """Remembers an embedding in RAM. pinned: of the image now shown, whatever its size."""
        if pinned:
            self._cache.pin(key)
        self._cache.put(key, embedding)

    def keep(self, key: EmbeddingKey, embedding: Embedding, image: ImageRef) -> None:
        """Writes an embedding to the disk, unless it is of a close-up: the same one hardly comes again."""
        if self._disk is not None and image.closeup is None:
            self._disk.put(key, embedding)

    def clear(self) -> None:
        """Forgets what is in RAM."""
        self._cache.clear()

    def _key(self, image: ImageRef) -> EmbeddingKey | None:
        content_hash = self._hashes.get(image.whole)
        if self.model_key is None or content_hash is None:
            return None
        what = content_hash if image.closeup is None else f"{content_hash} {image.closeup}"
        return what, self.model_key
