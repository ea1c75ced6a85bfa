"""What a look for images passed over, counted and named: links, folders that cannot be read, names that are no text,
and files that an extra of the program would read."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from app.images.file_types import Extra, passed_over
from app.project.links import leads_unseen
from app.tally import SHOWN
from app.text import say_n

_OF_A_FILE = re.compile(r"\.[A-Za-z]{1,5}")
"""The ending of what is a file and no folder, by its name."""


@dataclass
class Places:
    """How many places there are, and the first of them."""

    n: int = 0
    first: list[str] = field(default_factory=list[str])

    def __bool__(self) -> bool:
        return self.n > 0

    def add(self, path: Path, root: Path) -> None:
        """Adds one below root."""
        self.n += 1
        if self.n <= SHOWN:
            self.first.append(os.fsencode(os.path.relpath(path, root)).decode(errors="replace"))

    @property
    def names(self) -> str:
        """Returns the first ones, in a line."""
        return "; ".join([*self.first, *(["…"] if self.n > SHOWN else [])])


@dataclass
class PassedOver:
    """What was met below a folder and is no image of the project."""

    root: Path
    extras: Counter[Extra] = field(default_factory=Counter[Extra])
    """How many files an extra that is missing would read."""
    links: Places = field(default_factory=Places)
    """Those that lead out of the folder, or to nothing."""
    unread: Places = field(default_factory=Places)
    """Folders that cannot be read."""
    nameless: Places = field(default_factory=Places)
    """Files and folders whose names are no text."""

    def note(self, places: Places, path: Path) -> None:
        """Notes one of links, unread or nameless."""
        places.add(path, self.root)

    def note_link(self, path: Path) -> None:
        """Notes a link that has no name of an image, if it may lead to a folder that is not looked through."""
        if not _OF_A_FILE.fullmatch(path.suffix) and leads_unseen(self.root, path):
            self.note(self.links, path)

    @property
    def sentence(self) -> str:
        """Says all that was passed over, and what to do; "" when there was nothing."""
        parts = [passed_over(self.extras)]
        if self.links:
            parts.append(
                say_n(
                    "{n} link leads out of the folder or to nothing and was not followed: {names}. Choose the folder "
                    "it leads to, or copy the images.",
                    "{n} links lead out of the folder or to nothing and were not followed: {names}. Choose the folder "
                    "they lead to, or copy the images.",
                    self.links.n,
                    names=self.links.names,
                )
            )
        if self.unread:
            parts.append(
                say_n(
                    "{n} folder cannot be read: {names}.",
                    "{n} folders cannot be read: {names}.",
                    self.unread.n,
                    names=self.unread.names,
                )
            )
        if self.nameless:
            parts.append(
                say_n(
                    "{n} name is no text in UTF-8 and was passed over: {names}.",
                    "{n} names are no text in UTF-8 and were passed over: {names}.",
                    self.nameless.n,
                    names=self.nameless.names,
                )
            )
        return " ".join(filter(None, parts))
