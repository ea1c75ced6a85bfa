"""What pictures with more than 8 bits are stretched by, and what is not: see also tests/project/test_images.py."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import tifffile

from app.images import costs, tiled_tiff
from app.images.reading import read_image, read_thumbnail
from app.images.tiled_tiff import open_tiled
from app.problem import Problem
from tests.project.test_huge import write_tiff
from tests.project.test_images import ramp


def _said(nothing: str) -> list[tuple[int, str, int, str, bool]]:
    return [(42113, "s", 0, nothing, True)]


@pytest.mark.parametrize("dtype", [np.uint32, np.int32, np.int64, np.float64])
def test_small_differences_of_large_numbers_are_seen(tmp_path, dtype):
    values = (1_000_000_000 + np.arange(128 * 128).reshape(128, 128) % 256).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack")
    assert np.array_equal(read_image(tmp_path / "a.tif").pixels[..., 0], values - 1_000_000_000)


@pytest.mark.parametrize(
    ("dtype", "nothing"),
    [(np.float32, "-9999"), (np.float32, "-3.4028234663852886e+38"), (np.float64, "-1e300 "), (np.int16, "-32768"),
     (np.uint16, "65535"), (np.int32, "2147483647"), (np.float32, "nan")],
)  # fmt: skip
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_what_stands_for_nothing_is_black_and_does_not_spoil_the_rest(tmp_path, dtype, nothing, photometric):
    values, path = ramp(dtype, 1000, 2000), tmp_path / "a.tif"
    tifffile.imwrite(path, values[:, 8:], photometric=photometric)
    expected = read_image(path).pixels
    values[:, :8] = float(nothing)
    tifffile.imwrite(path, values, photometric=photometric, extratags=_said(nothing))
    shown = read_image(path).pixels
    assert not shown[:, :8].any()
    assert np.abs(shown[:, 8:].astype(int) - expected).max() <= 1


def test_what_stands_for_nothing_is_known_of_tiles_and_not_in_their_hash(tmp_path, monkeypatch):
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000)
    values, path = ramp(np.float32, 100, 200), tmp_path / "a.tif"
    values[:8] = -9999
    tifffile.imwrite(path, values, photometric="minisblack", tile=(16, 16))
    silent = open_tiled(path)
    tifffile.imwrite(tmp_path / "b.tif", values, photometric="minisblack", tile=(16, 16), extratags=_said("-9999"))
    tiled = open_tiled(tmp_path / "b.tif")
    shown = tiled.read((0, 0, 64, 64))[..., 0]
    assert not shown[:8].any()
    assert np.ptp(shown[8:]) > 250
    assert tiled.content_hash == silent.content_hash


@pytest.mark.parametrize("bits", [16, 12])
@pytest.mark.parametrize("channels", [1, 3])
def test_deep_jpeg_2000_is_stretched_as_a_tiff_of_it_is(tmp_path, bits, channels):
    values = np.dstack([ramp(high=4000), ramp(high=4000)[::-1], ramp()])[..., :channels]
    middle = (1 << 15) - (1 << bits - 1)  # a codestream tells how far numbers are from the middle
    data = bytearray(cv2.imencode(".jp2", (values + middle).astype(np.uint16)[..., ::-1])[1].tobytes())
    for channel in range(channels):
        data[costs.codestream_at(data) + 42 + 3 * channel] = bits - 1
    (tmp_path / "a.jp2").write_bytes(data)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb" if channels == 3 else "minisblack")
    assert np.array_equal(read_image(tmp_path / "a.jp2").pixels, read_image(tmp_path / "a.tif").pixels)
    assert read_thumbnail(tmp_path / "a.jp2", 16).max() > 200


@pytest.mark.parametrize(
    ("channels", "photometric"),
    [(1, "minisblack"), (1, "miniswhite"), (3, "rgb"), (4, "rgb"), (4, "separated")],
)
@pytest.mark.parametrize("is_tiled", [False, True])
def test_8_bits_that_pillow_does_not_know_are_shown_as_those_that_it_does(
    tmp_path, monkeypatch, channels, photometric, is_tiled
):
    values = np.dstack([ramp(np.uint8, 90, 140), ramp(np.uint8, 100, 120).T, ramp(np.uint8, 80, 99), ramp(np.uint8)])
    values = values[..., :channels] if channels > 1 else values[..., 0]
    said = {"photometric": photometric, "tile": (16, 16)}
    said |= {"extrasamples": ["unassalpha"]} if (channels, photometric) == (4, "rgb") else {}
    tifffile.imwrite(tmp_path / "a.tif", values, **said)
    tifffile.imwrite(tmp_path / "b.tif", values, bigtiff=True, byteorder=">", **said)
    expected = read_image(tmp_path / "a.tif").pixels
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1000 if is_tiled else 64_000_000)
    path = tmp_path / "b.tif"
    shown = open_tiled(path).read((0, 0, 64, 64)) if is_tiled else read_image(path).pixels
    assert np.abs(shown.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_lzw_of_more_bands_than_are_read_is_told(tmp_path, channels):
    """As codes of 9 bits that stand for a byte each: the table is emptied before it would need more."""
    values, path = np.dstack([ramp(high=4000)] * channels), tmp_path / "a.tif"
    stored = values.tobytes()
    codes = [code for at in range(0, len(stored), 200) for code in (256, *stored[at : at + 200])]
    bits = "".join(f"{code:09b}" for code in (*codes, 257))
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    colors = 2 if channels == 3 else 1
    more = {338: (0,) * (channels - 1)} if colors == 1 and channels > 1 else {}
    bits_of_each = (16,) * channels
    tags = {256: 64, 257: 64, 258: bits_of_each, 259: 5, 262: colors, 277: channels, 322: 64, 323: 64, **more}
    write_tiff(path, tags, [packed])
    if channels in (1, 3):
        tifffile.imwrite(tmp_path / "b.tif", values, photometric="rgb" if channels == 3 else "minisblack")
        assert np.array_equal(read_image(path).pixels, read_image(tmp_path / "b.tif").pixels)
        return
    with pytest.raises(Problem, match=rf"^a\.tif: {channels} bands of 16 bits are not read in this compression; save"):
        read_image(path)
