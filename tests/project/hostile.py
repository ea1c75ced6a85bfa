"""Forty image files that ask for far more memory or time than they are worth: as strangers send them, and a few real
ones that are as large as real ones get. Each is written by a function of its own; most have less than 1 kB."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from tests.project.sparse import sparse_tiff

SIDE = 20_000
"""400 megapixels: the most that any picture may claim."""
Write = Callable[[Path], object]


# --- JPEG 2000 -------------------------------------------------------------------------------------------------------


def codestream(side: int, components: int, bits: int = 8, tile: int = 0) -> bytes:
    """Of empty packets: a black picture."""
    of_each = bytes((bits - 1, 1, 1)) * components
    size = struct.pack(">HIIIIIIIIH", 0, side, side, 0, 0, tile or side, tile or side, 0, 0, components) + of_each
    style = bytes((0, 0, 0, 1, 0, 0, 4, 4, 0, 1))
    marked = b"".join(
        mark + struct.pack(">H", len(content) + 2) + content
        for mark, content in ((b"\xff\x51", size), (b"\xff\x52", style), (b"\xff\x5c", bytes((0x40, bits << 3))))
    )
    start = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 0, 0, 1)
    return b"\xff\x4f" + marked + start + b"\xff\x93" + bytes(components) + b"\xff\xd9"


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def jp2(said: int, side: int, components: int, bits: int = 8) -> bytes:
    """said: the side that the box around the codestream tells."""
    head = _box(b"ihdr", struct.pack(">IIHBBBB", said, said, components, bits - 1, 7, 0, 0))
    color = _box(b"colr", struct.pack(">BBBI", 1, 0, 0, 17 if components < 3 else 16))
    return b"".join((
        _box(b"jP  ", b"\r\n\x87\n"), _box(b"ftyp", b"jp2 \0\0\0\0jp2 "), _box(b"jp2h", head + color),
        _box(b"jp2c", codestream(side, components, bits)),
    ))  # fmt: skip


# --- PNG -------------------------------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, bits: int, colors: int, *, interlaced: bool = False, more: bytes = b"") -> Write:
    """All zeros; a few hundred kB."""

    def write(path: Path) -> None:
        channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colors]
        left = height * (1 + -(-width * bits * channels // 8)) + 64 * height * interlaced
        path.write_bytes(_png(struct.pack(">IIBBBBB", width, height, bits, colors, 0, 0, interlaced), left, more))

    return write


def _png(head: bytes, zeros: int, more: bytes = b"") -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", deflated(zeros)) + chunk(b"IEND", b"")


def deflated(zeros: int) -> bytes:
    """So many zeros as zlib packs them, made in a moment: what is flushed in full refers to nothing before it, and can
    be repeated."""
    packer = zlib.compressobj(9)
    head, again, rest = (
        packer.compress(bytes(count)) + packer.flush(zlib.Z_FULL_FLUSH) for count in (0, 1 << 20, zeros % (1 << 20))
    )
    adler = (zeros % 65521) << 16 | 1
    return head + (zeros >> 20) * again + rest + b"\x03\x00" + adler.to_bytes(4, "big")


def real_deep_png(path: Path) -> None:
    """64 megapixels of 16-bit RGBA, as a scanner or a render writes it; 300 MB."""
    side = 8000
    across = np.linspace(0, 1, side, dtype=np.float32)[None, :, None]
    random = np.random.default_rng(0)
    packer = zlib.compressobj(1, strategy=zlib.Z_HUFFMAN_ONLY)
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)))
        for top in range(0, side, 500):
            down = np.linspace(top, top + 500, 500, dtype=np.float32)[:, None, None] / side
            values = 20_000 * across + 30_000 * down + 1000 * np.arange(4, dtype=np.float32)
            values += random.integers(0, 200, (500, side, 1))
            values[..., 3] = 65535 - 40_000 * (down[..., 0] > 0.5)
            rows = np.zeros((500, 1 + side * 8), np.uint8)
            rows[:, 1:] = values.astype(">u2").view(np.uint8).reshape(500, -1)
            file.write(chunk(b"IDAT", packer.compress(rows.tobytes())))
        file.write(chunk(b"IDAT", packer.flush()) + chunk(b"IEND", b""))


def png_with_text_bomb(path: Path) -> None:
    """A profile of a gigabyte before a picture of one pixel."""
    more = chunk(b"iCCP", b"a\0\0" + deflated(1 << 30)) + chunk(b"zTXt", b"a\0\0" + deflated(1 << 30))
    path.write_bytes(_png(struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0), 4, more))


# --- GIF -------------------------------------------------------------------------------------------------------------


def gif(screen: int, frame: int, *, frames: int = 1, transparent: bool = False) -> Write:
    def write(path: Path) -> None:
        data = b"GIF89a" + struct.pack("<HHBBB", screen, screen, 0x80, 0, 0) + bytes(6)
        for _ in range(frames):
            data += b"!\xf9\x04\x01\0\0\0\0" if transparent else b""
            data += b"," + struct.pack("<HHHHB", 0, 0, frame, frame, 0) + b"\x02\x02\x44\x01\0"
        path.write_bytes(data + b";")

    return write


# --- JPEG ------------------------------------------------------------------------------------------------------------


def jpeg(side: int, components: int, scans: int, *, progressive: bool = True, cut: bool = False) -> Write:
    """Grey in the middle. scans: of one component with all its frequencies, each hardly a byte."""

    def write(path: Path) -> None:
        blocks = (-(-side // 8)) ** 2
        parts = [b"\xff\xd8", _marker(0xDB, b"\0" + bytes([1] * 64))]
        of_each = b"".join(bytes((n, 0x11, 0)) for n in range(1, components + 1))
        size = struct.pack(">BHHB", 8, side, side, components) + of_each
        parts.append(_marker(0xC2 if progressive else 0xC0, size))
        parts.append(_marker(0xC4, b"\0" + bytes([1] + [0] * 15) + b"\0"))
        parts.append(_marker(0xC4, b"\x10" + bytes([1] + [0] * 15) + (b"\xe0" if progressive else b"\0")))
        selected = b"".join(bytes((n, 0)) for n in range(1, components + 1))
        all_bits = blocks * components * (1 if progressive else 2)
        last = 0 if progressive else 63
        parts.append(_marker(0xDA, bytes((components,)) + selected + bytes((0, last, 0))))
        parts.append(b"" if cut else bytes(all_bits // 8 + 1))
        runs = bytes(-(-blocks // (1 << 14)) * 15 // 8 + 2)
        parts += [_marker(0xDA, b"\x01\x01\0\x01\x3f\0") + runs] * scans
        path.write_bytes(b"".join(parts) + b"\xff\xd9")

    return write


def _marker(code: int, content: bytes) -> bytes:
    return bytes((0xFF, code)) + struct.pack(">H", len(content) + 2) + content


def real_jpeg(side: int, **options: object) -> Write:
    """With something in it."""

    def write(path: Path) -> None:
        image = Image.effect_noise((side // 8, side // 8), 60).convert("RGB")
        image.resize((side, side)).save(path, "JPEG", quality=80, **options)

    return write


# --- TIFF ------------------------------------------------------------------------------------------------------------


def tiff(tags: dict[int, int | tuple[int, ...]], made: Callable[[], bytes]) -> Write:
    """In one strip or tile."""

    def write(path: Path) -> None:
        data, times = made(), 1
        codes = (324, 325) if 322 in tags else (273, 279)
        values = {code: value if isinstance(value, tuple) else (value,) for code, value in tags.items()}
        values |= {codes[0]: (0,) * times, codes[1]: (len(data),) * times}
        at = 8 + 2 + 12 * len(values) + 4
        behind = at + sum(4 * len(value) for value in values.values() if len(value) > 1)
        values[codes[0]] = (behind,) * times
        head, long = b"II*\0" + struct.pack("<IH", 8, len(values)), b""
        for code, value in sorted(values.items()):
            packed = struct.pack(f"<{len(value)}I", *value)
            place = packed if len(value) == 1 else struct.pack("<I", at + len(long))
            long += packed if len(value) > 1 else b""
            head += struct.pack("<HHI", code, 4, len(value)) + place
        path.write_bytes(head + bytes(4) + long + data)

    return write


def _plane(bits: int | tuple[int, ...], compression: int, *, samples: int = 1, side: int = SIDE, **more: int) -> dict:
    colors = 2 if samples >= 3 else 1
    bits = bits if isinstance(bits, tuple) or samples == 1 else (bits,) * min(samples, 8)
    tags = {256: side, 257: side, 258: bits, 259: compression, 262: colors, 277: samples, 278: side}
    return tags | {int(code[1:]): value for code, value in more.items()}


def lzw(zeros: int) -> bytes:
    """A table of codes that grows by itself: each code stands for one zero more than the one before."""
    image = Image.new("L", (4096, min(4096, -(-zeros // 4096))))
    packed = io.BytesIO()
    image.save(packed, "TIFF", compression="tiff_lzw", tiffinfo={278: image.height})
    packed.seek(0)
    with tifffile.TiffFile(packed) as file:
        page = file.pages.first
        return packed.getvalue()[page.dataoffsets[0] :][: page.databytecounts[0]]


def tiff_of_pillow(mode: str, side: int, compression: str) -> Write:
    """In one strip."""
    return lambda path: Image.new(mode, (side, side)).save(path, compression=compression, tiffinfo={278: side})


# --- others ----------------------------------------------------------------------------------------------------------


def riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _webp_chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def flat_webp(side: int) -> bytes:
    """Lossless, one colour: codes of no bits at all."""
    bits = f"{0x2F:08b}"[::-1] + f"{side - 1:014b}"[::-1] * 2 + "0000"
    bits += "000"  # no transform, no colour cache, no second image
    bits += "1000" * 5 + "0000"  # five trees, each of the one symbol 0
    value = int(bits[::-1], 2)
    return _webp_chunk(b"VP8L", value.to_bytes(len(bits) // 8 + 4, "little"))


def animated_webp(path: Path) -> None:
    """A hundred frames of a pixel on a screen of 16383 x 16383."""
    frame = bytes(12) + struct.pack("<I", 10)[:3] + b"\0"
    frames = b"".join(_webp_chunk(b"ANMF", frame + flat_webp(1)) for _ in range(100))
    most = struct.pack("<I", 16382)[:3]
    path.write_bytes(riff(_webp_chunk(b"VP8X", b"\x12\0\0\0" + most + most) + _webp_chunk(b"ANIM", bytes(6)) + frames))


def bmp(side: int, bits: int, compression: int, data: bytes) -> Write:
    colors = bytes(1024) if bits <= 8 else b""
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, bits, compression, len(data), 0, 0, 0, 0)
    start = b"BM" + struct.pack("<IHHI", 54 + len(colors) + len(data), 0, 0, 54 + len(colors))
    return lambda path: path.write_bytes(start + head + colors + data)


def lying(kind: str, side: int) -> Write:
    """A small picture whose head says that it is a large one. kind: AVIF or HEIF."""

    def write(path: Path) -> None:
        from app.images.file_types import formats

        formats()  # makes Pillow know HEIC
        data = io.BytesIO()
        Image.new("RGB", (64, 64)).save(data, kind)
        told = struct.pack(">II", 64, 64)
        path.write_bytes(
            data.getvalue().replace(b"ispe\0\0\0\0" + told, b"ispe\0\0\0\0" + struct.pack(">II", side, side))
        )

    return write


def large(kind: str, side: int, **options: object) -> Write:
    def write(path: Path) -> None:
        from app.images.file_types import formats

        formats()
        Image.new("RGB", (side, side), (90, 120, 60)).save(path, kind, **options)

    return write


def dicom(side: int, bits: int, samples: int, syntax: str, data: bytes) -> Write:
    """data: of a frame; encapsulated unless the syntax is a plain one."""

    def write(path: Path) -> None:
        from pydicom.dataset import FileDataset, FileMetaDataset
        from pydicom.encaps import encapsulate

        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
        meta.TransferSyntaxUID = syntax
        made = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
        made.Rows = made.Columns = side
        made.BitsAllocated = made.BitsStored = bits
        made.HighBit, made.PixelRepresentation, made.SamplesPerPixel = bits - 1, 0, samples
        made.PhotometricInterpretation = "MONOCHROME2" if samples == 1 else "RGB"
        if samples > 1:
            made.PlanarConfiguration = 0
        plain = syntax == "1.2.840.10008.1.2.1"
        made.PixelData = data if plain else encapsulate([data])
        made["PixelData"].VR = "OW" if bits > 8 else "OB"
        made.save_as(path)

    return write


def rle_of_dicom(zeros: int, planes: int) -> bytes:
    plane = b"\x81\0" * (zeros // 128 + 1)
    starts = [64 + n * len(plane) for n in range(planes)] + [0] * (15 - planes)
    return struct.pack("<16I", planes, *starts) + plane * planes


def files() -> Iterator[tuple[str, Write]]:
    """(name, what writes it)"""
    yield "huge.j2k", lambda path: path.write_bytes(codestream(SIDE, 1))
    yield "four components.jp2", lambda path: path.write_bytes(jp2(SIDE, SIDE, 4))
    yield "32 bits.j2k", lambda path: path.write_bytes(codestream(SIDE, 3, 31))
    yield "thousands of components.j2k", lambda path: path.write_bytes(codestream(4000, 4000))
    yield "more than its box says.jp2", lambda path: path.write_bytes(jp2(64, SIDE, 4))
    yield "tiny tiles.j2k", lambda path: path.write_bytes(codestream(SIDE, 4, tile=100))
    yield "real 64 megapixels.png", real_deep_png
    yield "zeros.png", png(SIDE, SIDE, 8, 2)
    yield "interlaced.png", png(SIDE, SIDE, 8, 6, interlaced=True)
    yield "deep zeros.png", png(SIDE, SIDE, 16, 6)
    yield "deep interlaced.png", png(10_000, 10_000, 16, 6, interlaced=True)
    yield "black and white.png", png(SIDE, SIDE, 1, 0)
    yield "transparent colours.png", png(SIDE, SIDE, 8, 3, more=chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256)))
    yield "profile.png", png_with_text_bomb
    yield "screen.gif", gif(SIDE, 1)
    yield "frame.gif", gif(SIDE, SIDE, transparent=True)
    yield "frames.gif", gif(SIDE, 100, frames=5000)
    yield "real 100 megapixels.jpg", real_jpeg(10_000)
    yield "real progressive.jpg", real_jpeg(8000, progressive=True)
    yield "progressive.jpg", jpeg(SIDE, 3, 10)
    yield "progressive ink.jpg", jpeg(SIDE, 4, 1)
    yield "scans.jpg", jpeg(8000, 3, 3000)
    yield "cut off.jpg", jpeg(SIDE, 4, 0, progressive=False, cut=True)
    yield "baseline.jpg", jpeg(SIDE, 3, 0, progressive=False)
    yield "flat.webp", lambda path: path.write_bytes(riff(flat_webp(16383)))
    yield "animated.webp", animated_webp
    yield "runs.bmp", bmp(SIDE, 8, 1, b"\0\1")
    yield "cut off.bmp", bmp(SIDE, 32, 0, bytes(100))
    yield "deflate.tif", tiff(_plane(8, 8), lambda: deflated(SIDE * SIDE))
    yield "deep deflate.tif", tiff(_plane(16, 8, samples=4, t338=2), lambda: deflated(SIDE * SIDE * 8))
    yield "samples.tif", tiff(_plane(8, 8, samples=2000, side=1000), lambda: deflated(2_000_000_000))
    yield "doubles.tif", tiff(_plane(64, 8, t339=3), lambda: deflated(SIDE * SIDE * 8))
    yield "tile.tif", tiff(_plane(16, 8, samples=3, t322=20_000, t323=20_000), lambda: deflated(SIDE * SIDE * 6))
    yield "lzw.tif", tiff(_plane(8, 5, samples=3), lambda: lzw(1 << 24))
    yield "packbits.tif", tiff(_plane(8, 32773), lambda: b"\x81\0" * (SIDE * SIDE // 128))
    yield "fax.tif", tiff_of_pillow("1", SIDE, "group4")
    yield "jpeg.tif", tiff_of_pillow("RGB", 12_000, "jpeg")
    yield "lying.avif", lying("AVIF", SIDE)
    yield "large.avif", large("AVIF", 8000, speed=10)
    yield "lying.heic", lying("HEIF", SIDE)
    yield "large.heic", large("HEIF", 8000, quality=10)
    yield "runs.dcm", dicom(SIDE, 16, 1, "1.2.840.10008.1.2.5", rle_of_dicom(SIDE * SIDE, 2))
    yield "jpeg 2000.dcm", dicom(SIDE, 8, 1, "1.2.840.10008.1.2.4.90", codestream(SIDE, 1))
    yield "cut off.dcm", dicom(SIDE, 32, 1, "1.2.840.10008.1.2.1", bytes(100))
    yield "sparse.tif", lambda path: sparse_tiff(path, SIDE, SIDE)
