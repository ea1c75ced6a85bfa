"""Large pictures in the engine: shown and encoded in parts, passed over ahead of time, and never two at a time."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.engine import images as engine_images
from app.engine.images import ImageCache, whole
from app.engine.replies import Decoded, Encoded, Failed, Thumbnailed, Tile, Viewed
from app.engine.requests import Decode, Encode, RegionView, Sharpen, Thumbnail
from app.engine.values import TILE_PX, ImageRef
from app.images import budget, overview
from app.images.budget import OverBudget
from app.sam.closeup import Closeup
from app.sam.types import Prompt

WIDTH, HEIGHT = 1300, 1030


@pytest.fixture
def pixels() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x // 6, y // 5, (x // 64 + y // 64) % 2 * 200], -1).astype(np.uint8)


@pytest.fixture
def large(tmp_path, pixels, monkeypatch) -> ImageRef:
    """A PNG that is looked at in parts."""
    monkeypatch.setattr(engine_images, "IN_PARTS_PIXELS", 1_000_000)
    monkeypatch.setattr(engine_images, "_ROOM_PIXELS", 1_000_000)
    monkeypatch.setattr(overview, "OVERVIEW_PIXELS", 100_000)
    path = tmp_path / "large.png"
    Image.fromarray(pixels).save(path)
    return ImageRef(9, path)


@pytest.fixture
def little(monkeypatch):
    """So little memory that pictures of a megapixel are only read when somebody looks at them."""
    monkeypatch.setattr(budget, "_ALWAYS_BYTES", 1 << 20)
    monkeypatch.setattr(budget, "THUMBNAIL_BYTES", 2 << 20)
    monkeypatch.setattr("app.images.reading.THUMBNAIL_BYTES", 2 << 20)
    monkeypatch.setattr("app.engine.encoding.AHEAD_BYTES", 2 << 20)


def test_large_picture_is_shown_by_its_overview_and_sharp_where_one_looks(engine, inbox, large, pixels):
    engine.submit(RegionView(large))
    [viewed] = inbox.wait(Viewed)
    assert (viewed.size, viewed.shrink) == ((HEIGHT, WIDTH), 4)
    blocks = np.pad(pixels, ((0, 2), (0, 0), (0, 0)), "edge").reshape(258, 4, 325, 4, 3).mean((1, 3))
    assert np.abs(viewed.levels[0][..., 2::-1] - blocks).max() <= 0.51
    engine.submit(Sharpen(large, 1, ((2, 2), (5, 4))))
    first, corner = inbox.wait(Tile, 2)
    assert np.array_equal(first.pixels[..., 2::-1], pixels[2 * TILE_PX : 3 * TILE_PX, 2 * TILE_PX : 3 * TILE_PX])
    assert corner.pixels.shape == (HEIGHT - 4 * TILE_PX, WIDTH - 5 * TILE_PX, 4)
    engine.submit(Sharpen(large, 2, ((0, 0),)))
    [*_, half] = inbox.wait(Tile, 3)
    expected = pixels[: 2 * TILE_PX, : 2 * TILE_PX].reshape(TILE_PX, 2, TILE_PX, 2, 3).mean((1, 3))
    assert np.abs(half.pixels[..., 2::-1] - expected).max() <= 0.51


def test_large_picture_is_read_once_for_all_its_tiles(large, images, monkeypatch):
    reads = []
    real = engine_images.read_image
    monkeypatch.setattr(engine_images, "read_image", lambda path: (reads.append(path.name), real(path))[1])
    cache = ImageCache(10_000)
    cache.hold(large.path)
    for _ in range(3):
        cache.read(large.path)
        cache.read(images[1].path)
    assert reads.count("large.png") == 1
    cache.hold(images[1].path)
    assert cache.peek(large.path) is None, "it goes with the look at it"


def test_room_is_made_before_a_large_picture_is_read(large, images, monkeypatch):
    cache = ImageCache(WIDTH * HEIGHT * 3)
    cache.read(images[1].path)
    kept = []
    real = engine_images.read_image
    monkeypatch.setattr(engine_images, "read_image", lambda path: (kept.append(len(cache._pictures)), real(path))[1])
    cache.read(large.path)
    assert kept == [0]


def test_large_picture_is_encoded_by_its_overview_and_by_views_of_it(engine, inbox, large, pixels):
    engine.submit(RegionView(large))
    engine.submit(Encode(large))
    inbox.wait(Encoded)
    engine.submit(Decode(large, 1, Prompt().with_point(650, 500)))
    [decoded] = inbox.wait(Decoded)
    assert decoded.proposals[0].region.image_size == (HEIGHT, WIDTH)
    seen = whole(large.path)
    assert (seen.size, seen.pixels.shape) == ((HEIGHT, WIDTH), (258, 325, 3))
    closeup = Closeup(600, 500, 900, 700, (HEIGHT, WIDTH))
    near = ImageCache(0).seen(ImageRef(large.image_id, large.path, closeup))
    assert near is not None
    assert np.array_equal(near.pixels, pixels[500:700, 600:900])


def test_what_is_too_large_ahead_of_time_is_passed_over_until_it_is_looked_at(
    engine, inbox, images, large, predictor, little
):
    engine.submit(Encode(images[0], ahead=(large, images[1])))
    inbox.wait(Encoded, 2)
    assert [encoded.image for encoded in inbox.of(Encoded)] == [images[0], images[1]]
    assert not inbox.of(Failed)
    engine.submit(Encode(large))
    [*_, last] = inbox.wait(Encoded, 3)
    assert last.image == large


def test_thumbnail_that_takes_too_much_is_left_out_until_the_picture_is_looked_at(engine, inbox, large, little):
    engine.submit(Thumbnail(large))
    [failure] = inbox.wait(Failed)
    assert failure.sentence.startswith("large.png: reading its 1300 x 1030 pixels takes ")
    assert not failure.details
    engine.submit(RegionView(large))
    inbox.wait(Viewed)
    engine.submit(Thumbnail(large))
    [thumbnail] = inbox.wait(Thumbnailed)
    assert max(thumbnail.pixels.shape[:2]) == 96


def test_who_looks_does_not_get_the_refusal_of_who_looked_ahead(large, monkeypatch):
    """Both asked at once; the other one had less to spend."""
    cache = ImageCache(1 << 30)
    real = engine_images.read_image
    asked = []

    def reading(path, limit_bytes=budget.VIEW_BYTES):
        asked.append(limit_bytes)
        if limit_bytes < budget.VIEW_BYTES:
            waiting.start()
            while len(cache._running) != 1 or not waiting.is_alive():
                pass
            waiting.join(0.2)
            raise OverBudget("too much")
        return real(path)

    import threading

    found = []
    waiting = threading.Thread(target=lambda: found.append(cache.read(large.path)))
    monkeypatch.setattr(engine_images, "read_image", reading)
    with pytest.raises(OverBudget):
        cache.read(large.path, 1000)
    waiting.join()
    assert found[0].pixels.shape == (HEIGHT, WIDTH, 3)
    assert asked == [1000, budget.VIEW_BYTES]
