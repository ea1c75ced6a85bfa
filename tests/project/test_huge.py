"""Pictures that are read in parts: every window of one is that window of the whole picture."""

from __future__ import annotations

import io
import random
import re
import struct
import time
import tracemalloc
import zlib
from itertools import product

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.images import tiled_tiff
from app.images.orientation import oriented
from app.images.overview import glimpse, overview
from app.images.reading import file_hash, image_size, read_image, read_thumbnail
from app.images.tiled_tiff import open_tiled
from app.problem import Problem
from tests.project.sparse import sparse_tiff

WIDTH, HEIGHT = 301, 203


@pytest.fixture(autouse=True)
def small_ones_are_huge(monkeypatch):
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000)
    monkeypatch.setattr(tiled_tiff, "_DECODED_AT_ONCE", 5000)


def picture(channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    """(HEIGHT, WIDTH[, channels]): smooth, with some noise, in part of the range."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = [np.sin(x / (9 + 5 * c) + c) + np.cos(y / (11 + 3 * c)) for c in range(channels)]
    values = np.stack(waves, -1) * 50 + 120 + random.integers(-9, 9, (HEIGHT, WIDTH, channels))
    scale = 1 if np.dtype(dtype).itemsize == 1 else 37
    return (values * scale).astype(dtype)[..., 0 if channels == 1 else slice(None)]


OF_THE_COLORS = (258, 259, 262, 277, 284, 317, 347, 530)


def _tifffile(values, **options):
    photometric = options.pop("photometric", "rgb" if values.ndim == 3 else "minisblack")
    return lambda path: tifffile.imwrite(path, values, photometric=photometric, **options)


def _pillow(image, **options):
    return lambda path: image.save(path, **options)


def _tiled_by_pillow(pixels, compression, tile=64):
    """Tiles that tifffile has no library for: each compressed by Pillow as an image of its own."""

    def save(path):
        tiles, tags = [], {}
        for y, x in product(range(0, pixels.shape[0], tile), range(0, pixels.shape[1], tile)):
            part = np.zeros((tile, tile, *pixels.shape[2:]), pixels.dtype)
            cut = pixels[y : y + tile, x : x + tile]
            part[: cut.shape[0], : cut.shape[1]] = cut
            single = io.BytesIO()
            Image.fromarray(part).save(single, "TIFF", compression=compression, tiffinfo={278: tile})
            with tifffile.TiffFile(io.BytesIO(single.getvalue())) as file:
                page = file.pages.first
                [start], [length] = page.dataoffsets, page.databytecounts
                tiles.append(single.getvalue()[start : start + length])
                tags = {
                    tag.code: tag.value for tag in page.tags if tag.code in (258, 259, 262, 277, 284, 317, 347, 530)
                }
        write_tiff(path, {256: pixels.shape[1], 257: pixels.shape[0], 322: tile, 323: tile, **tags}, tiles)

    return save


def write_tiff(path, tags, tiles):
    """A classic TIFF of one page with these tiles."""
    values = {code: value if isinstance(value, (tuple, bytes)) else (int(value),) for code, value in tags.items()}
    values |= {324: (0,) * len(tiles), 325: tuple(map(len, tiles))}
    packed = {code: v if isinstance(v, bytes) else struct.pack(f"<{len(v)}I", *v) for code, v in values.items()}
    at = 8 + 2 + 12 * len(values) + 4
    places = {}
    for code, value in sorted(packed.items()):
        if len(value) > 4:
            places[code], at = at, at + len(value) + len(value) % 2
    offsets = [at + sum(map(len, tiles[:n])) for n in range(len(tiles))]
    packed[324] = struct.pack(f"<{len(tiles)}I", *offsets)
    data = b"II*\0" + struct.pack("<IH", 8, len(values))
    for code, value in sorted(packed.items()):
        kind, count = (7, len(value)) if isinstance(values[code], bytes) else (4, len(value) // 4)
        stored = struct.pack("<I", places[code]) if code in places else value
        data += struct.pack("<HHI", code, kind, count) + stored.ljust(4, b"\0")
    data += bytes(4) + b"".join(packed[code] + bytes(len(packed[code]) % 2) for code in places)
    path.write_bytes(data + b"".join(tiles))


RGB, GREY = picture(), picture(1)
KINDS = {
    "tiles": _tifffile(RGB, tile=(64, 32)),
    "tiles deflate": _tifffile(RGB, tile=(64, 64), compression="zlib"),
    "tiles lzw": _tiled_by_pillow(RGB, "tiff_lzw"),
    "tiles jpeg": _tiled_by_pillow(RGB, "jpeg"),
    "tiles grey packbits": _tiled_by_pillow(GREY, "packbits"),
    "one strip": _tifffile(RGB, rowsperstrip=HEIGHT),
    "strips": _tifffile(RGB, rowsperstrip=7),
    "strips deflate": _tifffile(RGB, rowsperstrip=7, compression="zlib"),
    "strips lzw": _pillow(Image.fromarray(RGB), compression="tiff_lzw", tiffinfo={278: 7}),
    "strips jpeg": _pillow(Image.fromarray(RGB), compression="jpeg", tiffinfo={278: 16}),
    "bigtiff": _tifffile(RGB, tile=(64, 64), bigtiff=True, compression="zlib"),
    "big endian": _tifffile(RGB, tile=(64, 64), byteorder=">"),
    "big endian strips of 16 bits": _tifffile(picture(3, np.uint16), byteorder=">", rowsperstrip=9),
    "planes": _tifffile(np.moveaxis(RGB, 2, 0), photometric="rgb", planarconfig="separate", tile=(64, 64)),
    "planes in strips": _tifffile(np.moveaxis(RGB, 2, 0), photometric="rgb", planarconfig="separate", rowsperstrip=7),
    "planes of 16 bits": _tifffile(
        np.moveaxis(picture(3, np.uint16), 2, 0), photometric="rgb", planarconfig="separate", tile=(64, 64)
    ),
    "grey": _tifffile(GREY, tile=(64, 64)),
    "16 bits": _tifffile(picture(1, np.uint16), tile=(64, 64)),
    "16 bits deflate": _tifffile(picture(3, np.uint16), tile=(64, 64), compression="zlib"),
    "16 bits, white is zero": _tifffile(picture(1, np.uint16), tile=(64, 64), photometric="miniswhite"),
    "signed": _tifffile(picture(1, np.int16) - 5000, rowsperstrip=5),
    "floats": _tifffile(picture(1, np.float32), tile=(64, 64)),
    "floats, white is zero": _tifffile(picture(1, np.float32), tile=(64, 64), photometric="miniswhite"),
    "alpha": _tifffile(picture(4), tile=(64, 64), extrasamples=["unassalpha"]),
    "alpha of 16 bits": _tifffile(picture(4, np.uint16), tile=(64, 64), extrasamples=["unassalpha"]),
    "cmyk": _tifffile(picture(4), tile=(64, 64), photometric="separated"),
    "cmyk of 16 bits": _tifffile(picture(4, np.uint16), tile=(64, 64), photometric="separated"),
    "palette": _pillow(Image.fromarray(RGB).quantize(200)),
    "palette lzw": _pillow(Image.fromarray(RGB).quantize(200), compression="tiff_lzw", tiffinfo={278: 8}),
    "black and white": _pillow(Image.fromarray(GREY).convert("1"), tiffinfo={278: 10}),
    "fax": _pillow(Image.fromarray(GREY).convert("1"), compression="group4", tiffinfo={278: 10}),
    **{
        f"turned {n}": _tifffile(RGB, tile=(64, 32), compression="zlib", extratags=[(274, 3, 1, n, True)])
        for n in range(2, 9)
    },
    **{
        f"strips of 16 bits, turned {n}": _tifffile(
            picture(3, np.uint16), rowsperstrip=7, extratags=[(274, 3, 1, n, True)]
        )
        for n in range(2, 9)
    },
}


@pytest.fixture(params=KINDS)
def path(request, tmp_path):
    KINDS[request.param](tmp_path / "a.tif")
    return tmp_path / "a.tif"


def block_means(pixels: np.ndarray, shrink: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, ((0, -height % shrink), (0, -width % shrink), (0, 0)), "edge").astype(float)
    return padded.reshape(padded.shape[0] // shrink, shrink, -1, shrink, 3).mean((1, 3))


def test_every_window_is_that_window_of_the_whole(path):
    whole = read_image(path).pixels
    tiled = open_tiled(path)
    assert tiled is not None
    assert tiled.size == whole.shape[:2] == image_size(path)[::-1]
    height, width = tiled.size
    dice = random.Random(3)
    for _ in range(12):
        x0, y0 = dice.randrange(width), dice.randrange(height)
        x1, y1 = dice.randint(x0 + 1, width), dice.randint(y0 + 1, height)
        assert np.array_equal(tiled.read((x0, y0, x1, y1)), whole[y0:y1, x0:x1])
        shrink = dice.choice([2, 4, 8])
        x0, y0 = x0 // shrink * shrink, y0 // shrink * shrink
        small = tiled.read((x0, y0, x1, y1), shrink)
        assert np.abs(small - block_means(whole[y0:y1, x0:x1], shrink)).max() <= 0.51
    assert np.array_equal(tiled.read((0, 0, width, height)), whole)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_window_of_any_grid(tmp_path_factory, data):
    height, width = data.draw(st.integers(1, 70)), data.draw(st.integers(1, 70))
    pixels = np.random.default_rng(height * 71 + width).integers(0, 256, (height, width, 3), np.uint8)
    side = data.draw(st.sampled_from([None, (16, 16), (16, 48), (32, 16)]))
    parts = {"rowsperstrip": data.draw(st.integers(1, height))} if side is None else {"tile": side}
    turned = data.draw(st.integers(1, 8))
    path = tmp_path_factory.mktemp("grid") / "a.tif"
    compression = data.draw(st.sampled_from([None, "zlib"]))
    _tifffile(pixels, compression=compression, extratags=[(274, 3, 1, turned, True)], **parts)(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1)
        patch.setattr(tiled_tiff, "_DECODED_AT_ONCE", data.draw(st.sampled_from([1, 100, 10_000])))
        tiled = open_tiled(path)
        assert tiled is not None
        whole = read_image(path).pixels
        height, width = tiled.size
        shrink = data.draw(st.sampled_from([1, 2, 4, 16]))
        x0 = data.draw(st.integers(0, width - 1)) // shrink * shrink
        y0 = data.draw(st.integers(0, height - 1)) // shrink * shrink
        x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
        found = tiled.read((x0, y0, x1, y1), shrink)
        expected = block_means(whole[y0:y1, x0:x1], shrink)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= 0.51


def test_overview_is_the_picture_made_small(path, monkeypatch):
    monkeypatch.setattr("app.images.overview.OVERVIEW_PIXELS", 5000)
    monkeypatch.setattr("app.images.overview._CELL_PIXELS", 1000)
    whole, tiled = read_image(path).pixels, open_tiled(path)
    shares = []
    steps = overview(tiled)
    while True:
        try:
            shares.append(next(steps)[1])
        except StopIteration as end:
            made = end.value
            break
    expected = block_means(whole, 4)
    assert made.shape == expected.shape
    assert shares == sorted(shares)
    assert shares[-1] == 1
    if not tiled.source(4)[1].is_plain:  # of those every fourth pixel is taken
        assert np.abs(made - expected).max() <= 0.51
    assert np.abs(made - expected).mean() < 25
    assert np.abs(glimpse(tiled) - expected).mean() < 40
    assert read_thumbnail(path, 50).shape[:2] in {(34, 50), (50, 34), (33, 50), (50, 33)}


def test_smaller_copies_in_the_file_are_used(tmp_path, monkeypatch):
    """As cloud-optimised GeoTIFF (pages) and OME-TIFF (below the page) hold them."""
    monkeypatch.setattr("app.images.overview.OVERVIEW_PIXELS", 5000)
    halves = [np.full((-(-HEIGHT // f), WIDTH // f, 3), 40 * f, np.uint8) for f in (2, 4)]
    with tifffile.TiffWriter(tmp_path / "pages.tif") as file:
        file.write(RGB, tile=(64, 64), photometric="rgb")
        for half in halves:
            file.write(half, tile=(16, 16), photometric="rgb", subfiletype=1)
    with tifffile.TiffWriter(tmp_path / "below.tif") as file:
        file.write(RGB, tile=(64, 64), photometric="rgb", subifds=2)
        for half in halves:
            file.write(half, tile=(16, 16), photometric="rgb", subfiletype=1)
    for name in ("pages.tif", "below.tif"):
        tiled = open_tiled(tmp_path / name)
        assert tiled.read((0, 0, 64, 64), 2).ravel().tolist() == [80] * 32 * 32 * 3
        assert (tiled.read((8, 8, WIDTH, HEIGHT), 8) == 160).all()
        assert tiled.read((8, 8, WIDTH, HEIGHT), 8).shape == (-(-(HEIGHT - 8) // 8), -(-(WIDTH - 8) // 8), 3)
        assert np.array_equal(tiled.read((5, 6, 70, 80)), RGB[6:80, 5:70])
        assert (glimpse(tiled) == 160).all()


@pytest.mark.parametrize("where", ["pages", "below"])
@pytest.mark.parametrize("said", ["of the picture", "of both", "of the picture, whose copy stands upright"])
@pytest.mark.parametrize("turned", range(1, 9))
def test_smaller_copies_lie_as_the_picture_does(tmp_path, turned, said, where):
    """Many programs write only of the picture how it is turned."""
    tag, upright = [(274, 3, 1, turned, True)], [(274, 3, 1, 1, True)]
    pixels = RGB[:200, :300]
    small = np.ascontiguousarray(oriented(pixels, turned) if said.endswith("upright") else pixels)[::2, ::2]
    of_copy = upright if said.endswith("upright") else tag if said == "of both" else []
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        below = {"subifds": 1} if where == "below" else {}
        file.write(pixels, tile=(64, 64), photometric="rgb", extratags=tag, **below)
        file.write(small, tile=(64, 64), photometric="rgb", subfiletype=1, extratags=of_copy)
    tiled = open_tiled(tmp_path / "a.tif")
    height, width = tiled.size
    expected = np.ascontiguousarray(oriented(pixels, turned))
    assert np.array_equal(tiled.read((0, 0, width, height)), expected)
    seen = small if said.endswith("upright") else oriented(small, turned)
    assert np.array_equal(tiled.read((0, 0, width, height), 2), seen)
    assert tiled.source(2)[0] == 2
    assert tiled.read((40, 20, 80, 60), 2).shape == (20, 20, 3)


def test_copies_of_another_kind_are_not_used(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(RGB, tile=(64, 64), photometric="rgb")
        file.write(GREY[::2, ::2], tile=(16, 16), photometric="minisblack", subfiletype=1)  # another kind
        file.write(RGB[::5, ::2], tile=(16, 16), photometric="rgb", subfiletype=1)  # another shape
    found = open_tiled(tmp_path / "a.tif").read((0, 0, 64, 64), 2)
    assert np.abs(found - block_means(RGB[:64, :64], 2)).max() <= 0.51


def test_a_page_of_a_stack_is_tiled_too(tmp_path):
    with tifffile.TiffWriter(tmp_path / "s.tif") as file:
        for shift in range(3):
            file.write(RGB + shift, tile=(64, 64), photometric="rgb", compression="zlib")
    path = tmp_path / "s.tif#page=2"
    assert np.array_equal(open_tiled(path).read((10, 20, 90, 120)), (RGB + 1)[20:120, 10:90])
    hashes = {file_hash(tmp_path / name) for name in ("s.tif", "s.tif#page=2", "s.tif#page=3")}
    assert len(hashes) == 3
    with pytest.raises(Problem, match=r"^s\.tif, page 9: the file has no page 9\.$"):
        open_tiled(tmp_path / "s.tif#page=9")


def test_small_ones_other_formats_and_one_large_piece_are_read_whole(tmp_path, monkeypatch):
    Image.fromarray(RGB).save(tmp_path / "a.png")
    assert open_tiled(tmp_path / "a.png") is None
    KINDS["tiles"](tmp_path / "a.tif")
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", WIDTH * HEIGHT + 1)
    assert open_tiled(tmp_path / "a.tif") is None
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1)
    monkeypatch.setattr("app.images.tiff_grid.MOST_PART_PIXELS", 10_000)
    _tifffile(RGB, rowsperstrip=HEIGHT, compression="zlib")(tmp_path / "b.tif")
    assert open_tiled(tmp_path / "b.tif") is None
    assert np.array_equal(read_image(tmp_path / "b.tif").pixels, RGB)


def test_hash_tells_pictures_apart_and_not_where_they_lie(tmp_path):
    for name, values in (("a.tif", RGB), ("b.tif", RGB), ("c.tif", 255 - RGB)):
        _tifffile(values, tile=(64, 64), compression="zlib")(tmp_path / name)
    first, second, third = (file_hash(tmp_path / name) for name in ("a.tif", "b.tif", "c.tif"))
    assert first == second == read_image(tmp_path / "a.tif").content_hash
    assert first != third


def test_replaced_file_is_told(tmp_path):
    path = tmp_path / "a.tif"
    KINDS["tiles"](path)
    tiled = open_tiled(path)
    KINDS["tiles deflate"](path)
    with pytest.raises(Problem, match=r"^a\.tif: the file was replaced meanwhile"):
        tiled.read((0, 0, 9, 9))
    assert np.array_equal(open_tiled(path).read((0, 0, 9, 9)), RGB[:9, :9])
    path.unlink()
    with pytest.raises(Problem, match=r"^a\.tif: the file is not there any more\.$"):
        tiled.read((0, 0, 9, 9))


def test_damaged_tile_is_grey_in_the_overview_and_told_when_looked_at(tmp_path):
    path = tmp_path / "a.tif"
    KINDS["tiles deflate"](path)
    with tifffile.TiffFile(path) as file:
        offset, length = file.pages.first.dataoffsets[6], file.pages.first.databytecounts[6]
    data = bytearray(path.read_bytes())
    data[offset : offset + length] = bytes(length)
    path.write_bytes(data)
    tiled = open_tiled(path)
    with pytest.raises(Problem, match=r"^a\.tif: the picture is damaged"):
        tiled.read((70, 70, 120, 120))
    assert np.array_equal(tiled.read((0, 0, 60, 60)), RGB[:60, :60])


@pytest.mark.slow
def test_picture_of_a_gigapixel_in_a_few_kilobytes_takes_little_memory(tmp_path):
    """All tiles are the same one: 60,000 x 60,000 pixels that nobody may make at once."""
    path = tmp_path / "a.tif"
    sparse_tiff(path, 60_000, 60_000)
    tracemalloc.start()
    began = time.process_time()
    tiled = open_tiled(path)
    assert tiled.size == (60_000, 60_000) == image_size(path)
    assert tiled.read((30_000, 30_000, 30_512, 30_512)).shape == (512, 512, 3)
    assert tiled.read((59_900, 59_900, 60_000, 60_000), 4).shape == (25, 25, 3)
    with pytest.raises(
        Problem, match=r"^a\.tif: 60000 x 60000 pixels are more than the 400 megapixels read at once\.$"
    ):
        read_image(path)
    assert time.process_time() - began < 10
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 60_000_000


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_large_file_of_too_many_pixels_is_refused_before_it_is_read(tmp_path, suffix):
    """What is no tiled TIFF stays one sentence."""
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (30_000, 300)).save(path, **({"compression": "tiff_lzw"} if suffix == ".tif" else {}))
    data = bytearray(path.read_bytes())
    if suffix == ".tif":
        with tifffile.TiffFile(path, mode="r+b") as file:
            file.pages.first.tags[257].overwrite(30_000)
        data = bytearray(path.read_bytes())
    else:
        at = data.index(struct.pack(">HH", 300, 30_000)) if suffix == ".jpg" else data.index(b"IHDR") + 8
        data[at : at + (2 if suffix == ".jpg" else 4)] = struct.pack(">H" if suffix == ".jpg" else ">I", 30_000)
        if suffix == ".png":
            data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)
    with path.open("r+b") as stream:
        stream.truncate(300 << 20)
    tracemalloc.start()
    with pytest.raises(
        Problem, match=rf"^a{suffix}: 30000 x 30000 pixels are more than the 400 megapixels read at once"
    ):
        read_image(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 50_000_000


LIES = {
    "width": (256, 2**31), "height": (257, 2**31), "tile width": (322, 2**31), "no tile": (322, 0),
    "odd tile": (323, 7), "samples": (277, 60_000), "bits": (258, 65535), "compression": (259, 34712),
    "planes": (284, 2), "photometric": (262, 999), "orientation": (274, 77),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("kind", ["tiles deflate", "strips"])
def test_lies_about_the_picture_end_in_a_sentence(tmp_path, lie, kind):
    path = tmp_path / "a.tif"
    KINDS[kind](path)
    code, value = LIES[lie]
    with tifffile.TiffFile(path, mode="r+b") as file:
        if code not in file.pages.first.tags:
            return
        file.pages.first.tags[code].overwrite(value)
    _survives(path)


@pytest.mark.slow
def test_hundreds_of_damaged_files_give_pixels_or_a_sentence(tmp_path):
    dice = random.Random(11)
    seeds = []
    for kind in ("tiles deflate", "tiles lzw", "strips", "bigtiff", "planes of 16 bits", "strips jpeg", "fax"):
        KINDS[kind](tmp_path / "seed.tif")
        seeds.append((tmp_path / "seed.tif").read_bytes())
    told = 0
    for number in range(400):
        data = bytearray(dice.choice(seeds))
        reach = len(data) if dice.random() < 0.3 else 700
        for _ in range(dice.choice([1, 2, 5, 20])):
            at = dice.randrange(min(reach, len(data))) if dice.random() < 0.7 else -dice.randrange(1, 700)
            data[at] = dice.randrange(256)
        if dice.random() < 0.2:
            del data[dice.randrange(len(data)) :]
        path = tmp_path / f"{number % 10}.tif"
        path.write_bytes(data)
        told += _survives(path)
    assert told > 50


def _survives(path) -> bool:
    """Whether it ended in a sentence; anything else but pixels fails, and so does much memory or time."""
    tracemalloc.start()
    began = time.process_time()
    try:
        tiled = open_tiled(path)
        if tiled is not None:
            height, width = tiled.size
            x, y = min(50, width - 1), min(60, height - 1)
            pixels = tiled.read((x, y, min(x + 99, width), min(y + 99, height)))
            assert pixels.shape == (min(99, height - y), min(99, width - x), 3)
            shrink = 64
            tiled.read((0, 0, min(width, 640), min(height, 640)), shrink)
    except Problem as problem:
        assert re.fullmatch(rf"{path.name}: [^\n]+", str(problem))  # noqa: PT017
        return True
    finally:
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 400_000_000
        assert time.process_time() - began < 20
    return False


def test_16_bits_are_stretched_alike_all_over_and_as_the_whole(tmp_path):
    values = np.linspace(1000, 3000, 800 * 900).reshape(800, 900).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "strips.tif"), values)
    _tifffile(values, tile=(16, 16))(tmp_path / "tiles.tif")
    for name in ("strips.tif", "tiles.tif"):
        whole, tiled = read_image(tmp_path / name).pixels, open_tiled(tmp_path / name)
        found = np.concatenate([tiled.read((0, y, 900, y + 100)) for y in range(0, 800, 100)])
        assert np.abs(found.astype(int) - whole).max() <= 8, name
        assert (np.diff(found[..., 0].ravel().astype(int)) >= 0).all(), name
