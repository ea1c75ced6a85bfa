"""Small valid files of every kind, written by the libraries that people write them with."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from app.images import file_types
from tests.fuzz.bundle import Bundle


@cache
def pictures() -> tuple[Bundle, ...]:
    """One file each."""
    file_types.formats()  # makes Pillow know HEIC
    noise = np.random.default_rng(0).integers(0, 256, (11, 13, 4), np.uint8)
    made = [*_of_pillow(noise), *_of_tifffile(noise)]
    if file_types.DICOM.is_there:
        made += _of_pydicom(noise)
    return tuple({name: data} for name, data in made)


def _of_pillow(noise: np.ndarray) -> list[tuple[str, bytes]]:
    rgba = Image.fromarray(noise)
    rgb, grey = rgba.convert("RGB"), rgba.convert("L")
    deep = Image.fromarray(noise[..., 0].astype(np.uint16) * 200)
    exif = Image.Exif()
    exif[0x0112] = 6
    made = [
        ("a.jpg", _saved(rgb, "JPEG", exif=exif)), ("a.jpg", _saved(rgb, "JPEG", progressive=True)),
        ("a.jpg", _saved(rgb.convert("CMYK"), "JPEG")), ("a.jpg", _saved(grey, "JPEG")),
        ("a.png", _saved(rgba, "PNG", exif=exif)), ("a.png", _saved(rgb.quantize(9), "PNG", transparency=3)),
        ("a.png", _saved(deep, "PNG")), ("a.png", _saved(grey.convert("1"), "PNG")),
        ("a.png", _saved(rgb, "PNG", save_all=True, append_images=[rgb.rotate(9)])),
        ("a.tif", _saved(rgb, "TIFF", save_all=True, append_images=[rgb, rgb])),
        ("a.tif", _saved(rgb.convert("CMYK"), "TIFF", compression="tiff_lzw")),
        ("a.tif", _saved(rgb, "TIFF", compression="packbits")),
        ("a.tif", _saved(rgb, "TIFF", compression="jpeg")),
        ("a.tif", _saved(grey.convert("1"), "TIFF", compression="group4")),
        ("a.tif", _saved(rgb, "TIFF", compression="tiff_adobe_deflate")),
        ("a.webp", _saved(rgba, "WEBP", lossless=True)), ("a.webp", _saved(rgb, "WEBP", exif=exif)),
        ("a.webp", _saved(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(9)])),
        ("a.bmp", _saved(rgb, "BMP")), ("a.bmp", _saved(rgb.quantize(9), "BMP")),
        ("a.gif", _saved(rgb.quantize(9), "GIF", transparency=3)),
        ("a.gif", _saved(rgb, "GIF", save_all=True, append_images=[rgb.rotate(9)])),
        ("a.jp2", _saved(rgb, "JPEG2000")), ("a.j2k", _saved(rgba, "JPEG2000", no_jp2=True)),
    ]  # fmt: skip
    if ".avif" in file_types.suffixes():
        made.append(("a.avif", _saved(rgba, "AVIF")))
    if file_types.HEIC.is_there:
        made.append(("a.heic", _saved(rgb.resize((64, 64)), "HEIF", quality=-1)))
    return made


def _saved(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _of_tifffile(noise: np.ndarray) -> list[tuple[str, bytes]]:
    grey, deep = noise[..., 0], noise[..., :3].astype(np.uint16) * 200
    made = [
        _tiff(deep, photometric="rgb"), _tiff(deep, photometric="rgb", byteorder=">"),
        _tiff(deep, photometric="rgb", bigtiff=True, compression="zlib"), _tiff(grey, photometric="miniswhite"),
        _tiff(np.moveaxis(deep, 2, 0), photometric="rgb", planarconfig="separate"),
        _tiff(np.stack([grey] * 3), photometric="minisblack"), _tiff(grey.astype(np.float32), photometric="minisblack"),
        _tiff(np.tile(deep, (3, 3, 1)), photometric="rgb", tile=(16, 16), compression="zlib"),
        _tiff(deep, photometric="rgb", extratags=[(274, 3, 1, 6, True)]),
    ]  # fmt: skip
    return [("a.tif", data) for data in made]


def _tiff(values: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, metadata=None, **options)
    return stream.getvalue()


def _of_pydicom(noise: np.ndarray) -> list[tuple[str, bytes]]:
    import pydicom
    from pydicom.uid import JPEGBaseline8Bit, RLELossless

    from tests.project.test_kinds import save_dicom

    def made(values: np.ndarray, **said) -> pydicom.Dataset:
        stream = io.BytesIO()
        save_dicom(stream, values, **said)
        return pydicom.dcmread(io.BytesIO(stream.getvalue()))

    grey, deep = noise[..., 0], noise[..., 0].astype(np.int16) * 9
    packed = made(np.stack([grey] * 2), frames=2)
    packed.compress(RLELossless)
    jpeg = made(noise[..., :3].copy(), photometric="RGB")
    jpeg.PixelData = pydicom.encaps.encapsulate([_saved(Image.fromarray(noise[..., :3]), "JPEG")])
    jpeg.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    jpeg.PhotometricInterpretation = "YBR_FULL_422"
    datasets = [
        made(deep, WindowCenter=40, WindowWidth=400, RescaleSlope=2, RescaleIntercept=-9),
        made(np.stack([deep] * 3), frames=3), made(noise[..., :3].copy(), photometric="RGB"), packed, jpeg,
    ]  # fmt: skip
    return [("a.dcm", _written(each)) for each in datasets]


def _written(dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def checkpoints(folder: Path) -> list[Bundle]:
    """Of a few tensors: with the signature of the starter, and with none."""
    import torch
    from safetensors.torch import save

    from app.sam.families import FAMILIES

    signature = FAMILIES["starter"].signature
    state = {key: torch.zeros(()).expand(shape).clone() for key, shape in signature.items()}
    state = {key: value for key, value in state.items() if value.numel() < 2000} or {"a": torch.ones(3)}
    torch.save(state, folder / "a.pth")
    torch.save({"model": state, "epoch": 3}, folder / "wrapped.pth")
    torch.save(state, folder / "old.pth", _use_new_zipfile_serialization=False)
    named = [{"a.pth": (folder / name).read_bytes()} for name in ("a.pth", "wrapped.pth", "old.pth")]
    return [*named, {"a.safetensors": save(state)}]
