"""Files of maps in which the tiles or strips that hold nothing were not stored."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image

from app.images import tiff, tiled_tiff
from app.images.reading import read_image, read_thumbnail
from app.images.tiled_tiff import open_tiled
from app.problem import Problem
from tests.project.sparse import sparse_tiff
from tests.project.test_huge import _tiled_by_pillow
from tests.project.test_images import as_displayed


def tiles(**options):
    """Tiles of 64 pixels."""
    return lambda path, values: tifffile.imwrite(
        path, values, photometric="rgb" if values.ndim == 3 else "minisblack", **{"tile": (64, 64)} | options
    )


def strips(**options):
    return tiles(tile=None, rowsperstrip=64, **options)


def tiles_by_pillow(compression: str):
    return lambda path, values: _tiled_by_pillow(values, compression)(path)


def picture(dtype: type = np.uint8) -> np.ndarray:
    """(192, 128, 3), nowhere black."""
    return (np.arange(192 * 128 * 3).reshape(192, 128, 3) % 150 + 50).astype(dtype)


def leave_out(path, numbers) -> None:
    """Makes holes of these tiles or strips: as GDAL says them, without an offset and without a length."""
    with tifffile.TiffFile(path) as file:
        tags = file.pages.first.tags
        found = [tags[code] for code in ((324, 325) if 324 in tags else (273, 279))]
        places = [(tag.valueoffset, tag.valuebytecount // tag.count) for tag in found]
    data = bytearray(path.read_bytes())
    for at, size in places:
        for number in numbers:
            data[at + size * number : at + size * (number + 1)] = bytes(size)
    path.write_bytes(data)


KINDS = {
    "plain": tiles(), "deflate": tiles(compression="zlib"), "big endian": tiles(byteorder=">"),
    "bigtiff": tiles(bigtiff=True, compression="zlib"), "lzw": tiles_by_pillow("tiff_lzw"),
    "jpeg": tiles_by_pillow("jpeg"), "strips": strips(), "strips deflate": strips(compression="zlib"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_tiled", [False, True])
def test_what_was_not_stored_is_black(tmp_path, monkeypatch, kind, is_tiled):
    path, values = tmp_path / "a.tif", picture()
    KINDS[kind](path, values)
    expected = read_image(path).pixels
    leave_out(path, [2])
    hole = np.s_[128:] if "strips" in kind else np.s_[64:128, :64]
    expected[hole] = 0
    if is_tiled:
        monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000)
        shown = open_tiled(path).read((0, 0, 128, 192))
        assert np.array_equal(open_tiled(path).read((0, 64, 64, 128)), expected[64:128, :64])
    else:
        shown = read_image(path).pixels
        assert (read_thumbnail(path, 96).min() == 0) == (expected.min() == 0)
    assert np.array_equal(shown, expected)


@pytest.mark.parametrize("is_tiled", [False, True])
@pytest.mark.parametrize("save", [tiles(), tiles(compression="zlib"), strips(compression="zlib")])
def test_deep_pictures_are_stretched_by_what_is_there(tmp_path, monkeypatch, save, is_tiled):
    path, values = tmp_path / "a.tif", picture(np.uint16)[..., 0] + 1000
    save(path, values)
    leave_out(path, [2])
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000 if is_tiled else 64_000_000)
    shown = open_tiled(path).read((0, 0, 128, 192)) if is_tiled else read_image(path).pixels
    assert np.ptp(shown[:64]) > 200
    assert (shown == 0).mean() > 1 / 6


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_hole_is_turned_with_the_picture(tmp_path, orientation):
    path, values = tmp_path / "a.tif", picture()
    tiles(compression="zlib", extratags=[(274, 3, 1, orientation, True)])(path, values)
    leave_out(path, [0, 5])
    values[:64, :64] = values[128:, 64:] = 0
    assert np.array_equal(read_image(path).pixels, as_displayed(values, orientation))


def test_a_hole_of_a_picture_with_transparency_is_white(tmp_path):
    path = tmp_path / "a.tif"
    tiles(extrasamples=["unassalpha"])(path, np.full((64, 128, 4), (63, 63, 63, 255), np.uint8))
    leave_out(path, [1])
    assert read_image(path).pixels[:, ::64, 0].tolist() == [[63, 255]] * 64


def test_a_picture_of_holes_alone_is_black_and_keeps_to_the_budget(tmp_path, monkeypatch):
    path = tmp_path / "a.tif"
    tiles()(path, picture())
    leave_out(path, range(6))
    assert not read_image(path).pixels.any()
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000)
    assert not open_tiled(path).read((10, 10, 100, 100)).any()
    sparse_tiff(path, 16_384, 16_384, 2048)
    monkeypatch.undo()
    leave_out(path, range(8 * 8))
    tracemalloc.start()
    with pytest.raises(Problem, match=r"^a\.tif: .*memory"):
        read_image(path, 1 << 20)
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()


def test_a_part_without_length_that_lies_somewhere_is_no_hole(tmp_path):
    """Old programs left out the lengths of what they did not compress."""
    Image.fromarray(picture()).save(tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        tag = file.pages.first.tags[279]
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[tag.valueoffset : tag.valueoffset + tag.valuebytecount] = bytes(tag.valuebytecount)
    (tmp_path / "b.tif").write_bytes(data)
    assert np.array_equal(read_image(tmp_path / "b.tif").pixels, read_image(tmp_path / "a.tif").pixels)


@pytest.mark.parametrize("is_tiled", [False, True])
def test_what_one_channel_lacks_the_others_have(tmp_path, monkeypatch, is_tiled):
    """Channels that lie in parts of their own, of which the first was left out."""
    path, values = tmp_path / "a.tif", np.moveaxis(picture(np.uint16), 2, 0)
    tifffile.imwrite(path, values, tile=(64, 64), compression="zlib", planarconfig="separate", photometric="rgb")
    leave_out(path, range(6))
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000 if is_tiled else 64_000_000)
    shown = open_tiled(path).read((0, 0, 128, 192)) if is_tiled else read_image(path).pixels
    assert not shown[..., 0].any()
    assert shown[..., 1:].mean() > 100


def test_where_only_the_last_strip_is_there_it_is_shown(tmp_path):
    path, values = tmp_path / "a.tif", picture(np.uint16)[:150, :, 0]
    strips(compression="zlib")(path, values)
    leave_out(path, [0, 1])
    shown = read_image(path).pixels
    assert not shown[:128].any()
    assert shown[128:].mean() > 100


def test_pages_of_a_stack_keep_their_hashes(tmp_path):
    """The same bytes as before there were holes: an empty part lies somewhere."""
    path = tmp_path / "a.tif"
    tiles(compression="zlib")(path, picture())
    leave_out(path, [2])
    data = path.read_bytes()
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        offset = file.pages.first.offset
    with tifffile.TiffFile(io.BytesIO(tiff.alone(io.BytesIO(data), offset))) as file:
        assert all(file.pages.first.tags[324].value)


def test_tags_of_tiles_that_are_none_are_not_believed(tmp_path):
    """A file of strips with a tile that lies nowhere and no size of tiles: libraries take it for one or the other."""
    path, values = tmp_path / "a.tif", picture()
    strips(extratags=[(324, 4, 1, 0, True), (325, 4, 1, 0, True)])(path, values)
    assert np.array_equal(read_image(path).pixels, values)


def test_a_number_for_nothing_that_cannot_be_read_says_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000)
    path, values = tmp_path / "a.tif", picture()
    tiles(extratags=[(42113, 2, 200, "9" * 199, True)])(path, values)
    with tifffile.TiffFile(path) as file:
        tag = file.pages.first.tags[42113]
    data = bytearray(path.read_bytes())
    data[tag.offset + 8 : tag.offset + 12] = (1 << 30).to_bytes(4, "little")  # behind the end of the file
    path.write_bytes(data)
    assert np.array_equal(open_tiled(path).read((0, 0, 128, 192)), values)
