"""Small files that ask for much memory: what is read is what there is room for, and the pixels stay the same."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
import threading
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from app.images import budget, costs, decode_process, dicom, lean, png_rows, raw_numbers, tone_mapping
from app.images.budget import AHEAD_BYTES, THUMBNAIL_BYTES, VIEW_BYTES, OverBudget
from app.images.reading import image_size, read_image, read_thumbnail
from app.problem import Problem
from tests.project import hostile
from tests.project.hostile import chunk
from tests.project.test_images import as_displayed, corners, deep_png, with_orientation

WIDTH, HEIGHT = 301, 203


def noise(channels: int, dtype: type = np.uint8) -> np.ndarray:
    """(HEIGHT, WIDTH, channels): smooth in some places, not in others."""
    random = np.random.default_rng(channels)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = np.stack([np.sin(x / (9 + 5 * c)) + np.cos(y / (11 + 3 * c)) for c in range(channels)], -1)
    values = waves * 50 + 120 + random.integers(-9, 9, (HEIGHT, WIDTH, channels))
    return (np.clip(values, 0, 255) * (1 if np.dtype(dtype).itemsize == 1 else 211)).astype(dtype)


@pytest.fixture
def in_pieces(monkeypatch):
    """Small pictures are read as large ones are."""
    for module, name, value in (
        (lean, "LARGE_PIXELS", 1), (lean, "_HANDED_OVER_PIXELS", 1), (lean, "_BAND_PIXELS", 5000),
        (tone_mapping, "_BAND_PIXELS", 5000), (dicom, "_BAND_PIXELS", 5000), (png_rows, "_BAND_BYTES", 5000),
        (raw_numbers, "_BAND_PIXELS", 5000),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)


MODES = ("1", "L", "LA", "P", "RGB", "RGBA")


def _image(mode: str) -> Image.Image:
    pixels = Image.fromarray(noise(4))
    return pixels.convert("RGB").quantize(100) if mode == "P" else pixels.convert(mode)


def _saved(path: Path, mode: str, **options: object) -> Path:
    _image(mode).save(path, **options)
    return path


def as_before(path: Path) -> np.ndarray:
    """As Pillow shows it, all at once."""
    with Image.open(path) as opened:
        opened.load()
        orientation = opened.getexif().get(0x0112, 1)
        layer = opened.convert("RGBA")
        white = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
        whole = white if "A" in opened.mode or "transparency" in opened.info else opened
        return as_displayed(np.asarray(whole.convert("RGB")), orientation)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("mode", MODES)
def test_png_in_rows_has_the_same_pixels(tmp_path, in_pieces, mode, orientation):
    path = _saved(tmp_path / "a.png", mode, exif=with_orientation(orientation))
    assert np.array_equal(read_image(path).pixels, as_before(path))


@pytest.mark.parametrize(("mode", "transparent"), [("P", 3), ("P", bytes(range(100))), ("L", 120), ("RGB", (1, 2, 3))])
def test_transparent_colours_of_a_png_in_rows(tmp_path, in_pieces, mode, transparent):
    path = _saved(tmp_path / "a.png", mode, transparency=transparent)
    assert np.array_equal(read_image(path).pixels, as_before(path))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_png_of_few_bits_in_rows(tmp_path, in_pieces, bits):
    Image.fromarray(noise(3)).quantize(1 << bits).save(tmp_path / "colours.png", bits=bits)
    row = -(-WIDTH * bits // 8)
    rows = b"".join(b"\0" + bytes((y + x) % 256 for x in range(row)) for y in range(HEIGHT))
    head = WIDTH.to_bytes(4, "big") + HEIGHT.to_bytes(4, "big") + bytes((bits, 0, 0, 0, 0))
    grey = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "grey.png").write_bytes(b"\x89PNG\r\n\x1a\n" + grey)
    for name in ("colours.png", "grey.png"):
        assert np.array_equal(read_image(tmp_path / name).pixels, as_before(tmp_path / name)), name


@pytest.mark.parametrize(("color_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_deep_png_in_rows_is_as_from_cv2(tmp_path, in_pieces, color_type, channels, monkeypatch):
    values = noise(channels, np.uint16)
    path = tmp_path / "a.png"
    path.write_bytes(deep_png(values.astype(">u2"), color_type))
    in_rows = read_image(path).pixels
    monkeypatch.setattr(tone_mapping, "rows_of", lambda data: None)
    assert np.array_equal(in_rows, read_image(path).pixels)


def test_every_filter_of_png_is_undone(tmp_path, in_pieces):
    """cv2 writes what it finds best for each row, others one filter for all."""
    for channels, dtype in itertools.product((1, 3, 4), (np.uint8, np.uint16)):
        values = noise(channels, dtype)
        for filters in (cv2.IMWRITE_PNG_FILTER_SUB, cv2.IMWRITE_PNG_FILTER_PAETH, cv2.IMWRITE_PNG_ALL_FILTERS):
            data = cv2.imencode(".png", values, [cv2.IMWRITE_PNG_FILTER, filters])[1].tobytes()
            rows = png_rows.rows_of(data)
            assert rows is not None
            stored = np.concatenate([band for _, band in rows.bands()])
            found = stored.view(">u2" if dtype == np.uint16 else np.uint8).reshape(HEIGHT, WIDTH, channels)
            assert np.array_equal(found, values[..., [2, 1, 0, 3][:channels]] if channels > 1 else values)


def test_interlaced_and_animated_png_are_read_as_a_whole(tmp_path):
    hostile.png(64, 64, 8, 2, interlaced=True)(tmp_path / "a.png")
    Image.new("RGB", (9, 9)).save(tmp_path / "b.png", save_all=True, append_images=[Image.new("RGB", (9, 9), "red")])
    for name in ("a.png", "b.png"):
        assert png_rows.rows_of((tmp_path / name).read_bytes()) is None
        assert read_image(tmp_path / name).pixels.shape[2] == 3


@pytest.mark.parametrize("deep_ones", [False, True])
def test_cut_off_png_in_rows_is_told(tmp_path, in_pieces, deep_ones):
    values = np.random.default_rng(0).integers(0, 60000, (HEIGHT, WIDTH, 3), np.uint16)
    data = cv2.imencode(".png", values if deep_ones else values.astype(np.uint8))[1].tobytes()
    for cut in (100, 3000, len(data) // 2):
        (tmp_path / "a.png").write_bytes(data[:-cut])
        with pytest.raises(Problem, match=r"^a\.png: the picture is damaged"):
            read_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {}), ("b.jpg", "RGB", {"progressive": True, "subsampling": 0}), ("c.jpg", "L", {}),
        ("d.jpg", "CMYK", {}), ("e.jpg", "RGB", {"exif": with_orientation(8)}), ("a.webp", "RGB", {}),
        ("b.webp", "RGBA", {"lossless": True}), ("c.webp", "RGB", {"exif": with_orientation(5)}), ("a.gif", "P", {}),
        ("b.gif", "P", {"transparency": 7}), ("a.bmp", "RGB", {}), ("a.tif", "RGBA", {"compression": "tiff_lzw"}),
        ("b.tif", "CMYK", {"compression": "tiff_lzw"}), ("a.jp2", "RGB", {}), ("b.jp2", "RGBA", {}), ("c.jp2", "L", {}),
        ("d.jp2", "LA", {}), ("e.j2k", "RGB", {"irreversible": True}), ("a.avif", "RGB", {}), ("b.avif", "RGBA", {}),
    ],
)  # fmt: skip
def test_lean_decoders_give_the_same_pixels(tmp_path, in_pieces, name, mode, options):
    path = _saved(tmp_path / name, mode, **options)
    assert np.array_equal(read_image(path).pixels, as_before(path))
    assert image_size(path) == read_image(path).pixels.shape[1::-1]


def test_cut_off_jpeg_is_told_by_the_lean_decoder_too(tmp_path, in_pieces):
    path = _saved(tmp_path / "a.jpg", "RGB")
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(Problem, match=r"^a\.jpg: the picture is damaged or cut off\.$"):
        read_image(path)


@pytest.mark.parametrize("name", ["grey with alpha.jp2", "a.avif", "a.dcm"])
def test_picture_decoded_in_another_process_is_the_same(tmp_path, monkeypatch, name):
    """Whose decoder would hold up all threads."""
    path = tmp_path / name
    if name.endswith(".dcm"):
        stream = io.BytesIO()
        Image.fromarray(noise(1)[..., 0]).save(stream, "JPEG2000", no_jp2=True)
        hostile.dicom(HEIGHT, 8, 1, "1.2.840.10008.1.2.4.90", stream.getvalue())(path)
        _set_columns(path, WIDTH)
    else:
        _saved(path, "LA")
    here = read_image(path).pixels
    asked = []
    monkeypatch.setattr(decode_process, "FROM_PIXELS", 1)
    monkeypatch.setattr(decode_process, "FROM_BYTES", 1)
    monkeypatch.setattr(
        decode_process, "decoded", lambda data, real=decode_process.decoded: (asked.append(1), real(data))[1]
    )
    assert np.array_equal(read_image(path).pixels, here)
    assert asked
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(Problem, match=f"^{name}: "):
        read_image(path)


def _set_columns(path: Path, columns: int) -> None:
    pydicom = pytest.importorskip("pydicom")
    made = pydicom.dcmread(path)
    made.Columns = columns
    made.save_as(path)


# --- the budget ------------------------------------------------------------------------------------------------------


def test_what_is_allowed_depends_on_the_file_and_on_what_is_free(monkeypatch):
    monkeypatch.setattr(budget, "free_bytes", lambda: 64 << 30)
    assert budget.allowed_bytes(100) == VIEW_BYTES
    assert budget.allowed_bytes(1 << 28) > 2 * VIEW_BYTES, "a large file may be a large picture"
    assert budget.allowed_bytes(1 << 28, AHEAD_BYTES) == AHEAD_BYTES < VIEW_BYTES
    assert budget.allowed_bytes(1 << 28, THUMBNAIL_BYTES) == THUMBNAIL_BYTES < VIEW_BYTES
    monkeypatch.setattr(budget, "free_bytes", lambda: 500 << 20)
    assert budget.allowed_bytes(1 << 28) == 250 << 20
    monkeypatch.setattr(budget, "free_bytes", lambda: 0)
    budget.check((4000, 3000), 60 << 20, 100)  # so much is always there
    with pytest.raises(OverBudget, match=r"^reading its 4000 x 3000 pixels takes 84 MB of memory, and 67 MB are there"):
        budget.check((4000, 3000), 84_000_000, 100)


def test_free_memory_is_what_the_system_or_the_container_leaves(tmp_path):
    assert 50 << 20 < budget.free_bytes() < 1 << 44
    own = tmp_path / "own"
    own.write_text("4:memory:/box\n0::/box\n")
    newer = tmp_path / "new" / "box"
    newer.mkdir(parents=True)
    (newer / "memory.max").write_text("1000000\n")
    (newer / "memory.current").write_text("600000\n")
    (newer / "memory.stat").write_text("anon 5\ninactive_file 100000\n")
    assert min(budget._free_in_group(tmp_path / "new", own)) == 500_000
    older = tmp_path / "old" / "memory" / "box"
    older.mkdir(parents=True)
    (older / "memory.limit_in_bytes").write_text("1000000\n")
    (older / "memory.usage_in_bytes").write_text("900000\n")
    (older / "memory.stat").write_text("total_inactive_file 0\n")
    assert min(budget._free_in_group(tmp_path / "old", own)) == 100_000
    (newer / "memory.max").write_text("max\n")
    assert min(budget._free_in_group(tmp_path / "new", own)) == sys.maxsize


def test_large_pictures_are_read_one_after_the_other():
    inside, most = [], []

    def work():
        with budget.turn(VIEW_BYTES):
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


SMALL = [
    "huge.j2k", "four components.jp2", "32 bits.j2k", "more than its box says.jp2", "tiny tiles.j2k", "screen.gif",
    "frame.gif", "frames.gif", "scans.jpg", "progressive.jpg", "progressive ink.jpg", "cut off.jpg", "flat.webp",
    "animated.webp", "runs.bmp", "cut off.bmp", "packbits.tif", "lzw.tif", "lying.avif", "lying.heic", "runs.dcm",
    "jpeg 2000.dcm", "cut off.dcm", "black and white.png", "transparent colours.png",
]  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_few_bytes_that_ask_for_gigabytes_are_one_sentence(tmp_path, name):
    path = tmp_path / name
    dict(hostile.files())[name](path)
    tracemalloc.start()
    for read in (read_image, lambda path: read_thumbnail(path, 96)):
        try:
            read(path)
        except Problem as problem:
            assert str(problem).startswith(f"{name}: ")  # noqa: PT017
            assert str(problem).endswith(".")  # noqa: PT017
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 60_000_000


def test_the_sentence_names_the_file_and_what_it_would_take(tmp_path):
    hostile.gif(20_000, 1)(tmp_path / "a.gif")
    expected = (
        r"^a\.gif: reading its 20000 x 20000 pixels takes 2,400 MB of memory, and \d+ MB are there for it\. Save it"
    )
    with pytest.raises(OverBudget, match=expected):
        read_image(tmp_path / "a.gif")


def test_a_second_head_does_not_hide_what_a_picture_takes(tmp_path):
    """What is looked at beforehand is what the decoder reads."""
    small = b"\x89PNG\r\n\x1a\n"
    heads = [chunk(b"IHDR", side.to_bytes(4, "big") * 2 + bytes((16, 2, 0, 0, 0))) for side in (20_000, 10)]
    rest = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(small + b"".join(heads) + rest)
    decoy = hostile._box(b"uuid", hostile.codestream(64, 4))
    boxes = hostile.jp2(64, 20_000, 4)
    at = boxes.index(b"jp2h") - 4
    (tmp_path / "a.jp2").write_bytes(boxes[:at] + decoy + boxes[at:])
    for name in ("a.png", "a.jp2"):
        tracemalloc.start()
        with pytest.raises(Problem, match="damaged"):
            read_image(tmp_path / name)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 10_000_000


def test_jpeg_of_hundreds_of_passes_is_refused_and_one_of_ten_is_read(tmp_path):
    hostile.jpeg(800, 3, 300)(tmp_path / "bomb.jpg")
    with pytest.raises(Problem, match=r"^bomb\.jpg: it is made of 301 passes over its 800 x 800 pixels"):
        read_image(tmp_path / "bomb.jpg")
    path = _saved(tmp_path / "real.jpg", "RGB", progressive=True)
    assert path.read_bytes().count(b"\xff\xda") == 10
    assert np.array_equal(read_image(path).pixels, as_before(path))


PEAK = """
import sys
from pathlib import Path
from app.images.reading import read_image
from app.images.file_types import formats
from tests.bench.memory import peak_mb
formats()
before = peak_mb()
shape = read_image(Path(sys.argv[1])).pixels.shape
print(peak_mb() - before, shape)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="asks Linux for the memory")
@pytest.mark.parametrize(
    ("name", "write", "most_mb"),
    [
        ("a.png", hostile.real_deep_png, 800),  # its file alone has 400
        ("a.jpg", hostile.real_jpeg(10_000), 700),
        ("b.jpg", hostile.real_jpeg(8000, progressive=True), 700),
        ("a.webp", lambda path: path.write_bytes(hostile.riff(hostile.flat_webp(9000))), 700),
        ("b.png", hostile.png(13_000, 13_000, 8, 2), 700),
        ("a.heic", hostile.large("HEIF", 8000, quality=10), 800),
        # few bytes that ask for just as much as there is
        ("c.png", hostile.png(14_900, 14_900, 1, 0), 750),
        ("d.png", hostile.png(6400, 6400, 16, 6, interlaced=True), 750),
        ("a.gif", hostile.gif(10_000, 1, transparent=True), 750),
        ("c.jpg", hostile.jpeg(7000, 3, 20), 750),
        ("a.j2k", lambda path: path.write_bytes(hostile.codestream(5600, 3)), 750),
        ("a.tif", hostile.tiff(hostile._plane(64, 8, side=5900, t339=3), lambda: hostile.deflated(5900**2 * 8)), 750),
        ("b.tif", hostile.tiff_of_pillow("RGB", 9500, "tiff_lzw"), 750),
    ],
)
def test_real_large_pictures_are_read_within_the_budget(tmp_path, name, write, most_mb):
    write(tmp_path / name)
    command = [sys.executable, "-c", PEAK, str(tmp_path / name)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    print(name, done.stdout)
    assert float(done.stdout.split()[0]) < most_mb


def test_cost_is_told_from_the_head_alone(tmp_path):
    """Of a progressive JPEG the coefficients count, of JPEG 2000 the channels."""
    for name, mode, options in (("a.jpg", "RGB", {}), ("b.jpg", "RGB", {"progressive": True}), ("a.jp2", "RGBA", {})):
        path = _saved(tmp_path / name, mode, **options)
        with Image.open(path) as image:
            data = path.read_bytes()
            cost = (costs.of_pillow(image, data) - len(data)) // (WIDTH * HEIGHT)
        assert cost == {"a.jpg": 7, "b.jpg": 10, "a.jp2": 31}[name], name


PIECES = {
    "plain": {"rowsperstrip": HEIGHT}, "deflate": {"rowsperstrip": HEIGHT, "compression": "zlib"},
    "a tile": {"tile": (208, 304), "compression": "zlib"},
}  # fmt: skip


@pytest.mark.parametrize("pieces", PIECES)
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("order", "<>")
def test_tiff_in_one_piece_is_not_copied(tmp_path, monkeypatch, pieces, dtype, order):
    monkeypatch.setattr(raw_numbers, "_UNCHECKED_BYTES", 1000)
    values = noise(3, np.uint16).astype(dtype)
    if pieces == "a tile":
        values = np.pad(values, ((0, 5), (0, 3), (0, 0)))
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, photometric="rgb", byteorder=order, **PIECES[pieces])
    with monkeypatch.context() as patch:
        patch.setattr(tifffile.TiffPage, "asarray", None)
        found = read_image(path).pixels
    monkeypatch.setattr(raw_numbers, "_in_place", lambda page, data: None)
    assert np.array_equal(found, read_image(path).pixels)


