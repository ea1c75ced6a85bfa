"""Where the images of a project are. A folder that is not below the project's own is asked for, once per project and
computer: a stranger's file may name the home of the person, or a server that wants to know who asks.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.images.pages import source_of
from app.problem import Problem, shortened
from app.project.agreements import agree, is_agreed
from app.project.links import normal, way_out
from app.project.safety.backup_files import original_of
from app.text import say

_MOST_CHARACTERS = 4096
"""Of a path: no system opens a longer one."""


class Unasked(Problem):
    """The person has not said yet whether the images may be looked at."""


class Whereabouts:
    """Belongs to one open project."""

    def __init__(self, project: Path, stored: object) -> None:
        """Settles where a project's images lie without looking at anything. stored: what the project says of their
        folder."""
        self._project = project
        self._own = own_folder(project)
        self.root = images_folder(project, stored)
        """The folder of the images; the project's own one when it names none that can be."""
        self._root_text = os.fspath(self.root)
        self.is_possible = is_possible(str(stored))
        """Whether the project names a folder."""
        self._far: Path | None = None
        self._is_settled = False
        self._sound = set[Path]()
        """Folders that images lie in, without a way out."""
        self._sound_names = set[str]()
        """The same, as images name them."""

    @property
    def is_settled(self) -> bool:
        """Whether the images may be looked at."""
        if not self._is_settled and self.is_possible:
            self._far = way_out(self._own, self.root)
            self._is_settled = self._far is None or is_agreed(self._project, self._far)
        return self._is_settled

    @property
    def question(self) -> str:
        """What the person has to be asked; "" when nothing is."""
        if self.is_settled:
            return ""
        if self._far is None:
            return say("This project does not say in which folder its images are.")
        return say("This project says that its images are in {far}.", far=shortened(str(self._far)))

    @property
    def sentence(self) -> str:
        """The question in the terminal, with what to do."""
        if self.is_settled:
            return ""
        if self._far is None:
            told = say(
                "{project} does not say in which folder its images are: none was looked at.", project=self._project.name
            )
            return say("{told} The command maskwright trust names one: --images FOLDER.", told=told)
        return say(
            "{project} says that its images are in {far}, which is not below its own folder: nothing was "
            "looked at there. If that is right, say so once with the command maskwright trust.",
            project=self._project.name,
            far=shortened(str(self._far)),
        )

    def settle(self) -> None:
        """The person said that they may be looked at, there. Problem when the project names no folder."""
        if self.is_settled:
            return
        if self._far is None:
            raise Problem(
                say("{project} does not say in which folder its images are; choose one.", project=self._project.name)
            )
        agree(self._project, self._far)
        self._is_settled = True

    def must_be_settled(self) -> None:
        """Problem (Unasked) while the person was not asked; it tells how to agree."""
        if not self.is_settled:
            raise Unasked(self.sentence)

    def named(self, name: str) -> Path:
        """The file, or page, of an image by its text alone, to be compared and shown: whether a link leads out on the
        way to it is not looked at, which takes a drive that is far away its time. Problem as of path_of."""
        self.must_be_settled()
        return named_path(self.root, name)

    def path_of(self, name: str) -> Path:
        """The file, or page, of an image, to be looked at. Problem when it may not be. Any thread may ask, once the
        images may be looked at."""
        path = self.named(name)
        if self._leads_out(path):
            raise _outside(name)
        self._sound_names.add(name.rpartition("/")[0])
        return path

    def plain_path_of(self, name: str) -> str | None:
        """The path of an image as text, five times as quick as path_of, for 100,000 of them: nothing but a file there
        that is no link may be looked at. None: only path_of can tell."""
        folder, _, file = name.rpartition("/")
        is_plain = folder in self._sound_names and "#" not in file and not (os.name == "nt" and set("\\:") & set(file))
        return f"{self._root_text}/{name}" if is_plain else None

    def _leads_out(self, path: Path) -> bool:
        base = self._own if self._far is None else self.root
        if path.parent not in self._sound:
            if way_out(base, path.parent) is not None:
                return True
            self._sound.add(path.parent)
        file = source_of(path).file
        return os.path.islink(file) and way_out(base, file) is not None  # noqa: PTH114  also of a name too long


def own_folder(project: Path) -> Path:
    """Returns the folder of a project; of a backup, that of its project."""
    return original_of(project).parent


def images_folder(project: Path, stored: object) -> Path:
    """Returns the folder of a project's images. stored: what the project says of it. Nothing is looked at but the
    project's own folder."""
    own, text = own_folder(project), str(stored)
    if not is_possible(text):
        return normal(own)
    if ".." in Path(text).parts:  # the way goes up from where the project really is, past any link
        own = Path(os.path.realpath(own))
    return normal(own / text)


def is_possible(path: str) -> bool:
    """Whether it can be the path of a file or folder on any system."""
    try:
        return "\0" not in path and len(os.fsencode(path)) <= _MOST_CHARACTERS
    except UnicodeEncodeError:
        return False


def named_path(root: Path, name: str) -> Path:
    """The path of an image by its text alone, never outside root, whatever the file of a stranger says. Problem when
    there can be no such file."""
    path = Path(name)  # of this system: on Windows also C:x and ..\\x lead out
    if not is_possible(name):
        raise Problem(say("{name}: no file can be called so.", name=shortened(name)))
    if path.anchor or ".." in path.parts or not path.name:
        raise _outside(name)
    return root / path


def _outside(name: str) -> Problem:
    return Problem(say("{name} lies outside the folder of the images.", name=shortened(name)))
