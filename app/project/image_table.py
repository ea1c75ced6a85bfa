"""The images of a project, as they are in its file."""

from __future__ import annotations

import operator
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from app.project.deferred import Deferred
from app.project.open_file import OpenFile
from app.project.order import inserted
from app.project.records import Annotation, Change, ChangeSet, ImageRecord
from app.project.rows import TABLES
from app.project.tables.images import image_of, is_as
from app.project.tables.stored_json import dump

_NOTED = frozenset(TABLES["image"].found) - {"path"}
_NOTE_SIZES = """UPDATE image SET height = json_extract(value, '$[1]'), width = json_extract(value, '$[2]')
FROM json_each(?) WHERE image.id = json_extract(value, '$[0]')"""

_NOTE_HASHES = """UPDATE image SET content_hash = json_extract(value, '$[1]')
FROM json_each(?) WHERE image.id = json_extract(value, '$[0]')"""


class ImageTable:
    """Reads the images, and remembers them: there may be 100,000."""

    def __init__(self, file: OpenFile, deferred: Deferred) -> None:
        self._file, self._deferred = file, deferred
        self._images: dict[int, ImageRecord] | None = None
        self._before: dict[int, ImageRecord] = {}
        """What they were when they were forgotten."""
        self._unsorted: list[ImageRecord] = []
        """What belongs to them too."""
        self._shown: dict[int, tuple[int, int]] = {}
        """(height, width) of images that are seen in another size than is known of them."""

    def all(self) -> list[ImageRecord]:
        """Returns the images in the order of their paths, 2 before 10."""
        return list(self._by_id().values())

    def get(self, image_id: int) -> ImageRecord:
        """Returns the image with that id; KeyError when there is none."""
        return self._by_id()[image_id]

    def note(self, image_id: int, **found: Any) -> None:
        """Notes what reading the file told: width, height, content_hash, size_bytes, mtime_ns. Not undoable, being
        true. KeyError when there is no such image."""
        if found.keys() - _NOTED:
            raise TypeError(f"An image has no {', '.join(found.keys() - _NOTED)}.")
        self._shown.pop(image_id, None)
        table = self._by_id()
        before, table[image_id] = table[image_id], replace(table[image_id], **found)
        if table[image_id] != before and not self._file.read_only_reason:
            self._deferred.note_image(image_id, found)

    def show_as(self, image_id: int, size: tuple[int, int]) -> None:
        """Remembers in which (height, width) an image is seen whose file was replaced. Nothing of that is written: what
        is known of the file that was labelled stays until the person says that the other one is right."""
        self._shown[image_id] = size
        if self._images is not None:
            self._images |= self._as_shown(self._images)

    def note_size(self, image_id: int, size: tuple[int, int]) -> None:
        """Notes the (height, width) of an image, as `note_sizes` does."""
        for height, width in self._news({image_id: size}).values():
            self.note(image_id, height=height, width=width)

    def note_sizes(self, sizes: Mapping[int, tuple[int, int]]) -> None:
        """Notes the sizes of many images, in one transaction, but not of a photo that was replaced after labelling: see
        `show_as`. sizes: (height, width) by the id of the image."""
        table, new = self._by_id(), self._news(sizes)
        if not new:
            return
        found = dump([(image_id, *size) for image_id, size in new.items()])
        with self._file.transaction():
            self._file.db.execute(_NOTE_SIZES, (found,))
        for image_id, (height, width) in new.items():
            table[image_id] = replace(table[image_id], height=height, width=width)

    def _news(self, sizes: Mapping[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
        """Returns those that are to be noted."""
        table = self._by_id()
        new = {id: size for id, size in sizes.items() if (table[id].height, table[id].width) != size}
        known = [id for id in new if table[id].width and table[id].height]
        if not known:  # as nearly always: nobody has to be asked
            return new
        asked = "SELECT DISTINCT image_id FROM annotation WHERE image_id IN (SELECT value FROM json_each(?))"
        with_objects = set(self._file.all(operator.itemgetter(0), asked, dump(known)))
        kept = {id for id in known if id in with_objects or table[id].status != "open"}
        return {id: size for id, size in new.items() if id not in kept}

    def note_hashes(self, hashes: Mapping[int, str]) -> None:
        """Notes the content hashes of many images that nobody has looked at yet, in one transaction. Not undoable."""
        table = self._by_id()
        new = {image_id: each for image_id, each in hashes.items() if table[image_id].content_hash is None}
        if new:
            with self._file.transaction():
                self._file.db.execute(_NOTE_HASHES, (dump(list(new.items())),))
            for image_id, content_hash in new.items():
                table[image_id] = replace(table[image_id], content_hash=content_hash)

    def read_added(self, paths: Sequence[str]) -> list[ImageRecord]:
        """Reads images that were just written, in no order; they are among the others from now on."""
        select = f"{TABLES['image'].select} WHERE path IN (SELECT value FROM json_each(?))"  # noqa: S608
        added = self._file.all(image_of, select, dump(list(paths))) if paths else []
        self.include(added)
        return added

    def include(self, added: Sequence[ImageRecord]) -> None:
        """Remembers images that another connection has written, among the others."""
        known = self._images or {}  # read again meanwhile, it has them already
        self._unsorted += [record for record in added if record.id not in known]

    def changed(self, changes: ChangeSet) -> None:
        """Follows a step in what is remembered."""
        for change in changes.of(ImageRecord):
            self._follow(change)
        for change in changes.of(Annotation):
            match change:
                case Change(Annotation() as before, Annotation() as after) if before.mask.size != after.mask.size:
                    self._forget_file(after.image_id, after.mask.size)
                case _:
                    pass

    def _forget_file(self, image_id: int, made_for: tuple[int, int]) -> None:
        """Takes the file that is there for another one than masks of that (height, width) are made for: the scaling of
        masks was undone, and the person is asked again whether the photo is right."""
        known = self._by_id().get(image_id)
        if known is not None and (known.height, known.width) != made_for:
            height, width = made_for
            self.note(image_id, height=height, width=width, content_hash=None, size_bytes=0, mtime_ns=0)

    def _follow(self, change: Change) -> None:
        """Without reading 100,000 rows again for one that was marked done."""
        match change:
            case Change(ImageRecord() as before, ImageRecord() as after) if before.path == after.path:
                if self._images is not None:
                    known = self._images[after.id]
                    self._images[after.id] = replace(known, status=after.status, extra=after.extra)
            case _:
                self.forget()

    def forget(self) -> None:
        """Reads the rows again when they are asked for. One that is as it was stays the very same record."""
        self._before, self._images = self._before if self._images is None else self._images, None

    def _by_id(self) -> dict[int, ImageRecord]:
        if self._images is None:
            again = self._read_again()
            new = [] if again else self._file.all(image_of, TABLES["image"].select)
            self._images, self._unsorted, self._before = again, new, {}
        if self._unsorted:
            self._images = self._with_deferred(inserted(self._images, self._unsorted))
            self._unsorted = []
        return self._images

    def _read_again(self) -> dict[int, ImageRecord]:
        """Returns the images by id, in order, if they are those of before: who wrote changed few of 100,000, and to
        make and sort all anew takes several times as long as to compare them. Nothing where some came or went."""
        before = self._before
        if not before:
            return {}

        def made(row: sqlite3.Row) -> ImageRecord | None:
            known = before.get(row[0])
            return None if known is not None and is_as(known, row) else image_of(row)

        rows = self._file.all(made, TABLES["image"].select)
        different = {each.id: each for each in rows if each is not None}
        are_those = len(rows) == len(before) and before.keys() >= different.keys()
        if not are_those or any(each.path != before[each.id].path for each in different.values()):
            return {}
        return self._with_deferred(before | different)

    def _with_deferred(self, table: dict[int, ImageRecord]) -> dict[int, ImageRecord]:
        """Returns the images with what is deferred laid over the rows of the file. table: as it is in the file."""
        known = {image_id: found for image_id, found in self._deferred.images.items() if image_id in table}
        table = table | {image_id: replace(table[image_id], **found) for image_id, found in known.items()}
        return table | self._as_shown(table)

    def _as_shown(self, table: Mapping[int, ImageRecord]) -> dict[int, ImageRecord]:
        return {
            image_id: replace(table[image_id], height=height, width=width)
            for image_id, (height, width) in self._shown.items()
            if image_id in table
        }
