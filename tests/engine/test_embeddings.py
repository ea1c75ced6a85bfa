from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.engine.embeddings import EmbeddingCache
from app.sam.types import Embedding, Frame

FRAME = Frame((4, 4), (4, 4), (4, 4), (4, 4))


def embedding(nbytes: int) -> Embedding:
    return Embedding((np.zeros(nbytes // 4, np.float32),), FRAME, "model")


def test_the_least_recently_used_goes_first():
    cache = EmbeddingCache(300)
    for name in "abc":
        cache.put((name, "model"), embedding(100))
    cache.get(("a", "model"))
    cache.put(("d", "model"), embedding(100))
    assert ("b", "model") not in cache
    assert ("a", "model") in cache


def test_another_model_is_another_key():
    cache = EmbeddingCache(300)
    cache.put(("a", "model"), embedding(100))
    assert cache.get(("a", "other")) is None


def test_the_pinned_one_stays_though_larger_than_the_budget_and_goes_when_another_is_pinned():
    cache = EmbeddingCache(100)
    cache.pin(("a", "model"))
    cache.put(("a", "model"), embedding(400))
    cache.put(("b", "model"), embedding(40))
    assert ("a", "model") in cache
    cache.pin(("b", "model"))
    assert ("a", "model") not in cache


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=60))
def test_the_bound_in_bytes_holds(puts: list[tuple[int, int]]):
    cache = EmbeddingCache(400)
    for name, count in puts:
        cache.put((str(name), "model"), embedding(count * 4))
        assert cache.nbytes <= 400
