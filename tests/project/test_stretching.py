"""What pictures with more than 8 bits are stretched by, and what is not: see also tests/project/test_images.py."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import tifffile

from app.images import costs, tiled_tiff
from app.images.reading import read_image, read_thumbnail
from app.images.tiled_tiff import open_tiled
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
