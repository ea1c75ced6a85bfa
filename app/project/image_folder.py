"""The folder of a project's images: where it is, which files are there, and which are missing."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from app.problem import Problem, shortened
from app.project import image_paths
from app.project.folder_scan import FolderScan, Scanned
from app.project.identity import Likeness, Stamp, is_read, is_untouched, likeness, stamp_at, stamp_of_plain
from app.project.image_table import ImageTable
from app.project.mask_folders import ALL_IMAGES, MaskFolders
from app.project.new_file import relative_to
from app.project.open_file import OpenFile
from app.project.records import ImageRecord
from app.project.replaced import Replaced, replaced_image
from app.project.rows import IMAGES_DIR
from app.project.settings import ProjectSettings
from app.project.whereabouts import Whereabouts, own_folder
from app.text import say
from app.work import Progress, Work

_STEP_S = 0.05
"""Of looking for replaced photos: so often whoever drives it hears of it."""


class ImageFolder:
    """Finds the image files of one project."""

    def __init__(self, file: OpenFile, settings: ProjectSettings, images: ImageTable) -> None:
        self._file, self._settings, self._images = file, settings, images
        self.whereabouts = self._looked_up()
        self.scanned = Scanned()
        """What the last scan did to images that were known."""
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
        return [record.path for record in self._images.all() if self.stamp_of(record) is None]

    def stamp_of(self, record: ImageRecord) -> Stamp | None:
        """Returns the size and time of the file of an image; None when it is not there, or may not be looked at."""
        plain = self.whereabouts.plain_path_of(record.path)
        try:
            return (plain and stamp_of_plain(plain)) or stamp_at(self.path_of(record))
        except Problem:
            return None

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

    # --- what is there -------------------------------------------------------------------------------------------

    def scan(self, tell: Callable[[list[ImageRecord]], object] = lambda _new: None, *, first: str = "") -> Work[str]:
        """Adds the image files below root, and their pages, that are not in the project yet; yields (added so far, 0).
        tell: gets those that the images have since. first: the path of a file that somebody waits for. An image whose
        file lies at another path only changes its path, also where another one was; `scanned` tells at the end. Cannot
        be undone: it only says what is there. Returns a sentence on what was passed over."""
        self._file.must_be_writable()
        self.whereabouts.must_be_settled()
        if not os.path.isdir(self.root):  # noqa: PTH112  a name too long is an OSError for Path
            raise Problem(say("The folder of the images is missing: {root}.", root=shortened(str(self.root))))
        takes_all = self._settings.get(ALL_IMAGES) is True
        masks = None if takes_all else MaskFolders(self.root, {record.path for record in self._images.all()})
        scan = FolderScan(self._file, self._images, self.root, masks, stamp_of=self.stamp_of, worked_on=self.worked_on)
        self.scanned, self.mask_folders = scan.scanned, masks.found if masks else []
        return (yield from scan.steps(tell, first))

    def renew(self) -> None:
        """Forgets what is known of files that were replaced before anything was made on them: objects that come now are
        made for those that are there. Files are not read."""
        if not self.whereabouts.is_settled or not os.path.isdir(self.root):  # noqa: PTH112  as in scan
            return
        worked_on = self.worked_on()
        free = ((each.id, each, self.stamp_of(each)) for each in self._images.all() if each.id not in worked_on)
        renewed = [(id, stamp) for id, each, stamp in free if stamp is not None and not is_untouched(each, stamp)]
        if renewed:
            with self._file.transaction():
                image_paths.renew(self._file.db, renewed)
            self._images.forget()

    def replaced(self) -> Work[list[Replaced]]:
        """Finds the images with objects whose file is not the one that was labelled, or perhaps not; yields (0, 0)
        while it looks. Files are read only where size or time is another one, none while they may not be looked at."""
        if not self.whereabouts.is_settled or not os.path.isdir(self.root):  # noqa: PTH112  as in scan
            return []
        worked_on = self.worked_on()
        records = [record for record in self._images.all() if record.id in worked_on]
        found: list[Replaced] = []
        told_at = monotonic()
        for record in records:
            stamp = self.stamp_of(record)
            if stamp is not None and not is_untouched(record, stamp):
                like = likeness(record, self.path_of(record), stamp)
                found += [self._replaced(record, like)] if like in ("other", "unknown") else []
            if monotonic() - told_at > _STEP_S:
                yield Progress(0, 0)
                told_at = monotonic()
        return found

    def replaced_in_scan(self) -> list[Replaced]:
        """Returns the images with objects whose file is not the one that was labelled, as the last scan found them."""
        known = {each.id: each for each in self._images.all()} if self.scanned.replaced else {}
        return [self._replaced(known[each], like) for each, like in self.scanned.replaced.items() if each in known]

    def _replaced(self, record: ImageRecord, like: Likeness) -> Replaced:
        query = "SELECT width, height FROM annotation WHERE image_id = ? LIMIT 1"
        made_for = self._file.all(tuple, query, record.id)
        was = made_for[0] if made_for else (record.width, record.height)
        return replaced_image(record, self.path_of(record), is_certain=like == "other", was=was)

    def worked_on(self) -> set[int]:
        """Returns the ids of the images with objects, or with a word of the person: what is said of them depends on
        their photo."""
        with_objects = self._file.all(operator.itemgetter(0), "SELECT DISTINCT image_id FROM annotation")
        images = self._images.all()
        marked = {each.id for each in images if each.status != "open"}
        return (marked | set(with_objects)).difference(each.id for each in images if not is_read(each))
