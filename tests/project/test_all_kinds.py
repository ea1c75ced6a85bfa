"""A table of what people have: containers, bits, colours, ways of storing, each turned in the eight ways of EXIF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from app.images import file_types
from app.images.page_bytes import page_numbers
from app.images.pages import path_of
from app.images.reading import image_size, read_image, read_thumbnail
from tests.project.test_images import as_displayed, corners, with_orientation

HEIGHT, WIDTH = 32, 48
GREYS = (0, 85, 170, 255)
"""Of the quarters of a grey picture."""
Save = Callable[[Path, int], None]


def colored() -> np.ndarray:
    return corners(WIDTH, HEIGHT)


def grey() -> np.ndarray:
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    down, right = HEIGHT // 2, WIDTH // 2
    pixels[:down, :right], pixels[:down, right:], pixels[down:, :right], pixels[down:, right:] = GREYS
    return pixels


def black_and_white() -> np.ndarray:
    return np.where(grey() > 100, 255, 0).astype(np.uint8)


def with_alpha(pixels: np.ndarray) -> np.ndarray:
    """All of it opaque."""
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def pillow(mode: str, kind: str, **options) -> Save:
    def save(path: Path, orientation: int) -> None:
        image = Image.fromarray(grey() if mode in ("L", "LA", "I;16", "F", "I") else colored())
        match mode:
            case "1":
                image = Image.fromarray(black_and_white()).convert("1")
            case "P":
                image = image.quantize(4)
            case "I;16":
                image = Image.fromarray(grey().astype(np.uint16) * 257)
            case "I":
                image = Image.fromarray(grey().astype(np.int32) * 1000)
            case _:
                image = image.convert(mode)
        turned = {} if orientation == 1 else {"exif": with_orientation(orientation)}
        image.save(path, kind, **options, **turned)

    return save


def deep_png(channels: int) -> Save:
    """16 bits."""

    def save(path: Path, orientation: int) -> None:
        values = {1: grey(), 3: colored()[..., ::-1], 4: with_alpha(colored()[..., ::-1])}[channels]
        data = cv2.imencode(".png", values.astype(np.uint16) * 257)[1].tobytes()
        if orientation > 1:
            from tests.project.hostile import chunk

            data = (
                data[:33]
                + chunk(b"eXIf", with_orientation(orientation).tobytes().removeprefix(b"Exif\0\0"))
                + data[33:]
            )
        path.write_bytes(data)

    return save


def tiff(values: Callable[[], np.ndarray], photometric: str, **options) -> Save:
    def save(path: Path, orientation: int) -> None:
        tags = [(274, 3, 1, orientation, True)]
        tifffile.imwrite(path, values(), photometric=photometric, extratags=tags, metadata=None, **options)

    return save


def palette(path: Path, orientation: int) -> None:
    colors = np.zeros((3, 256), np.uint16)
    colors[:, :4] = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]).T * 257
    numbers = np.searchsorted(GREYS, grey()).astype(np.uint8)
    tags = [(274, 3, 1, orientation, True)]
    tifffile.imwrite(path, numbers, photometric="palette", colormap=colors, extratags=tags, metadata=None)


def inks(factor: int, dtype: type) -> np.ndarray:
    return np.asarray(Image.fromarray(colored()).convert("CMYK")).astype(dtype) * factor


LOSSLESS = {"lossless": True}
BEST = {"quality": 100, "subsampling": 0}
TURNED: dict[str, tuple[str, Save]] = {
    "JPEG grey": (".jpg", pillow("L", "JPEG", quality=100)),
    "JPEG RGB": (".jpg", pillow("RGB", "JPEG", **BEST)),
    "JPEG progressive": (".jpeg", pillow("RGB", "JPEG", progressive=True, **BEST)),
    "JPEG CMYK": (".jpg", pillow("CMYK", "JPEG", **BEST)),
    "JPEG of a phone with two pictures": (".jpg", pillow("RGB", "MPO", **BEST)),
    "PNG 1 bit": (".png", pillow("1", "PNG")),
    "PNG grey": (".png", pillow("L", "PNG")),
    "PNG grey alpha": (".png", pillow("LA", "PNG")),
    "PNG palette": (".png", pillow("P", "PNG")),
    "PNG RGB": (".png", pillow("RGB", "PNG")),
    "PNG RGBA": (".png", pillow("RGBA", "PNG")),
    "PNG grey 16": (".png", pillow("I;16", "PNG")),
    "PNG grey 16 of OpenCV": (".png", deep_png(1)),
    "PNG RGB 16": (".png", deep_png(3)),
    "PNG RGBA 16": (".png", deep_png(4)),
    "WebP RGB": (".webp", pillow("RGB", "WEBP", **LOSSLESS)),
    "WebP RGBA": (".webp", pillow("RGBA", "WEBP", **LOSSLESS)),
    "TIFF 1 bit": (".tif", pillow("1", "TIFF")),
    "TIFF 1 bit fax": (".tif", pillow("1", "TIFF", compression="group4")),
    "TIFF grey": (".tif", pillow("L", "TIFF")),
    "TIFF palette": (".tif", pillow("P", "TIFF")),
    "TIFF RGB LZW": (".tif", pillow("RGB", "TIFF", compression="tiff_lzw")),
    "TIFF RGB JPEG": (".tif", pillow("RGB", "TIFF", compression="jpeg", quality=100)),
    "TIFF RGB deflate": (".tiff", pillow("RGB", "TIFF", compression="tiff_adobe_deflate")),
    "TIFF RGBA": (".tif", pillow("RGBA", "TIFF")),
    "TIFF CMYK": (".tif", pillow("CMYK", "TIFF")),
    "TIFF grey 16 of Pillow": (".tif", pillow("I;16", "TIFF")),
    "TIFF grey 16 LZW": (".tif", pillow("I;16", "TIFF", compression="tiff_lzw")),
    "TIFF grey 32 of Pillow": (".tif", pillow("I", "TIFF")),
    "TIFF float of Pillow": (".tif", pillow("F", "TIFF")),
    "TIFF palette of tifffile": (".tif", palette),
    "TIFF white is zero": (".tif", tiff(lambda: 255 - grey(), "miniswhite")),
    "TIFF white is zero 16": (".tif", tiff(lambda: (255 - grey()).astype(np.uint16) * 257, "miniswhite")),
    "TIFF grey 16": (".tif", tiff(lambda: grey().astype(np.uint16) * 9, "minisblack")),
    "TIFF grey 16 signed": (".tif", tiff(lambda: grey().astype(np.int16) * 9 - 1000, "minisblack")),
    "TIFF grey 32": (".tif", tiff(lambda: grey().astype(np.uint32) * 1_000_000, "minisblack")),
    "TIFF grey 64": (".tif", tiff(lambda: grey().astype(np.uint64) * 1_000_000, "minisblack")),
    "TIFF float 16": (".tif", tiff(lambda: grey().astype(np.float16) / 255, "minisblack")),
    "TIFF float 32": (".tif", tiff(lambda: grey().astype(np.float32) / 255, "minisblack")),
    "TIFF float 64": (".tif", tiff(lambda: grey().astype(np.float64) / 255 - 3, "minisblack")),
    "TIFF grey 16 big endian": (".tif", tiff(lambda: grey().astype(np.uint16) * 9, "minisblack", byteorder=">")),
    "TIFF RGB 16": (".tif", tiff(lambda: colored().astype(np.uint16) * 257, "rgb")),
    "TIFF RGB 32": (".tif", tiff(lambda: colored().astype(np.uint32) * 257, "rgb")),
    "TIFF RGB float": (".tif", tiff(lambda: colored().astype(np.float32), "rgb")),
    "TIFF RGBA 16": (".tif", tiff(lambda: with_alpha(colored()).astype(np.uint16) * 257, "rgb", extrasamples=[2])),
    "TIFF CMYK 16": (".tif", tiff(lambda: inks(257, np.uint16), "separated")),
    "TIFF RGB planes": (".tif", tiff(lambda: np.moveaxis(colored(), 2, 0), "rgb", planarconfig="separate")),
    "TIFF RGB 16 planes": (
        ".tif", tiff(lambda: np.moveaxis(colored().astype(np.uint16) * 257, 2, 0), "rgb", planarconfig="separate")
    ),
    "TIFF tiles": (".tif", tiff(colored, "rgb", tile=(16, 16))),
    "TIFF tiles 16 deflate": (
        ".tif", tiff(lambda: colored().astype(np.uint16) * 257, "rgb", tile=(16, 16), compression="zlib")
    ),
    "TIFF 16 predictor": (
        ".tif", tiff(lambda: grey().astype(np.uint16) * 257, "minisblack", compression="zlib", predictor=2)
    ),
    "BigTIFF": (".tif", tiff(colored, "rgb", bigtiff=True)),
    "TIFF that is a BigTIFF of 16": (".tif", tiff(lambda: grey().astype(np.uint16) * 257, "minisblack", bigtiff=True)),
}  # fmt: skip
PLAIN: dict[str, tuple[str, Save]] = {
    "BMP 1 bit": (".bmp", pillow("1", "BMP")), "BMP grey": (".bmp", pillow("L", "BMP")),
    "BMP palette": (".bmp", pillow("P", "BMP")), "BMP RGB": (".bmp", pillow("RGB", "BMP")),
    "BMP RGBA": (".bmp", pillow("RGBA", "BMP")), "GIF": (".gif", pillow("P", "GIF")),
    "GIF grey": (".gif", pillow("L", "GIF")),
    "JPEG 2000 grey": (".jp2", pillow("L", "JPEG2000")), "JPEG 2000 grey alpha": (".jp2", pillow("LA", "JPEG2000")),
    "JPEG 2000 RGB": (".jp2", pillow("RGB", "JPEG2000")), "JPEG 2000 RGBA": (".jp2", pillow("RGBA", "JPEG2000")),
    "JPEG 2000 grey 16": (".jp2", pillow("I;16", "JPEG2000")),
    "JPEG 2000 bare": (".j2k", pillow("RGB", "JPEG2000", no_jp2=True)),
}  # fmt: skip
"""They say nothing of being turned."""


def expected(name: str, orientation: int = 1) -> np.ndarray:
    if "1 bit" in name:
        pixels = black_and_white()
    elif any(
        word in name
        for word in ("grey", "white is", "float 16", "float 32", "float 64", "float of", "16 pred", "of 16")
    ):
        pixels = grey()
    else:
        return as_displayed(colored(), orientation)
    return as_displayed(np.dstack([pixels] * 3), orientation)


def check(path: Path, wanted: np.ndarray, tolerance: int = 0) -> None:
    """Every pixel, and the size, by all three ways of looking at it. tolerance: in grey levels."""
    pixels = read_image(path).pixels
    assert pixels.shape == wanted.shape
    assert image_size(path) == wanted.shape[1::-1]
    far = np.abs(pixels.astype(int) - wanted).max()
    assert far <= tolerance, f"{far} grey levels off"
    small = read_thumbnail(path, WIDTH // 2)
    assert small.shape == wanted[::2, ::2].shape
    far = np.abs(small.astype(int) - wanted[::2, ::2]).max()
    assert far <= 8, f"{far} grey levels off in the thumbnail"


@pytest.mark.parametrize("name", TURNED)
def test_every_kind_in_all_eight_turns(name, tmp_path):
    suffix, save = TURNED[name]
    for orientation in range(1, 9):
        path = tmp_path / f"{orientation}{suffix}"
        save(path, orientation)
        try:
            check(path, expected(name, orientation), tolerance=3 if "JPEG" in name else 0)
        except AssertionError as error:
            raise AssertionError(f"orientation {orientation}: {error}") from error


@pytest.mark.parametrize("name", PLAIN)
def test_kinds_that_are_never_turned(name, tmp_path):
    suffix, save = PLAIN[name]
    save(tmp_path / f"a{suffix}", 1)
    check(tmp_path / f"a{suffix}", expected(name), tolerance=3 if "JPEG" in name else 0)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_avif_and_heic_in_all_eight_turns(kind, tmp_path):
    suffix = {"AVIF": ".avif", "HEIF": ".heic"}[kind]
    file_types.formats()  # makes Pillow know HEIC
    if suffix not in file_types.suffixes():
        pytest.skip(f"{kind} is not read here")
    options = {"AVIF": {"quality": 100, "subsampling": "4:4:4"}, "HEIF": {"quality": -1, "chroma": 444}}[kind]
    for orientation in range(1, 9):
        path = tmp_path / f"{orientation}{suffix}"
        big = Image.fromarray(colored()).resize((96, 64), Image.Resampling.NEAREST)
        big.save(path, kind, exif=with_orientation(orientation).tobytes(), **options)  # as an Exif, HEIF forgets it
        wanted = as_displayed(np.asarray(big), orientation)
        pixels = read_image(path).pixels
        assert pixels.shape == wanted.shape, orientation
        assert np.abs(pixels.astype(int) - wanted)[8::16, 8::16].max() <= 12, orientation
        assert image_size(path) == wanted.shape[1::-1], orientation


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_each_page_of_a_stack_has_a_turn_and_a_kind_of_its_own(tmp_path, dtype):
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as file:
        for orientation in range(1, 9):
            is_grey = orientation % 2
            values = (grey() if is_grey else colored()).astype(dtype)
            tags = [(274, 3, 1, orientation, True)]
            file.write(values, photometric="minisblack" if is_grey else "rgb", extratags=tags, metadata=None)
    assert page_numbers(path) == tuple(range(1, 9))
    for orientation in range(1, 9):
        wanted = np.dstack([grey()] * 3) if orientation % 2 else colored()
        check(Path(path_of(str(path), orientation)), as_displayed(wanted, orientation))
