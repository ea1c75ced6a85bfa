"""Images whose names are only spelled in another way now: other capitals, or accents apart from their letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from unicodedata import normalize

from app.images.pages import source_of
from app.project.identity import Stamp, is_untouched, likeness_of
from app.project.records import ImageRecord


def one_spelling(path: str) -> str:
    """Returns what all spellings of a path have in common: Windows and macOS do not tell capitals apart, macOS and
    network shares take accents from their letters."""
    return normalize("NFC", normalize("NFC", path).casefold())


class Respelled:
    """Finds the images whose file is there under another spelling of its name. By the old one it may still open, so
    that it is not missing."""

    def __init__(
        self, root: Path, records: Iterable[ImageRecord], stamp_of: Callable[[ImageRecord], Stamp | None]
    ) -> None:
        """Prepares to find them. stamp_of: that of the file of an image, by the name that is known."""
        self._root, self._records, self._stamp_of = root, records, stamp_of

    @cached_property
    def _by_spelling(self) -> dict[str, list[ImageRecord]]:
        """Made for the first new path: it takes long for 100,000."""
        found: defaultdict[str, list[ImageRecord]] = defaultdict(list)
        for record in self._records:
            found[one_spelling(record.path)].append(record)
        return dict(found)

    def may_be(self, path: str) -> bool:
        """Whether a new path may be that of an image under another name: the end of the scan tells."""
        return one_spelling(path) in self._by_spelling

    def take(self, places: Mapping[str, Stamp], seen: Collection[str]) -> dict[str, ImageRecord]:
        """Returns the images by their paths of now, each once. places: the new paths. seen: all that the folder lists:
        where it lists both names, there are two files."""
        rivals: defaultdict[str, list[str]] = defaultdict(list)
        for path in places:
            rivals[one_spelling(path)].append(path)
        found: dict[str, ImageRecord] = {}
        for spelling, paths in rivals.items():
            unseen = [record for record in self._by_spelling.get(spelling, ()) if record.path not in seen]
            pairs = [(path, each) for path in paths for each in unseen if self._is_same(each, path, places[path])]
            if len(pairs) == 1:  # else nothing but the content can tell
                found |= pairs
        return found

    def _is_same(self, record: ImageRecord, path: str, stamp: Stamp) -> bool:
        if self._stamp_of(record) is not None:
            return is_one_file(source_of(self._root / record.path).file, source_of(self._root / path).file)
        if record.content_hash and not is_untouched(record, stamp):
            return False
        return likeness_of(record, stamp, None) != "other"


def is_one_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file: through a link, by `..`, or in other letters where the disk does not tell A
    from a. Of a file that is gone only its own path does."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return one == other
