"""The regions that a teacher saw on photos, kept in a file: to mark 400 photos takes 45 minutes of a processor."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from app.atomic import replacing
from app.masks.rle import Mask


class PhotoMarks(msgspec.Struct, array_like=True):
    """The regions of a photo."""

    photo: str
    """SHA-256 of its file."""
    size: tuple[int, int]
    """(height, width) in pixels, as it was looked at."""
    counts: list[str]
    """COCO's compressed RLE of each region."""

    def masks(self) -> list[Mask]:
        """Returns the regions, the surest first. Problem where one does not fit the size."""
        return [Mask.from_coco(self.size, counts) for counts in self.counts]


class _Marks(msgspec.Struct):
    made_by: str
    photos: list[PhotoMarks]


def marks_of(photo: Path, masks: Iterable[Mask], size: tuple[int, int]) -> PhotoMarks:
    """Returns the regions of a photo as they are kept. size: (height, width) of the photo as it was looked at."""
    return PhotoMarks(photo_hash(photo), size, [mask.counts for mask in masks])


def photo_hash(photo: Path) -> str:
    """Returns the SHA-256 of the file of a photo."""
    return hashlib.sha256(photo.read_bytes()).hexdigest()


def write_marks(path: Path, made_by: str, marks: Iterable[PhotoMarks]) -> None:
    """Writes the regions of photos. made_by: names the teacher, and how it was asked."""
    with replacing(path) as file:
        file.write(lzma.compress(msgspec.msgpack.encode(_Marks(made_by, list(marks))), preset=9))


def read_marks(path: Path, made_by: str) -> Mapping[str, PhotoMarks]:
    """Returns the kept regions by the SHA-256 of the photo; none where somebody else made them, or in another way."""
    if not path.exists():
        return {}
    kept = msgspec.msgpack.decode(lzma.decompress(path.read_bytes()), type=_Marks)
    return {each.photo: each for each in kept.photos} if kept.made_by == made_by else {}
