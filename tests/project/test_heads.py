"""What the first bytes of a picture tell is what Pillow tells."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from app.images.quick_size import plain_size

TURNED = Image.Exif()
TURNED[0x0112] = 6


def saved(kind: str, mode: str = "RGB", **options) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (300, 20)).save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [saved("PNG"), saved("PNG", "1"), saved("PNG", "P"), saved("JPEG"), saved("JPEG", "L"), saved("JPEG", "CMYK"),
     saved("JPEG", progressive=True), saved("JPEG", comment=b"a comment"), saved("PNG", dpi=(72, 72))],
)  # fmt: skip
def test_plain_pictures_tell_their_size_at_once_and_stay_at_their_beginning(data):
    file = io.BytesIO(data)
    assert plain_size(file) == (300, 20)
    assert file.tell() == 0
    for length in range(len(data)):  # cut off, it tells the same or nothing
        assert plain_size(io.BytesIO(data[:length])) in (None, (300, 20))


@pytest.mark.parametrize("data", [saved("PNG", exif=TURNED), saved("JPEG", exif=TURNED), saved("TIFF"), saved("BMP"),
                                  b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xff" * 9])  # fmt: skip
def test_what_may_be_turned_or_is_of_another_kind_is_left_to_others(data):
    assert plain_size(io.BytesIO(data)) is None
