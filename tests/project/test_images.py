"""Every kind of image file, good and bad. Expected pixels are worked out here, not by what is tested."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import struct
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, features

from app.images.file_types import DICOM, HEIC, formats, suffixes
from app.images.reading import image_size, read_image, read_thumbnail
from app.masks.rle import MAX_PIXELS
from app.problem import Problem
from tests.project.hostile import chunk, deflated

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(width: int = 40, height: int = 20) -> np.ndarray:
    """Red, green / blue, white quarters: every turn and mirror image of it is another picture."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return pixels


def as_displayed(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Source: the table of EXIF 2.3 (which corner the first row and the first column are)."""
    first_row, first_column = {
        1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
        5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
    }[orientation]  # fmt: skip
    if first_row in ("left", "right"):
        pixels = pixels.transpose(1, 0, 2)
    if "right" in (first_row, first_column):
        pixels = pixels[:, ::-1]
    return pixels[::-1] if "bottom" in (first_row, first_column) else pixels


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("deep", [False, True])
def test_png_that_says_behind_its_pixels_that_it_is_turned(tmp_path, deep):
    path = tmp_path / "late.png"
    values = corners().astype(np.uint16) * 257 if deep else corners()
    data = cv2.imencode(".png", values[..., ::-1])[1].tobytes()
    exif = with_orientation(6).tobytes().removeprefix(b"Exif\0\0")
    path.write_bytes(data[:-12] + chunk(b"eXIf", exif) + data[-12:])
    assert image_size(path) == (20, 40)
    assert np.array_equal(read_image(path).pixels, as_displayed(corners(), 6))


@pytest.mark.serial
def test_size_of_a_large_png_is_read_from_its_head(tmp_path):
    path = tmp_path / "large.png"
    Image.effect_noise((4000, 3000), 50).save(path, compress_level=1)
    assert min(_seconds(lambda: image_size(path)) for _ in range(5)) < 0.03
    assert image_size(path) == (4000, 3000)


def test_rgb_files_of_every_format_give_their_pixels(tmp_path):
    formats()  # makes Pillow know HEIC
    for suffix in sorted(suffixes() - DICOM.suffixes):
        path = tmp_path / f"picture{suffix}"
        lossless = {
            ".webp": {"lossless": True}, ".avif": {"quality": 100, "subsampling": "4:4:4"}, ".jp2": {}, ".j2k": {},
            **{suffix: {"quality": -1, "chroma": 444} for suffix in HEIC.suffixes},
        }.get(suffix, {"quality": 100, "subsampling": 0})  # fmt: skip
        names = {".jfif": "JPEG", ".jpe": "JPEG", **dict.fromkeys(HEIC.suffixes, "HEIF")}
        Image.fromarray(corners()).save(path, format=names.get(suffix), **lossless)
        picture = read_image(path)
        assert (picture.pixels.dtype, picture.pixels.shape) == (np.uint8, (20, 40, 3))
        assert picture.pixels.flags.writeable
        assert np.abs(picture.pixels.astype(int) - corners()).max() <= 3


def test_hash_size_and_time_are_those_of_the_file(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (3, 2)).save(path)
    picture = read_image(path)
    assert picture.content_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (picture.size_bytes, picture.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


@pytest.mark.parametrize(
    "name",
    ["猫と犬.png", "Žluťoučký kůň.png", "صورة.png", "🐈 % # ? &.png", '고양이 "둘" o\'clock.png', "a" * 200 + ".png"],
)
def test_names_of_any_script(tmp_path, name):
    path = tmp_path / "φάκελος" / name
    path.parent.mkdir()
    Image.fromarray(corners()).save(path)
    deep = path.with_name("deep " + name[:150] + ".png")
    deep.write_bytes(cv2.imencode(".png", corners().astype(np.uint16) * 257)[1].tobytes())
    for file in (path, deep):
        assert read_image(file).pixels.shape == (20, 40, 3)
        assert image_size(file) == (40, 20)
        assert read_thumbnail(file, 8).shape == (4, 8, 3)


def test_grey_palette_and_bilevel_pictures_become_rgb(tmp_path):
    grey = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    two = np.indices((16, 16)).sum(axis=0) % 2 * 255
    for name, image, expected in [
        ("grey.png", grey, np.asarray(grey)),
        ("grey.tif", grey, np.asarray(grey)),
        ("bilevel.png", Image.fromarray(two.astype(np.uint8)).convert("1"), two),
        ("bilevel.tif", Image.fromarray(two.astype(np.uint8)).convert("1"), two),
    ]:
        image.save(tmp_path / name)
        assert np.array_equal(read_image(tmp_path / name).pixels, np.dstack([expected] * 3)), name
    Image.fromarray(corners()).quantize(4).save(tmp_path / "palette.png")
    assert np.array_equal(read_image(tmp_path / "palette.png").pixels, corners())


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_what_is_transparent_is_white(tmp_path, suffix):
    pixels = np.dstack([corners(), np.full((20, 40), 255, np.uint8)])
    pixels[:10, :20, 3], pixels[:10, 20:, 3] = 0, 128
    Image.fromarray(pixels).save(tmp_path / f"a{suffix}", **({"lossless": True} if suffix == ".webp" else {}))
    shown = read_image(tmp_path / f"a{suffix}").pixels
    assert tuple(shown[2, 2]) == WHITE
    assert np.abs(shown[2, 30].astype(int) - (127, 255, 127)).max() <= 1
    assert tuple(shown[15, 2]) == BLUE


def test_transparent_colour_of_a_palette_is_white(tmp_path):
    palette = Image.fromarray(corners()).quantize(4)
    red = palette.getpixel((2, 2))
    palette.save(tmp_path / "a.png", transparency=red)
    shown = read_image(tmp_path / "a.png").pixels
    assert (tuple(shown[2, 2]), tuple(shown[2, 30])) == (WHITE, GREEN)


def test_grey_with_alpha_of_8_and_16_bits_lies_on_white(tmp_path):
    grey = np.full((6, 6), 100, np.uint8)
    grey[0], grey[1] = 0, 255
    alpha = np.full((6, 6), 255, np.uint8)
    alpha[:, 3:] = 0
    Image.fromarray(np.dstack([grey, alpha])).save(tmp_path / "8.png")
    wide = np.dstack([grey, alpha]).astype(">u2") * 257
    (tmp_path / "16.png").write_bytes(deep_png(wide, color_type=4))
    for name in ("8.png", "16.png"):
        pixels = read_image(tmp_path / name).pixels
        assert np.array_equal(pixels[:, 0], np.dstack([grey[:, 0]] * 3)[0]), name
        assert (pixels[:, 3:] == 255).all(), name
        assert read_thumbnail(tmp_path / name, 3).shape == (3, 3, 3)


@pytest.mark.parametrize("color_type", [0, 2])
def test_transparent_value_of_a_16_bit_png_is_white(tmp_path, color_type):
    values = np.linspace(0, 60000, 36).reshape(6, 6).astype(">u2")
    channels = 3 if color_type == 2 else 1
    values = np.dstack([values] * channels).astype(">u2")
    (tmp_path / "a.png").write_bytes(deep_png(values, color_type, chunk(b"tRNS", bytes(2 * channels))))
    pixels = read_image(tmp_path / "a.png").pixels
    assert tuple(pixels[0, 0]) == WHITE
    assert pixels[0, 1].max() < 30


def deep_png(values: np.ndarray, color_type: int, more: bytes = b"") -> bytes:
    """values: (H, W, channels) big endian 16 bits."""
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, color_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    content = chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def ramp(dtype=np.uint16, low: float = 1000, high: float = 3000) -> np.ndarray:
    """(64, 64) from low to high: a microscope uses a small part of its 16 bits."""
    return np.linspace(low, high, 64 * 64).reshape(64, 64).astype(dtype)


def _png(path: Path, values: np.ndarray) -> None:
    path.write_bytes(cv2.imencode(".png", values[..., ::-1] if values.ndim == 3 else values)[1].tobytes())


def _tiff(**options) -> Callable[[Path, np.ndarray], None]:
    return lambda path, values: tifffile.imwrite(
        path, values, photometric="rgb" if values.ndim == 3 else "minisblack", **options
    )


def _tiff_of_cv2(path: Path, values: np.ndarray) -> None:
    """With LZW, for which tifffile lacks a library."""
    assert values.dtype == np.uint16
    path.write_bytes(cv2.imencode(".tif", values[..., ::-1] if values.ndim == 3 else values)[1].tobytes())
    with tifffile.TiffFile(path) as file:
        assert file.pages.first.compression == tifffile.COMPRESSION.LZW


DEEP = {
    "png": (_png, ".png"),
    "tiff": (_tiff(), ".tif"),
    "big endian": (_tiff(byteorder=">"), ".tif"),
    "bigtiff": (_tiff(bigtiff=True), ".tif"),
    "tiles": (_tiff(tile=(16, 16)), ".tif"),
    "lzw": (_tiff_of_cv2, ".tif"),
}


@pytest.mark.parametrize("kind", DEEP)
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_are_stretched_over_what_the_picture_uses(tmp_path, kind, channels):
    save, suffix = DEEP[kind]
    values = ramp() if channels == 1 else np.dstack([ramp(), ramp()[::-1], ramp()[:, ::-1]])
    path = tmp_path / f"deep{suffix}"
    save(path, values)
    pixels = read_image(path).pixels
    low, high = np.percentile(values, (0.1, 99.9))
    expected = np.clip((values - low) / (high - low) * 255, 0, 255)
    expected = np.dstack([expected] * 3) if channels == 1 else expected
    assert np.abs(pixels - expected).max() <= 0.51
    assert np.array_equal(read_image(path).pixels, pixels)
    assert image_size(path) == (64, 64)
    assert read_thumbnail(path, 16).shape == (16, 16, 3)


def test_hues_of_a_large_deep_picture_stay(tmp_path):
    """Percentiles are taken of some of the pixels, of all their channels."""
    values = np.zeros((1500, 2000, 3), np.uint16)
    values[...] = (1000, 2000, 3000)
    values[:100] = (0, 0, 0)
    values[100:200] = (4000, 4000, 4000)
    _tiff()(tmp_path / "a.tif", values)
    assert read_image(tmp_path / "a.tif").pixels[1000, 1000].tolist() == [64, 128, 191]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (ramp(np.float32, -1, 1), "float"),
        (np.dstack([ramp(np.float32, 0, 1)] * 3), "float rgb"),
        (ramp(np.float64, 1e-9, 2e-9), "tiny"),
        (ramp(np.float16, 0, 1), "half"),
        (ramp(np.int16, -3000, 3000), "signed"),
        (ramp(np.int8, -128, 127), "signed 8 bits"),
        (np.dstack([ramp(np.int8, -90, 90)] * 3), "signed 8 bits rgb"),
        (ramp(np.uint32, 0, 4e9), "32 bits"),
    ],
)
def test_other_numbers_in_tiff_are_stretched_too(tmp_path, values, name):
    path = tmp_path / f"{name}.tif"
    _tiff()(path, values)
    pixels = read_image(path).pixels
    assert (pixels[0, 0].tolist(), pixels[-1, -1].tolist()) == ([0] * 3, [255] * 3)
    assert image_size(path) == (64, 64)
    assert read_thumbnail(path, 16).shape == (16, 16, 3)


def test_not_a_number_is_dark_and_does_not_spoil_the_rest(tmp_path):
    values = ramp(np.float32, 1, 2)
    values[0, 0], values[1, 1], values[2, 2] = np.nan, np.inf, -np.inf
    _tiff()(tmp_path / "a.tif", values)
    pixels = read_image(tmp_path / "a.tif").pixels[..., 0]
    assert (pixels[0, 0], pixels[1, 1], pixels[2, 2], pixels[-1, -1]) == (0, 255, 0, 255)
    assert 120 < pixels[32, 32] < 136


def test_deep_picture_of_one_value_is_grey(tmp_path):
    _png(tmp_path / "a.png", np.full((4, 4), 700, np.uint16))
    assert set(read_image(tmp_path / "a.png").pixels.ravel().tolist()) <= {127, 128}


def test_deep_transparency_is_white_too(tmp_path):
    values = np.dstack([ramp()] * 3 + [np.full((64, 64), 65535, np.uint16)])
    values[:8, :8, 3] = 0
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", values)[1].tobytes())
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unassalpha"])
    for name in ("a.png", "a.tif"):
        pixels = read_image(tmp_path / name).pixels
        assert tuple(pixels[2, 2]) == WHITE
        assert tuple(pixels[8, 8]) != WHITE


def test_planes_and_pages_of_tiff(tmp_path):
    values = np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1]])
    tifffile.imwrite(tmp_path / "planes.tif", values, photometric="rgb", planarconfig="separate")
    _tiff()(tmp_path / "together.tif", np.moveaxis(values, 0, 2))
    together = read_image(tmp_path / "together.tif").pixels
    assert np.array_equal(read_image(tmp_path / "planes.tif").pixels, together)
    tifffile.imwrite(tmp_path / "pages.tif", values, photometric="minisblack")
    _tiff()(tmp_path / "first.tif", values[0])
    first = read_image(tmp_path / "first.tif").pixels
    assert np.array_equal(read_image(tmp_path / "pages.tif").pixels, first)


def test_smallest_and_widest_pictures(tmp_path):
    Image.new("RGB", (1, 1), RED).save(tmp_path / "dot.png")
    assert read_image(tmp_path / "dot.png").pixels.tolist() == [[list(RED)]]
    assert read_thumbnail(tmp_path / "dot.png", 96).shape == (1, 1, 3)
    Image.new("RGB", (30_000, 200), BLUE).save(tmp_path / "wide.jpg")
    assert read_image(tmp_path / "wide.jpg").pixels.shape == (200, 30_000, 3)
    assert read_thumbnail(tmp_path / "wide.jpg", 96).shape == (1, 96, 3)
    assert image_size(tmp_path / "wide.jpg") == (30_000, 200)


def _truncated(path: Path) -> None:
    Image.effect_noise((300, 300), 80).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[:-3000])


def _truncated_deep(path: Path) -> None:
    _png(path, np.random.default_rng(0).integers(0, 60000, (100, 100, 3), np.uint16))
    path.write_bytes(path.read_bytes()[:-3000])


def _truncated_lzw(path: Path) -> None:
    _tiff_of_cv2(path, np.random.default_rng(0).integers(0, 60000, (100, 100, 3), np.uint16))
    path.write_bytes(path.read_bytes()[:-30000])


def _truncated_tiff(path: Path) -> None:
    _tiff()(path, np.random.default_rng(0).integers(0, 60000, (100, 100, 3), np.uint16))
    path.write_bytes(path.read_bytes()[:-30000])


BROKEN: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "empty": ("a.jpg", lambda path: path.write_bytes(b""), "empty"),
    "text": ("a.jpg", lambda path: path.write_text("<html>404 not found</html>"), "not an image"),
    "zeros": ("a.png", lambda path: path.write_bytes(bytes(10_000)), "not an image"),
    "another format": ("a.png", lambda path: path.write_bytes(b"8BPS" + bytes(500)), "not an image"),
    "only a signature": ("a.png", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), "not an image|damaged"),
    "truncated jpeg": ("a.jpg", _truncated, "damaged or cut off"),
    "truncated png": ("a.png", _truncated, "damaged or cut off"),
    "truncated webp": ("a.webp", _truncated, "damaged|not an image"),
    "truncated tiff": ("a.tif", _truncated, "damaged"),
    "truncated 16-bit png": ("deep.png", _truncated_deep, "damaged"),
    "truncated 16-bit tiff": ("deep.tif", _truncated_tiff, "damaged"),
    "truncated 16-bit lzw tiff": ("deep.tif", _truncated_lzw, "damaged"),
    "a tiff of nothing": ("a.tif", lambda path: path.write_bytes(b"II*\0" + bytes(40)), "damaged|not an image"),
    "folder": ("a.png", lambda path: path.mkdir(), r"."),
    "missing": ("a.png", lambda path: None, "not there any more"),
}
if hasattr(os, "mkfifo"):  # whoever opens it waits for ever
    BROKEN["pipe"] = ("a.png", lambda path: os.mkfifo(path), "not a file")


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_file_is_one_sentence_with_its_name(tmp_path, kind):
    name, make, reason = BROKEN[kind]
    make(tmp_path / name)
    with pytest.raises(Problem, match=rf"^{name}: .*({reason}).*\.$") as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value)
    with pytest.raises(Problem, match=rf"^{name}: .*\.$"):
        read_thumbnail(tmp_path / name, 32)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [20_001, 60_000, 2**31 - 1])
def test_bomb_is_refused_with_the_limit_before_it_takes_memory(tmp_path, side):
    assert MAX_PIXELS == 20_000**2
    (tmp_path / "bomb.png").write_bytes(bomb(side, side))
    tracemalloc.start()
    for read in (read_image, image_size, lambda path: read_thumbnail(path, 32)):
        with pytest.raises(Problem, match=r"^bomb\.png: .*400 megapixels|^bomb\.png: .*damaged"):
            read(tmp_path / "bomb.png")
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 10_000_000


@pytest.mark.parametrize("kind", ["pixels", "channels"])
def test_tiff_bomb_is_refused_too(tmp_path, kind):
    path = tmp_path / "bomb.tif"
    _tiff()(path, ramp())
    with tifffile.TiffFile(path, mode="r+b") as file:
        tags = file.pages.first.tags
        if kind == "pixels":
            tags["ImageWidth"].overwrite(60_000)
            tags["ImageLength"].overwrite(60_000)
        else:
            tags["SamplesPerPixel"].overwrite(60_000)
            tags["ImageWidth"].overwrite(20_000)
            tags["ImageLength"].overwrite(20_000)
    with pytest.raises(Problem, match=r"^bomb\.tif: "):
        read_image(path)


def test_few_bytes_of_a_tiff_that_unpack_to_a_gigabyte_are_refused(tmp_path):
    path = tmp_path / "bomb.tif"
    _tiff(compression="zlib")(path, ramp())
    packed = deflated(1 << 30)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["StripOffsets"].overwrite(path.stat().st_size)
        file.pages.first.tags["StripByteCounts"].overwrite(len(packed))
    with path.open("ab") as file:
        file.write(packed)
    tracemalloc.start()
    with pytest.raises(Problem, match=r"^bomb\.tif: .*holds more than its size says\.$"):
        read_image(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 200_000_000


def test_one_large_strip_of_deflate_is_read(tmp_path):
    """The same check lets a real one pass."""
    values = np.random.default_rng(0).integers(0, 60000, (300, 400), np.uint16)
    _tiff(compression="zlib", rowsperstrip=300)(tmp_path / "a.tif", values)
    assert (tmp_path / "a.tif").stat().st_size > 100_000
    _tiff()(tmp_path / "b.tif", values)
    assert np.array_equal(read_image(tmp_path / "a.tif").pixels, read_image(tmp_path / "b.tif").pixels)


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_no_file_is_left_open(tmp_path):
    Image.fromarray(corners()).save(tmp_path / "a.png")
    _tiff()(tmp_path / "b.tif", ramp())
    opened = Path("/proc/self/fd")
    if not opened.is_dir():
        pytest.skip("no /proc")
    before = len(list(opened.iterdir()))
    for name in ("a.png", "b.tif"):
        for read in (read_image, image_size, lambda path: read_thumbnail(path, 8)):
            read(tmp_path / name)
    assert len(list(opened.iterdir())) == before


def test_thousand_damaged_files_give_pixels_or_a_sentence(tmp_path):
    """Anything else, a crash above all, fails the test."""
    seeds = _small_files(tmp_path / "seeds")
    dice = random.Random(7)
    told = 0
    for _ in range(1000):
        seed = dice.choice(seeds)
        path = tmp_path / seed.name
        path.write_bytes(_damaged(bytearray(seed.read_bytes()), dice))
        for read in (read_image, image_size, lambda path: read_thumbnail(path, 16)):
            try:
                read(path)
            except Problem as problem:
                assert str(problem).startswith(f"{path.name}: ")  # noqa: PT017
                told += 1
    assert told > 500


def _small_files(folder: Path) -> list[Path]:
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (29, 37, 4), np.uint8)
    for name, image in {"rgb": noise[..., :3], "rgba": noise, "grey": noise[..., 0]}.items():
        for suffix in (".png", ".tif", ".webp", ".bmp"):
            Image.fromarray(image).save(folder / f"{name}{suffix}")
    Image.fromarray(noise[..., :3]).save(folder / "a.jpg", exif=with_orientation(6))
    Image.fromarray(noise[..., :3]).save(folder / "lzw.tif", compression="tiff_lzw")
    deep = noise[..., :3].astype(np.uint16) * 200
    for kind, (save, suffix) in DEEP.items():
        save(folder / f"deep {kind}{suffix}", deep)
    return sorted(folder.iterdir())


def _damaged(data: bytearray, dice: random.Random) -> bytes:
    for _ in range(dice.choice([1, 2, 5, 20])):
        at = dice.randrange(dice.choice([len(data), min(len(data), 300)]))
        if dice.random() < 0.7:
            data[at] = dice.randrange(256)
        elif dice.random() < 0.5:
            del data[at : at + dice.randrange(1, 40)]
        else:
            data[at:at] = dice.randbytes(dice.randrange(1, 9))
    return bytes(data)


@pytest.mark.serial
def test_large_photo_is_read_in_a_moment_and_its_thumbnail_at_once(tmp_path):
    path = tmp_path / "photo.jpg"
    noise = Image.effect_noise((1500, 1000), 60).convert("RGB").resize((6000, 4000))
    noise.save(path, quality=92)
    small = min(_seconds(lambda: read_thumbnail(path, 96)) for _ in range(3))
    whole = _seconds(lambda: read_image(path))
    head = min(_seconds(lambda: image_size(path)) for _ in range(3))
    print(f"24-megapixel JPEG: {whole * 1000:.0f} ms, thumbnail {small * 1000:.0f} ms, size {head * 1000:.2f} ms")
    assert small < whole  # a sanity check: the figures are printed, the machine is shared
    assert head < whole / 20
    assert whole < 3


def test_same_bytes_have_the_same_hash_wherever_they_lie(tmp_path):
    Image.new("RGB", (3, 3)).save(tmp_path / "a.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "b.png")
    assert read_image(tmp_path / "a.png").content_hash == read_image(tmp_path / "b.png").content_hash


def test_decoders_of_all_our_formats_are_there():
    assert features.check("webp")
    assert features.check("jpg")
    assert features.check("zlib")
    assert features.check("libtiff")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
