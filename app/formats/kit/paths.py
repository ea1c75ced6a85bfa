"""Images by their paths as files and folders tell them: with or without the ending, exactly or only alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TypeAlias
from unicodedata import normalize
from urllib.parse import unquote

from app.images.pages import as_file
from app.project.records import ImageRecord
from app.project.respelled import one_spelling

_NOT_PLAIN = re.compile(r"//|/\Z|(?:\A|/)\.(?:/|\Z)|\A\Z")
_APART, _MARK_DIGITS = "~", 8
Group: TypeAlias = list[ImageRecord]
"""Images that have one path in common, each once."""
TIERS, EXACT = 4, 2
"""So many tiers Paths has, and so many of them know a path letter by letter; in the others it is alike."""


class Paths:
    """The images that a path may mean, in tiers: exactly with its ending, without it, alike with it, without it."""

    def __init__(self, records: Iterable[ImageRecord]) -> None:
        full, bare = dict[str, Group](), dict[str, Group]()
        for record in records:
            file = as_file(record.path)
            for path in {record.path, file}:
                full.setdefault(path, []).append(record)
            bare.setdefault(without_ending(PurePosixPath(file)).as_posix(), []).append(record)
        self._tiers = (full, bare, _gathered(full, plain), _gathered(bare, plain))

    def at(self, path: str, tier: int) -> Group:
        """Returns the images that one tier has under the path."""
        found = self._tiers[tier].get(undotted(path) if tier < EXACT else plain(path), [])
        return found or (self._told_apart(undotted(path)) if tier == 0 else [])

    def _told_apart(self, path: str) -> Group:
        """Returns the image whose path an export wrote so; a system may spell it otherwise by now."""
        of, apart, mark = path.rpartition(_APART)
        alike = self._tiers[EXACT].get(plain(of), []) if apart else []
        return [record for record in alike if _mark_of(record.path) == mark]

    def tiers(self, path: str) -> list[Group]:
        """Returns what each tier has under the path."""
        return [self.at(path, tier) for tier in range(TIERS)]


def told_apart(path: str) -> str:
    """Returns what an image is called in an export in which another one has its path but for the spelling: a mark of
    its letters follows, the same in every export."""
    return f"{path}{_APART}{_mark_of(path)}"


def _mark_of(path: str) -> str:
    return sha256(path.encode()).hexdigest()[:_MARK_DIGITS]


def _gathered(paths: dict[str, Group], key: Callable[[str], str]) -> dict[str, Group]:
    found: dict[str, dict[int, ImageRecord]] = {}
    for path, group in paths.items():
        found.setdefault(key(path), {}).update((record.id, record) for record in group)
    return {path: list(group.values()) for path, group in found.items()}


def without_ending(path: PurePosixPath) -> PurePosixPath:
    """Drops the ending; a stranger's project may have an image without a name, too."""
    return path.with_suffix("") if path.name else path


def spellings(path: str) -> list[str]:
    """Returns the path as it stands, and with Windows' backslashes turned, which on Linux may be letters."""
    return list(dict.fromkeys((path, path.replace("\\", "/"))))


def undotted(path: str) -> str:
    """Drops what says nothing: ./, // and a slash at the end."""
    return str(PurePosixPath(path)) if _NOT_PLAIN.search(path) else path  # to make one takes long for 100,000


def plain(path: str) -> str:
    """Spells a path in the one way: macOS takes letters and their accents apart, Windows turns the slashes."""
    return undotted(normalize("NFC", path.replace("\\", "/")))


def name_of(path: str) -> str:
    """Returns the last part of a plain path."""
    return path.rpartition("/")[2]


def fits_in_a_line(path: str) -> bool:
    """Whether a list with a path in each line can tell this one: readers end a line where Python does, or at a letter
    that looks so, and take off what is blank around it."""
    return path.splitlines() == [path] and path == path.strip()


def loose(path: str) -> str:
    """Spells a plain path without what systems and programs change: capitals (Windows), and spaces as %20 (the web)."""
    return one_spelling(unquote(path))
