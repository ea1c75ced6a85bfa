"""Embeddings on the disk: what comes back is what went in, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.disk_cache import DiskCache
from app.sam.types import Embedding, Frame

KEY = ("a" * 64, "starter-123")


def embedding(seed: int = 0, scale: float = 1.0, model_key: str = KEY[1]) -> Embedding:
    rng = np.random.default_rng(seed)
    features = tuple((scale * rng.normal(size=(1, c, 8, 6))).astype(np.float32) for c in (4, 2))
    return Embedding(features, Frame((120, 90), (64, 48), (64, 64), (16, 16)), model_key)


def key(number: int) -> tuple[str, str]:
    return f"{number:064x}", KEY[1]


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "embeddings")


def only_file(cache: DiskCache) -> Path:
    [file] = cache.folder.glob("*.embedding")
    return file


def test_an_embedding_comes_back_in_half_precision(cache):
    made = embedding()
    assert cache.get(KEY) is None
    assert cache.put(KEY, made)
    again = DiskCache(cache.folder).get(KEY)
    assert again is not None
    assert again.frame == made.frame
    assert again.model_key == made.model_key
    for one, other in zip(made.features, again.features, strict=True):
        assert other.dtype == np.float32
        assert np.array_equal(one.astype(np.float16).astype(np.float32), other)


def test_what_is_beyond_half_precision_stays_whole(cache):
    made = embedding(scale=1e5)
    cache.put(KEY, made)
    again = cache.get(KEY)
    assert again is not None
    assert all(np.array_equal(a, b) for a, b in zip(made.features, again.features, strict=True))


def test_another_model_or_another_image_is_another_embedding(cache):
    cache.put(KEY, embedding())
    assert cache.get((KEY[0], "other")) is None
    assert cache.get(("b" * 64, KEY[1])) is None


def test_a_digit_changed_in_the_frame_is_noticed(tmp_path):
    cache = DiskCache(tmp_path)
    cache.put(KEY, embedding())
    file = only_file(cache)
    content = file.read_bytes()
    at = content.index(b"120")
    file.write_bytes(content[:at] + b"920" + content[at + 3 :])
    assert cache.get(KEY) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_is_ever_taken_for_an_embedding(tmp_path_factory, data):
    """Cut, flipped, overwritten: the file goes, and can be made again."""
    cache = DiskCache(tmp_path_factory.mktemp("damaged"))
    made = embedding()
    cache.put(KEY, made)
    file = only_file(cache)
    content = bytearray(file.read_bytes())
    if data.draw(st.booleans(), "cut"):
        file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1), "length")])
    else:
        at = data.draw(st.integers(0, len(content) - 1), "at")
        content[at] ^= data.draw(st.integers(1, 255), "bits")
        file.write_bytes(content)
    found = cache.get(KEY)
    if found is not None:  # a byte of the head that means nothing, such as a space
        assert all(np.array_equal(a.astype(np.float16), b) for a, b in zip(made.features, found.features, strict=True))
        assert found.frame == made.frame
    else:
        assert KEY not in cache
        assert cache.put(KEY, made)
        assert cache.get(KEY) is not None


def test_a_file_that_holds_something_else_is_not_believed(cache):
    cache.put(KEY, embedding())
    cache.put(key(2), embedding(1))
    one, other = (cache._file(k) for k in (KEY, key(2)))
    one.write_bytes(other.read_bytes())
    assert cache.get(KEY) is None
    assert cache.get(key(2)) is not None


def test_the_least_recently_used_goes_first_and_the_bound_in_bytes_holds(tmp_path):
    cache = DiskCache(tmp_path)
    cache.put(key(0), embedding())
    size = cache.nbytes
    bounded = DiskCache(tmp_path, budget_bytes=3 * size)
    for number in range(1, 3):
        bounded.put(key(number), embedding(number))
        os.utime(bounded._file(key(number)), (number, number))
    os.utime(bounded._file(key(0)), (0, 0))
    assert bounded.get(key(0)) is not None  # used now
    bounded.put(key(3), embedding(3))
    assert [key(number) in bounded for number in range(4)] == [True, False, True, True]
    assert bounded.nbytes <= 3 * size


def test_what_is_larger_than_the_budget_is_not_kept(tmp_path):
    cache = DiskCache(tmp_path, budget_bytes=10)
    assert not cache.put(KEY, embedding())
    assert cache.nbytes == 0


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    cache = DiskCache(tmp_path / "file" / "embeddings")
    for _ in range(3):
        assert not cache.put(KEY, embedding())
    assert cache.get(KEY) is None
    assert cache.nbytes == 0
    assert len(caplog.records) == 1  # said once


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_nothing_behind(cache, monkeypatch):
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **k: real(Path("/dev/full"), *a, **k))
    assert not cache.put(KEY, embedding())
    monkeypatch.undo()
    assert list(cache.folder.iterdir()) == []


def test_a_folder_that_was_deleted_meanwhile_is_made_again(cache):
    cache.put(KEY, embedding())
    only_file(cache).unlink()
    cache.folder.rmdir()
    assert cache.get(KEY) is None
    assert cache.put(KEY, embedding())
    assert cache.get(KEY) is not None


def test_what_killed_processes_left_goes_after_a_while(cache):
    cache.put(KEY, embedding())
    left = [cache.folder / name for name in (".0123.part", "abc.claim")]
    for file in left:
        file.write_bytes(b"half")
    assert cache.nbytes
    assert all(file.exists() for file in left)  # somebody may be at it
    for file in left:
        os.utime(file, (0, 0))
    assert cache.nbytes
    assert not any(file.exists() for file in left)


def test_only_one_process_has_a_claim(cache):
    probe = (
        "import sys; from pathlib import Path; from app.engine.disk_cache import DiskCache\n"
        f"with DiskCache(Path(sys.argv[1])).claim({KEY!r}) as ours: print(ours)"
    )
    command = [sys.executable, "-c", probe, str(cache.folder)]
    with cache.claim(KEY) as ours:
        assert ours
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "False"
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "True"


def test_the_claim_of_a_dead_process_lapses(cache):
    cache.folder.mkdir()
    claim = cache._file(KEY).with_suffix(".claim")
    claim.touch()
    with cache.claim(KEY) as ours:
        assert not ours
    os.utime(claim, (0, 0))
    with cache.claim(KEY) as ours:
        assert ours


def test_the_folder_is_not_listed_for_each_new_one(cache, monkeypatch):
    listed, files = [], DiskCache._files
    monkeypatch.setattr(DiskCache, "_files", lambda self: (listed.append(1), files(self))[1])
    for number in range(20):
        assert cache.put(key(number), embedding(number))
    assert len(listed) == 1


def test_memory_that_is_not_there_is_a_cache_that_does_not_remember(cache, monkeypatch):
    def too_much(*_words):
        raise MemoryError

    monkeypatch.setattr("app.engine.disk_cache._serialized", too_much)
    assert not cache.put(KEY, embedding())
