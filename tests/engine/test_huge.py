"""Huge images: seen before they are read, sharp where one looks, and encoded where one clicks."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from app.engine import images as engine_images
from app.engine import overviews, reader
from app.engine.images import ImageCache, whole
from app.engine.overviews import Overviews
from app.engine.replies import (
    Decoded,
    Encoded,
    Failed,
    ModelLoaded,
    Outlined,
    Overviewed,
    PixelsRead,
    Thumbnailed,
    Tile,
    Viewed,
)
from app.engine.requests import (
    Decode,
    DecodeHover,
    Encode,
    LoadModel,
    ReadPixels,
    RegionView,
    Sharpen,
    Thumbnail,
    TraceOutlines,
)
from app.engine.values import TILE_PX, ImageRef
from app.images import overview, tiled_tiff
from app.images.tiled_tiff import TiledPicture
from app.masks.rle import Mask, Region
from app.sam.closeup import Closeup
from app.sam.types import Prompt

WIDTH, HEIGHT = 1300, 1030


@pytest.fixture(autouse=True)
def small_ones_are_huge(monkeypatch):
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1_000_000)
    monkeypatch.setattr(overview, "OVERVIEW_PIXELS", 100_000)
    monkeypatch.setattr(overview, "_CELL_PIXELS", 10_000)


@pytest.fixture
def pixels() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x // 6, y // 5, (x // 64 + y // 64) % 2 * 200], -1).astype(np.uint8)


@pytest.fixture
def image(tmp_path, pixels) -> ImageRef:
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, pixels, tile=(64, 64), compression="zlib", photometric="rgb")
    return ImageRef(1, path)


@pytest.fixture
def slowly(monkeypatch):
    """Nothing but the first part of an overview is there at once."""
    monkeypatch.setattr(overviews, "_FIRST_S", 0)
    monkeypatch.setattr(overviews, "_TELL_S", 0)


def test_overview_grows_until_it_is_the_picture_made_small(engine, inbox, image, pixels, slowly):
    engine.submit(RegionView(image))
    [viewed] = inbox.wait(Viewed)
    assert (viewed.size, viewed.shrink) == ((HEIGHT, WIDTH), 4)
    assert viewed.levels[0].shape == (258, 325, 4)
    while inbox.of(Overviewed) == [] or inbox.of(Overviewed)[-1].fraction < 1:
        inbox.wait(Overviewed, len(inbox.of(Overviewed)) + 1)
    told = inbox.of(Overviewed)
    assert [t.fraction for t in told] == sorted(t.fraction for t in told)
    blocks = np.pad(pixels, ((0, 2), (0, 0), (0, 0)), "edge").reshape(258, 4, 325, 4, 3).mean((1, 3))
    assert np.abs(told[-1].levels[0][..., 2::-1] - blocks).max() <= 0.51
    assert np.abs(viewed.levels[0][..., 2::-1] - blocks).mean() > 5, "it was not all there at first"


def test_tiles_are_the_picture(engine, inbox, image, pixels):
    engine.submit(RegionView(image))
    engine.submit(Sharpen(image, 1, ((2, 2), (0, 1))))
    first, second = inbox.wait(Tile, 2)
    assert (first.column, first.row, second.column, second.row) == (2, 2, 0, 1)
    assert np.array_equal(first.pixels[..., 2::-1], pixels[2 * TILE_PX : 3 * TILE_PX, 2 * TILE_PX : 3 * TILE_PX])
    assert np.array_equal(second.pixels[..., 2::-1], pixels[TILE_PX : 2 * TILE_PX, :TILE_PX])
    engine.submit(Sharpen(image, 2, ((2, 2),)))
    [*_, last] = inbox.wait(Tile, 3)
    assert last.pixels.shape == (3, 138, 4), "what there is at the corner"
    assert (first.pixels[..., 3] == 255).all()


def test_a_part_of_it_is_seen_as_it_is_stored(image, pixels):
    seen = ImageCache(1 << 20).glimpse(image, (300, 100, 500, 400))
    assert np.array_equal(seen, pixels[100:400, 300:500])


def test_newest_view_wins_and_tiles_come_before_the_rest(image, images):
    waiting = reader.Reader(ImageCache(1 << 20), lambda reply: None)
    waiting.submit(Thumbnail(images[0]))
    waiting.submit(Sharpen(image, 1, ((0, 0), (1, 0))))
    waiting.submit(Sharpen(image, 2, ((0, 0), (0, 1))))
    waiting.submit(TraceOutlines(image, ()))
    assert [waiting._next() for _ in range(4)] == [
        Sharpen(image, 2, ((0, 0),)), Sharpen(image, 2, ((0, 1),)), TraceOutlines(image, ()), Thumbnail(images[0]),
    ]  # fmt: skip
    waiting.submit(Sharpen(image, 1, ((0, 0),)))
    waiting.submit(RegionView(images[1]))
    waiting.submit(Thumbnail(images[2]))
    assert [waiting._next(), waiting._next()] == [RegionView(images[1]), Thumbnail(images[2])]


def test_click_in_a_view_is_answered_before_the_overview_is_there(engine, inbox, image, pixels, slowly, monkeypatch):
    """And what is encoded for it is that view."""
    monkeypatch.setattr(
        overviews.OverviewInWork, "step", lambda self: setattr(self, "pixels", np.zeros((258, 325, 3), np.uint8))
    )
    engine.submit(RegionView(image))
    engine.submit(Encode(image))
    closeup = Closeup(600, 500, 900, 700, (HEIGHT, WIDTH))
    view = ImageRef(image.image_id, image.path, closeup)
    engine.submit(Decode(view, 1, Prompt().with_box(700, 600, 750, 650)))
    [decoded] = inbox.wait(Decoded)
    assert inbox.of(Encoded) == []
    best = decoded.proposals[0].region
    assert best.image_size == (HEIGHT, WIDTH)
    x, y, width, height = best.bbox
    assert np.abs(np.array([x, y, x + width, y + height]) - (700, 600, 750, 650)).max() < 12


def test_whole_image_is_encoded_when_its_overview_is_there_and_clicks_are_in_its_pixels(
    engine, predictor, inbox, image, slowly
):
    engine.submit(Encode(image))
    engine.submit(Decode(image, 1, Prompt().with_box(200, 400, 600, 800)))
    engine.submit(RegionView(image))
    [decoded] = inbox.wait(Decoded)
    assert predictor.log[0] == ("begin", 0)
    region = decoded.proposals[0].region
    assert region.image_size == (HEIGHT, WIDTH)
    x, y, width, height = region.bbox
    assert np.abs(np.array([x, y, x + width, y + height]) - (200, 400, 600, 800)).max() < 50


def test_no_overview_is_made_while_something_is_encoded(engine, predictor, inbox, image, images, slowly):
    predictor.hold()
    engine.submit(Encode(images[0]))
    predictor.wait_until_held()
    engine.submit(RegionView(image))
    inbox.wait(Viewed)
    engine.submit(Sharpen(image, 1, ((0, 0),)))
    inbox.wait(Tile)
    assert inbox.of(Overviewed) == []
    predictor.release()
    inbox.wait(Overviewed, 2)


def test_large_close_up_is_read_as_small_as_the_model_needs_it(image, pixels, monkeypatch):
    monkeypatch.setattr(engine_images, "_SEEN_PX", 200)
    cache = ImageCache(1 << 20)
    seen = cache.seen(ImageRef(1, image.path, Closeup(100, 200, 1099, 900, (HEIGHT, WIDTH))))
    assert seen.size == (700, 999)
    assert seen.pixels.shape == (175, 250, 3)
    small = cache.seen(ImageRef(1, image.path, Closeup(100, 200, 400, 300, (HEIGHT, WIDTH))))
    assert np.array_equal(small.pixels, pixels[200:300, 100:400])


def test_overview_that_took_long_is_kept_on_the_disk(make_engine, predictor, inbox, image, tmp_path, monkeypatch):
    monkeypatch.setattr(overviews, "_LONG_S", 0)
    folder = tmp_path / "overviews"

    def viewed() -> Viewed:
        engine = make_engine(lambda name, on_progress: predictor, overviews=Overviews(folder))
        engine.submit(LoadModel("stepwise"))
        inbox.wait(ModelLoaded)
        seen, encoded = len(inbox.of(Viewed)), len(inbox.of(Encoded))
        engine.submit(RegionView(image))
        engine.submit(Encode(image))
        inbox.wait(Encoded, encoded + 1)
        return inbox.wait(Viewed, seen + 1)[-1]

    viewed()
    [file] = folder.iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(TiledPicture, "read", lambda *_args, **_options: pytest.fail("it was read again"))
        again = viewed()
    assert np.array_equal(again.levels[0][..., 2::-1], whole(image.path).pixels)
    file.write_bytes(b"damaged")
    viewed()
    assert np.array_equal(Overviews(folder).get(tiled_tiff.open_tiled(image.path)), whole(image.path).pixels)


def test_overviews_on_the_disk_are_bounded(tmp_path, image):
    tiled = tiled_tiff.open_tiled(image.path)
    folder = tmp_path / "overviews"
    Overviews(folder, 1).put(tiled, np.zeros((258, 325, 3), np.uint8))
    assert list(folder.iterdir()) == []
    Overviews(folder).put(tiled, np.zeros((9, 9, 3), np.uint8))
    assert Overviews(folder).get(tiled) is None, "of another size"


def test_damaged_file_is_a_sentence_and_the_reader_lives_on(engine, inbox, image, images):
    data = bytearray(image.path.read_bytes())
    with tifffile.TiffFile(image.path) as file:
        page = file.pages.first
        places = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    for offset, length in places:
        data[offset : offset + length] = bytes(length)
    image.path.write_bytes(data)
    engine.submit(RegionView(image))
    [failure] = inbox.wait(Failed)
    assert failure.request == RegionView(image)
    assert failure.sentence.startswith("huge.tif: the picture is damaged")
    assert not failure.details
    engine.submit(Sharpen(image, 1, ((0, 0),)))
    assert inbox.wait(Failed, 2)[-1].request == Sharpen(image, 1, ((0, 0),))
    count = len(inbox.of(Viewed))
    engine.submit(RegionView(images[1]))
    assert inbox.wait(Viewed, count + 1)[-1].image == images[1]


def test_masks_too_large_to_be_made_are_traced_coarsely(engine, inbox, image):
    size = (30_000, 40_000)
    masks = (
        (1, Mask.from_runs([0, 30_000 * 40_000], size)),
        (2, Mask.from_region(Region(5, 6, np.ones((2, 3), bool), size))),
    )
    engine.submit(RegionView(image))
    engine.submit(TraceOutlines(image, masks))
    [traced] = inbox.wait(Outlined)
    [coarse], [exact] = traced.outlines
    assert np.abs(coarse.max(0) - (40_000, 30_000)).max() < 40
    assert (exact.min(0).tolist(), exact.max(0).tolist()) == ([5, 6], [8, 8])


def test_thumbnail_of_a_huge_image_is_made_of_a_few_parts(engine, inbox, image):
    engine.submit(Thumbnail(image))
    [thumbnail] = inbox.wait(Thumbnailed)
    assert thumbnail.pixels.shape == (76, 96, 3)


def test_leaving_a_huge_image_ends_its_overview(engine, inbox, image, images, slowly):
    engine.submit(RegionView(image))
    inbox.wait(Viewed)
    engine.submit(RegionView(images[1]))
    inbox.wait(Viewed, 2)
    count = len(inbox.of(Overviewed))
    engine.submit(Thumbnail(images[2]))
    inbox.wait(Thumbnailed)
    assert len(inbox.of(Overviewed)) == count
    engine.submit(DecodeHover(image, 1, 5, 5))  # of an image that is not encoded: dropped
    engine.submit(RegionView(image))
    inbox.wait(Viewed, 3)
    inbox.wait(Overviewed, count + 2)


def test_the_pixels_of_a_part_are_the_pictures(engine, inbox, image, pixels):
    engine.submit(ReadPixels(image, (200, 100, 700, 160)))
    [reply] = inbox.wait(PixelsRead)
    assert np.array_equal(reply.pixels, pixels[100:160, 200:700])
    engine.submit(ReadPixels(image, (200, 100, 700, 160), shrink=2))
    [*_, half] = inbox.wait(PixelsRead, 2)
    assert half.pixels.shape == (30, 250, 3)
