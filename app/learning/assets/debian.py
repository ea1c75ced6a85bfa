"""Debian packages as a source of pictures: the licence of every file in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

_MAY_BE_USED = re.compile(r"(CC0|CC-BY|CC-BY-SA|public-domain)(-[\d.]+)?", re.IGNORECASE)
_PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|svg)$", re.IGNORECASE)


@dataclass(frozen=True)
class Licence:
    """The licence of some files of a package, and who holds the rights to them."""

    name: str
    holders: str
    text: str = ""

    @property
    def permits(self) -> bool:
        """Whether what is learned from it may be given away: public domain, CC0, CC-BY and CC-BY-SA; not the GPL.
        morguefile.com has terms of its own, whatever a package says of it."""
        if "morgue" in self.text:
            return False
        return all(_MAY_BE_USED.fullmatch(part) for part in re.split(r" and | or ", self.name))


class Copyright:
    """A debian/copyright file in the machine-readable format 1.0."""

    def __init__(self, text: str) -> None:
        self._stanzas: list[tuple[list[str], Licence]] = []
        for paragraph in re.split(r"\n\s*\n", text):
            fields = _fields(paragraph)
            if "Files" in fields and "License" in fields:
                licence = Licence(fields["License"].splitlines()[0], fields.get("Copyright", ""), fields["License"])
                self._stanzas.append((fields["Files"].split(), licence))

    def licence_of(self, path: str, *, by_name: bool = False) -> Licence | None:
        """The last stanza that fits decides, as the format says. The package may hold a picture in another format than
        its source: suffixes of pictures do not count. by_name: the source has other folders than the package."""
        found = None
        for patterns, licence in self._stanzas:
            if any(_fits(path, pattern, by_name=by_name) for pattern in patterns):
                found = licence
        return found


def copyright_of(package: str, root: Path) -> Copyright:
    """Reads the copyright file of a package that was unpacked to `root`; OSError when it has none."""
    return Copyright((root / "usr/share/doc" / package / "copyright").read_text(encoding="utf-8"))


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        start = re.match(r"([A-Za-z-]+):(.*)", line)
        if start:
            name = start[1]
            fields[name] = start[2].strip()
        elif name:
            fields[name] += "\n" + line.strip()
    return fields


def _fits(path: str, pattern: str, *, by_name: bool) -> bool:
    if by_name:
        path, pattern = PurePosixPath(path).name, PurePosixPath(pattern).name
        if pattern == "*":  # of another folder
            return False
    return fnmatchcase(path, pattern) or fnmatchcase(_PICTURE.sub("", path), _PICTURE.sub("", pattern))
