"""JPEG files with something in their head or behind their end: only the picture itself is looked at."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.images import lean
from app.images.jpeg_scans import scans_of
from app.images.reading import read_image, read_thumbnail
from app.problem import Problem
from tests.project.test_budget import noise

FILM = b"ftyp" + b"\xff\xda" * 300 + bytes(99)
BEHIND = {"film": FILM, "start of a scan": b"\xff\xda", "start of a picture": b"\xff\xd8\xff\xe1\0\x02\xff\xda"}


def jpeg(head: bytes = b"", **options: object) -> bytes:
    """A picture of 301 x 203 pixels. head: in a segment of it, as a small copy is."""
    stream = io.BytesIO()
    Image.fromarray(noise(3)).save(stream, "JPEG", exif=b"Exif\0\0" + head, **options)
    return stream.getvalue()


@pytest.fixture(params=["large", "small"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large pictures are decoded by another library."""
    monkeypatch.setattr(lean, "LARGE_PIXELS", 1 if request.param == "large" else 1_000_000)


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
def test_what_lies_behind_the_end_is_none_of_it(tmp_path: Path, behind: bytes):
    """Motion photos have a film there, other cameras raw data."""
    data, path = jpeg(FILM, progressive=True), tmp_path / "a.jpg"
    path.write_bytes(data + behind)
    assert np.array_equal(read_image(path).pixels, np.asarray(Image.open(io.BytesIO(data))))
    assert read_thumbnail(path, 50).shape == (34, 50, 3)


@pytest.mark.usefixtures("decoder")
def test_cut_off_one_with_a_whole_one_in_its_head_is_told(tmp_path: Path):
    small, path = jpeg(), tmp_path / "a.jpg"
    path.write_bytes(jpeg(small, quality=100)[:-500])
    with pytest.raises(Problem, match=r"^a\.jpg: the picture is damaged or cut off\.$"):
        read_image(path)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\xff\xd8", (0, False)),
        (b"\xff\xd8\xff\xda\0\x04ab\xff\0\xff\xff\xd3\x01\xff\xd9\xff\xda", (1, True)),
        (b"\xff\xd8\xff\xda\0\x02\xff\x02\xff\xff\xff\xda\0\x02\xff\xd9", (2, True)),
        (b"\xff\xd8\xff\xff\xe1\0\x04\xff\xda\xff\xd9", (0, True)),
        (b"\xff\xd8\xff\xe1\xff\xffshort\xff\xd9", (0, False)),
        (b"\xff\xd8\xff\xe1\0\0\xff\xda\xff", (1, False)),
        (b"\xff\xd8" * 9, (0, False)),
    ],
    ids=["start alone", "pixels", "two scans", "skipped", "too long", "no length", "starts"],
)
def test_passes_are_counted_by_markers(data: bytes, found: tuple[int, bool]):
    assert scans_of(data) == found


def test_more_segments_than_any_picture_has_are_refused():
    with pytest.raises(Problem, match="damaged"):
        scans_of(b"\xff\xd8" + b"\xff\xfe\0\x02" * 100_000)