def test_planes_in_one_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_numbers, "_UNCHECKED_BYTES", 1000)
    planes = np.moveaxis(noise(3, np.uint16), 2, 0)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate", rowsperstrip=HEIGHT)
    found = read_image(tmp_path / "a.tif").pixels
    monkeypatch.setattr(raw_numbers, "_in_place", lambda page, data: None)
    assert np.array_equal(found, read_image(tmp_path / "a.tif").pixels)


def test_cut_off_deflate_in_one_piece_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_numbers, "_UNCHECKED_BYTES", 1000)
    path = tmp_path / "a.tif"
    values = np.random.default_rng(0).integers(0, 60000, (HEIGHT, WIDTH), np.uint16)
    tifffile.imwrite(path, values, photometric="minisblack", rowsperstrip=HEIGHT, compression="zlib")
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(Problem, match=r"^a\.tif: the picture is damaged"):
        read_image(path)


def test_corners_stay_where_they_are_in_bands(tmp_path, in_pieces):
    for orientation in range(1, 9):
        path = tmp_path / "a.png"
        Image.fromarray(corners()).save(path, exif=with_orientation(orientation))
        assert np.array_equal(read_image(path).pixels, as_displayed(corners(), orientation))


def test_page_of_a_large_stack_costs_what_the_page_does(tmp_path, monkeypatch):
    monkeypatch.setattr("app.images.reading._LARGE_FILE_BYTES", 1000)
    monkeypatch.setattr(budget, "_ALWAYS_BYTES", 100_000)
    with tifffile.TiffWriter(tmp_path / "s.tif") as file:
        for _ in range(20):
            file.write(noise(3), photometric="rgb")
    assert read_image(tmp_path / "s.tif#page=3", 1_500_000).pixels.shape == (HEIGHT, WIDTH, 3)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), np.uint8)).save(tmp_path / "a.png")
    monkeypatch.setattr("app.images.reading._read", None)  # its head is enough
    with pytest.raises(OverBudget, match=r"^a\.png: reading its 2000 x 2000 pixels takes 24 MB"):
        read_image(tmp_path / "a.png", 1_500_000)
