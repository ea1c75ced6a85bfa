"""python -m tests.bench.huge KIND FILE: opens an image of 40,000 x 30,000 pixels in the real window, zooms in, clicks,
accepts and opens the project again. Prints milliseconds and megabytes, of a process of its own."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from io import BytesIO
from itertools import product
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

import app.sam  # noqa: F401  before torch
from app.paths import resource
from tests.bench.rows import Row

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT, TILE, PHOTO_PX = 40_000, 30_000, 256, 1024
_NEEDED_BYTES = 8 << 30


def huge_images() -> list[Row]:
    """A mosaic of the sample photos in a temporary folder, which is deleted."""
    rows: list[Row] = []
    for kind, write in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            if shutil.disk_usage(folder).free < _NEEDED_BYTES:
                sys.exit(f"{folder} has less than {_NEEDED_BYTES >> 30} GB of room.")
            file = Path(folder) / "photos" / "huge.tif"
            file.parent.mkdir()
            write(file)
            rows += _rows_of(kind, file, Path(folder) / "home")
    return rows


def _rows_of(kind: str, file: Path, home: Path) -> list[Row]:
    command = [sys.executable, "-m", "tests.bench.huge", str(file)]
    environment = {**os.environ, "MASKWRIGHT_HOME": str(home)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    seen_ms, sharp_ms, whole_ms, mask_ms, again_ms, peak_mb = map(float, done.stdout.split()[-6:])
    what = f"1.2 gigapixels, {kind}"

    def row(name: str, value: float, unit: str, bar: float) -> Row:
        return Row(f"{what}: {name}", value, unit, None, None, f"<= {bar:g} {unit}", value <= bar)

    return [
        row("until it is seen", seen_ms, "ms", 2000),
        row("until a view at 100 % is sharp", sharp_ms, "ms", 2000),
        row("a click there until its mask", mask_ms, "ms", 3000),
        row("until all of the overview is there", whole_ms, "ms", 60_000),
        row("until it is seen again", again_ms, "ms", 2000),
        row("peak memory of all that", peak_mb, "MB", 1000),
    ]


def _photos() -> list[NDArray[np.uint8]]:
    files = sorted(resource("samples").glob("*.*g"))
    return [np.asarray(Image.open(f).convert("RGB").resize((PHOTO_PX, PHOTO_PX))) for f in files]


def _deflate(pixels: NDArray[np.uint8]) -> bytes:
    return zlib.compress(pixels.tobytes(), 6)


def _lzw(pixels: NDArray[np.uint8]) -> bytes:
    single = BytesIO()
    Image.fromarray(pixels).save(single, "TIFF", compression="tiff_lzw", tiffinfo={278: TILE})
    with tifffile.TiffFile(BytesIO(single.getvalue())) as file:
        page = file.pages.first
        return single.getvalue()[page.dataoffsets[0] :][: page.databytecounts[0]]


def _write_tiles(file: Path, compression: int) -> None:
    """As a BigTIFF; each photo is compressed once."""
    pack = {5: _lzw, 8: _deflate}[compression]
    per_photo = PHOTO_PX // TILE
    packed = [
        [[pack(photo[y : y + TILE, x : x + TILE]) for x in range(0, PHOTO_PX, TILE)] for y in range(0, PHOTO_PX, TILE)]
        for photo in _photos()
    ]
    rows, columns = -(-HEIGHT // TILE), -(-WIDTH // TILE)
    tiles = [
        packed[_photo_at(x // per_photo, y // per_photo, len(packed))][y % per_photo][x % per_photo]
        for y, x in product(range(rows), range(columns))
    ]
    tags = [(256, 4, 1, WIDTH), (257, 4, 1, HEIGHT), (258, 3, 3, 8 | 8 << 16 | 8 << 32), (259, 3, 1, compression),
            (262, 3, 1, 2), (277, 3, 1, 3), (284, 3, 1, 1), (322, 3, 1, TILE), (323, 3, 1, TILE)]  # fmt: skip
    head = 16 + 8 + 20 * (len(tags) + 2) + 8
    tags += [(324, 16, len(tiles), head), (325, 4, len(tiles), head + 8 * len(tiles))]
    lengths = np.array([len(tile) for tile in tiles], np.int64)
    places = head + 12 * len(tiles) + np.cumsum(lengths) - lengths
    with file.open("wb") as stream:
        stream.write(b"II+\0" + struct.pack("<HHQQ", 8, 0, 16, len(tags)))
        stream.write(b"".join(struct.pack("<HHQQ", *tag) for tag in tags) + bytes(8))
        stream.write(places.astype("<u8").tobytes() + lengths.astype("<u4").tobytes())
        stream.writelines(tiles)


def _write_strips(file: Path) -> None:
    photos = _photos()
    whole = tifffile.memmap(file, shape=(HEIGHT, WIDTH, 3), dtype=np.uint8, photometric="rgb", bigtiff=True)
    for y in range(0, HEIGHT, PHOTO_PX):
        places = range(-(-WIDTH // PHOTO_PX))
        band = np.concatenate([photos[_photo_at(x, y // PHOTO_PX, len(photos))] for x in places], axis=1)
        whole[y : y + PHOTO_PX] = band[: HEIGHT - y, :WIDTH]
    whole.flush()


def _photo_at(column: int, row: int, count: int) -> int:
    return (column * 7 + row * 3) % count


KINDS = {
    "tiles, deflate": lambda file: _write_tiles(file, 8),
    "tiles, LZW": lambda file: _write_tiles(file, 5),
    "one strip, uncompressed": _write_strips,
}


def measure(file: Path) -> None:
    from tests.bench import driver
    from tests.bench.driver import program, until, wait

    driver.PATIENCE_S = 600.0
    home = Path(os.environ["MASKWRIGHT_HOME"])
    with program(home) as window:
        until(lambda: window.models.state.model is not None)
        began = time.perf_counter()
        window.open_path(file.parent)
        until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
        seen_ms = _ms(began)
        canvas, session = window.workspace.canvas, window.workspace.session
        canvas.fit_box((20_480, 15_360, 700, 500))
        sharp_ms = until(lambda: canvas.tiles.is_sharp)
        session.editor.point(20_992, 15_872)
        mask_ms = until(lambda: not session.editor.is_waiting)
        assert session.editor.proposal is not None, "there is no mask"
        until(lambda: session.editor.ring.is_whole)
        session.acceptance.accept()
        [saved] = session.project.annotations(session.image_id)
        until(lambda: session.place.is_encoded)
        whole_ms = _ms(began)
        for _ in range(20):
            canvas.zoom(-1)
            wait(30)
        until(lambda: canvas.tiles.is_sharp)
        session.discard()
        canvas.fit()
        session.editor.point(100, 100)
        until(lambda: not session.editor.is_waiting)
        window.leave_project()
        until(lambda: window.workspace is None)
        began = time.perf_counter()
        window.open_path(file.parent)
        until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
        again_ms = _ms(began)
        project = window.workspace.project
        [found] = project.annotations(window.workspace.session.image_id)
        assert found.mask == saved.mask
        assert found.mask.size == (HEIGHT, WIDTH)
    from tests.bench.memory import peak_mb

    print(seen_ms, sharp_ms, whole_ms, mask_ms, again_ms, peak_mb())
    sys.stdout.flush()


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
