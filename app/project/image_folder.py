"""The folder of a project's images: where it is, which files are there, and which are missing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import TypeAlias

from app.images.file_types import Extra, passed_over
from app.images.pages import source_of
from app.problem import Problem, shortened
from app.project.image_table import ImageTable
from app.project.mask_folders import ALL_IMAGES, MaskFolders
from app.project.moved import Moved
from app.project.new_file import relative_to
from app.project.open_file import OpenFile
from app.project.records import ImageRecord
from app.project.rows import IMAGES_DIR
from app.project.scan import SCANNED_AT_ONCE, image_files, pages_of
from app.project.settings import ProjectSettings
from app.project.whereabouts import Whereabouts, own_folder
from app.text import say
from app.work import Progress, Work

_ADD_IMAGE = """INSERT INTO image (path, size_bytes, mtime_ns) VALUES (?, ?, ?)
ON CONFLICT DO NOTHING"""  # an import may have added it meanwhile
_STAMP_IMAGE = "UPDATE image SET size_bytes = ?, mtime_ns = ? WHERE path = ? AND size_bytes IS NULL"
_STEP_S = 0.01
"""Of a scan: whoever drives it looks so often whether it is still wanted, also while large files are read."""
_Stamp: TypeAlias = tuple[int | None, int | None]
"""Size in bytes and time of a file, in nanoseconds."""


class ImageFolder:
    """Finds the image files of one project."""

    def __init__(self, file: OpenFile, settings: ProjectSettings, images: ImageTable) -> None:
        self._file, self._settings, self._images = file, settings, images
        self.whereabouts = self._looked_up()
        self.has_rewritten = False
        """Whether a scan changed images that were known: others who remember them have to read them again."""
        self.mask_folders: list[str] = []
        """What the last scan left out as no photos, unless the project takes all images."""

    @property
    def root(self) -> Path:
        """The folder of the images."""
        return self.whereabouts.root

    def path_of(self, record: ImageRecord) -> Path:
        """Returns the file of an image, to be looked at: never outside root, whatever the file of a stranger says.
        Problem when it may not be."""
        return self.whereabouts.path_of(record.path)

    def missing_images(self) -> list[str]:
        """Returns the paths of those whose file is not there."""
        self.whereabouts.must_be_settled()
        return [record.path for record in self._images.all() if not self._is_there(record)]

    def _is_there(self, record: ImageRecord) -> bool:
        try:
            return os.path.isfile(source_of(self.path_of(record)).file)  # noqa: PTH113  also of a name too long
        except Problem:
            return False

    def look_in(self, folder: Path) -> None:
        """Takes the images from that folder from now on: the person said so. Cannot be undone. Problem when it is no
        folder, or nothing can be written."""
        self._file.must_be_writable()
        if not folder.is_dir():
            raise Problem(say("{folder} is not a folder.", folder=folder))
        self._settings.set(IMAGES_DIR, relative_to(folder.absolute(), own_folder(self._file.path)))
        self.whereabouts = self._looked_up()
        self.whereabouts.settle()

    def stay(self) -> None:
        """Keeps the images where they were after the project file was moved, unless their folder was moved with it."""
        old, self.whereabouts = self.whereabouts, self._looked_up()
        if not old.is_settled:
            return
        if self.whereabouts.root == old.root:
            self.whereabouts.settle()  # the person agreed to it under the old name
        elif old.root.is_dir():
            self.look_in(old.root)

    def _looked_up(self) -> Whereabouts:
        return Whereabouts(self._file.path, self._settings.get(IMAGES_DIR, "."))

    def scan(self, tell: Callable[[list[ImageRecord]], object] = lambda _new: None, *, first: str = "") -> Work[str]:
        """Adds the image files below root, and their pages, that are not in the project yet; yields (added so far, 0).
        tell: gets those that the images have since. first: the path of a file that somebody waits for. One that is an
        image of the project under another name only changes its path, which they have when it has ended. Cannot be
        undone: it only says what is there. Returns a sentence on what was passed over."""
        self._file.must_be_writable()
        self.whereabouts.must_be_settled()
        if not os.path.isdir(self.root):  # noqa: PTH112  a name too long is an OSError for Path
            raise Problem(say("The folder of the images is missing: {root}.", root=shortened(str(self.root))))
        images = self._images.all()
        known = {record.path for record in images}
        stamped = {record.path for record in images if record.size_bytes is not None}
        moved = Moved(self.root, images, self.path_of)
        added, passed = 0, Counter[Extra]()
        masks = None if self._settings.get(ALL_IMAGES) is True else MaskFolders(self.root, known)
        self.has_rewritten, self.mask_folders = False, masks.found if masks else []
        try:
            for files in image_files(self.root, passed, first=first, masks=masks):
                stamps = self._stamps(files, stamped)
                stamped |= stamps.keys()  # the first one comes again
                new = yield from _before(moved, [path for path in stamps if path not in known], Progress(added, 0))
                self.has_rewritten |= len(new) < len(stamps) or any(new.values())
                if stamps:
                    with self._file.transaction():
                        self._write(stamps, new)
                    tell(self._images.read_added([path for path, before in new.items() if before is None]))
                added += len(new)
                if stamps or not files or len(files) == SCANNED_AT_ONCE:
                    yield Progress(added, 0)
        finally:
            if self.has_rewritten:
                self._images.forget()
        return passed_over(passed)

    def _stamps(self, files: Iterable[str], stamped: Container[str]) -> dict[str, _Stamp]:
        """Returns the stamps of the images in these files, except those of images stamped already."""
        stamps: dict[str, _Stamp] = {}
        for file in files:
            paths = [path for path in pages_of(self.root, file) if path not in stamped]
            if paths:
                stamps |= dict.fromkeys(paths, _stamp(self.root / file))
        return stamps

    def _write(self, stamps: Mapping[str, _Stamp], new: Mapping[str, ImageRecord | None]) -> None:
        """Writes what was found in the folder. new: the images that are at new paths, with what they were before, if
        anything."""
        moved = [(path, record.id) for path, record in new.items() if record is not None]
        self._file.db.executemany("UPDATE image SET path = ? WHERE id = ?", moved)
        added = [(path, *stamp) for path, stamp in stamps.items() if path in new and new[path] is None]
        self._file.db.executemany(_ADD_IMAGE, added)
        self._file.db.executemany(_STAMP_IMAGE, [(*stamps[path], path) for path in stamps if path not in new])


def _before(moved: Moved, paths: Iterable[str], progress: Progress) -> Work[dict[str, ImageRecord | None]]:
    """The image that each new path was before, if any. To find out may mean to read large files."""
    before: dict[str, ImageRecord | None] = {}
    told_at = monotonic()
    for path in paths:
        before[path] = moved.here(path)
        if monotonic() - told_at > _STEP_S:
            yield progress
            told_at = monotonic()
    return before


def _stamp(file: Path) -> _Stamp:
    try:
        status = file.stat()
    except OSError:  # gone again
        return None, None
    return status.st_size, status.st_mtime_ns
