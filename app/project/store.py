"""A project: one SQLite file with the images (by path and content hash), classes, annotations and every change."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from msgspec.structs import replace

from app.images.file_types import Extra, passed_over
from app.images.pages import source_of
from app.problem import Problem, shortened
from app.project import pattern, schema
from app.project.connection import (
    connect,
    connect_to_file_alone,
    damaged,
    file_id,
    is_disk_full,
    remove_traces,
    sentences,
    write_ahead,
)
from app.project.history.journal import Step
from app.project.history.looking_back import LookingBack
from app.project.moved import Moved
from app.project.new_file import make, relative_to
from app.project.noting import Notes, Noting, read_setting, write_setting
from app.project.order import inserted
from app.project.peek import refuse_no_file, version_of_project
from app.project.recent import Recent
from app.project.records import Annotation, Category, Change, ChangeSet, ImageRecord, Record
from app.project.rows import TABLES, annotation_of, category_of, dump, image_of
from app.project.safety.backup import back_up
from app.project.safety.backup_files import is_backup
from app.project.safety.lock import FULL, HELD, Hold, holder, released_on_error, take
from app.project.safety.settling import settle, settled_for_reading
from app.project.safety.wal import HOLDER, LOCK, opened_log
from app.project.scan import SCANNED_AT_ONCE, image_files, pages_of
from app.project.staying import Staying
from app.project.steps import ChangeListener, Changing
from app.project.whereabouts import Whereabouts, own_folder
from app.project.write_queue import Writer, write_queue_of

__all__ = ["Project", "Step"]

_NOTE_SIZES = """UPDATE image SET height = json_extract(value, '$[1]'), width = json_extract(value, '$[2]')
FROM json_each(?) WHERE image.id = json_extract(value, '$[0]')"""
_ADD_IMAGE = """INSERT INTO image (path, size_bytes, mtime_ns) VALUES (?, ?, ?)
ON CONFLICT DO NOTHING"""  # an import may have added it meanwhile
_STAMP_IMAGE = "UPDATE image SET size_bytes = ?, mtime_ns = ? WHERE path = ? AND size_bytes IS NULL"
_Stamp: TypeAlias = tuple[int | None, int | None]
"""Size in bytes and time of a file, in nanoseconds."""
_WANTED = "It was opened to be read only."
_BACKUP = "It is a backup, which gives way to newer ones. To work on it, copy it out of its folder."
_NEWER = "It was made by a newer version of Maskwright; update to change it."
_T = TypeVar("_T")


class Project(Noting, Staying, Changing, LookingBack):
    """Belongs to the thread that opened it. Changes go through `step`, which journals them."""

    def __init__(self, path: Path, db: sqlite3.Connection, read_only_reason: str, lock: Hold | None) -> None:
        self.path = path
        self.read_only_reason = read_only_reason
        """Why nothing can be changed; "" when it can."""
        self._db = db
        self._file_id = file_id(path)
        self._turns = write_queue_of(self._file_id)
        self._writer = Writer(db, self._turns)
        self._lock = lock
        self._owns_log = False
        self.notes: tuple[str, ...] = ()
        """Sentences on what was found at opening, for the person."""
        self._listeners: list[ChangeListener] = []
        self._notes = Notes()
        self._images: dict[int, ImageRecord] | None = None
        self._unsorted: list[ImageRecord] = []
        """What belongs to them too."""
        self._categories: list[Category] | None = None
        self._by_image: Counter[int] | None = None
        self._by_category: Counter[int | None] | None = None
        self._timed: Counter[str] | None = None
        self._recent = Recent(self._objects_of)
        self._in_step = False
        self.whereabouts = self._looked_up()

    # --- opening and closing -------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, images_dir: Path) -> Project:
        """A new project file at path for the images below images_dir, which are not touched. Problem when there is a
        file already, no such folder, or no right to write."""
        path, images_dir = path.absolute(), images_dir.absolute()
        if not images_dir.is_dir():
            raise Problem(f"{images_dir} is not a folder.")
        if not path.parent.is_dir():
            raise Problem(f"{path.parent} is not a folder.")
        lock, reason = take(path)
        if lock is None:
            raise Problem(f"{path.name} cannot be made. {reason.rstrip('.')}.")
        with released_on_error(lock), sentences(path):
            if path.exists():  # asked under the lock: the program may have been started twice at once
                raise Problem(f"{path.name} exists already.")
            make(path, images_dir)
            made = cls._opened(path, "", lock)
            made.whereabouts.settle()  # who makes it says where its images are
            return made

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Project:
        """Opens it for writing when possible, else read-only with the reason. Problem when it is no project at all."""
        path = path.absolute()
        refuse_no_file(path)
        if path.is_symlink():  # one lock, one log and one folder of backups, by whatever name
            path = path.resolve()
        reason = _WANTED if read_only else _BACKUP if is_backup(path) else ""
        lock, reason = (None, reason) if reason else take(path)
        with released_on_error(lock), sentences(path):
            settled = settled_for_reading(path, reason) if reason else settle(path, lock)
            if lock is not None and settled.read_only_reason:
                lock.release()
                lock = None
            try:
                project = cls._opened(path, settled.read_only_reason, lock, alone=settled.log_is_foreign)
            except sqlite3.OperationalError as error:
                if settled.read_only_reason or not is_disk_full(error):
                    raise
                project = cls._opened(path, FULL, lock)
            project.notes = tuple(settled.notes)
            return project

    @classmethod
    def _opened(cls, path: Path, reason: str, lock: Hold | None, *, alone: bool = False) -> Project:
        """reason: why it is only read. alone: without the log beside it."""
        db = connect_to_file_alone(path) if alone else connect(path, read_only=bool(reason))
        try:
            version = version_of_project(db, path)
            if version > schema.VERSION:
                if not pattern.is_complete(db):
                    raise Problem(f"{path.name} was made by a newer version of Maskwright; update to open it.")
                return cls(path, _for_reading(db, lock), _NEWER, None)
            if version < 1 or (version <= schema.VERSION and not pattern.is_complete(db)):
                raise damaged(path)
            if reason and not schema.made_readable(db):
                raise Problem(f"{path.name} was made by an older version and must be opened for writing once. {reason}")
            if reason:
                by_whom = f": {read_setting(db, HOLDER, 'somebody')}." if reason == HELD else ""
                return cls(path, db, reason + by_whom, lock)
            if strange := pattern.why_strange(db):
                schema.made_readable(db)
                return cls(path, _for_reading(db, lock), strange, None)
            write_ahead(db)
            if version < schema.VERSION:
                back_up(path)  # what cannot be turned back
            schema.migrate(db)
            project = cls(path, db, "", lock)
            known = {HOLDER: holder(), LOCK: lock.name if lock else ""}
            project.keep(opened_log(db, path, known))
            project.note_later(known)
            return project
        except BaseException:
            db.close()
            raise

    @classmethod
    def sibling_of(cls, path: Path, *, read_only: bool) -> Project:
        """Another connection to a project that this program has open for writing: for another thread, which makes it,
        uses it and closes it. A writing one keeps its transactions short, so that nobody waits for it."""
        if (
            not read_only and write_queue_of(file_id(path)).log is None
        ):  # another file is there: its log would be this one
            raise Problem(f"{path.name} is not there any more: it was moved, deleted or replaced. Nothing was changed.")
        with sentences(path):
            reason = "It is a reading connection." if read_only else ""
            return cls(path, connect(path, read_only=read_only), reason, None)

    def hurry(self) -> None:
        """From now on it gives up before anybody feels that it waits for another writer: for the thread of a window."""
        self._writer.hurry()

    def close(self) -> None:
        """Safe to call twice. What lies in the log is brought into the file, wherever that is now."""
        self.save_notes()
        self._notes = Notes()
        self._end_log()
        self._db.close()
        if self.read_only:
            remove_traces(self.path)
        if self._lock is not None:
            self._lock.release()

    @property
    def read_only(self) -> bool:
        return bool(self.read_only_reason)

    def subscribe(self, listener: ChangeListener) -> None:
        """It hears of every step, undo and redo after its commit, on this thread."""
        self._listeners.append(listener)

    # --- what changes do to what is remembered -------------------------------------------------------------------

    def _changed(self, changes: ChangeSet) -> None:
        if not changes.changes:
            return
        counts = self._by_image is not None or self._by_category is not None or self._timed is not None
        for change in changes.changes:
            record = change.before or change.after
            if isinstance(record, Annotation):
                self._recent.change(change.before, change.after)
                if counts:
                    self._count(change.before, -1)
                    self._count(change.after, +1)
            elif isinstance(record, Category):
                self._categories = None
            else:
                self._image_changed(change)
        for listener in self._listeners:
            listener(changes)

    def _image_changed(self, change: Change) -> None:
        """Without reading 100,000 rows again for one that was marked done."""
        match change:
            case Change(ImageRecord() as before, ImageRecord() as after) if before.path == after.path:
                if self._images is not None:
                    known = self._images[after.id]
                    self._images[after.id] = replace(known, status=after.status, extra=after.extra)
            case _:
                self._images = None

    def _count(self, record: Record | None, sign: int) -> None:
        if isinstance(record, Annotation):
            if self._by_image is not None:
                self._by_image[record.image_id] += sign
            if self._by_category is not None:
                self._by_category[record.category_id] += sign
            if self._timed is not None and record.milliseconds > 0:
                self._timed.update(objects=sign, milliseconds=sign * record.milliseconds)

    def refresh(self) -> None:
        """Forget what was remembered: another connection has written."""
        self._images = self._categories = self._by_image = self._by_category = self._timed = None
        self._recent.forget()

    # --- images --------------------------------------------------------------------------------------------------

    def scan(
        self, tell: Callable[[list[ImageRecord]], object] = lambda _new: None
    ) -> Generator[tuple[int, int], None, str]:
        """Adds the image files below root, and their pages, that are not in the project yet; yields (added so far, 0).
        tell: gets those that `images` has since. One that is an image of the project under another name only changes
        its path, which `images` has when it has ended. Cannot be undone: it only says what is there. Returns a sentence
        on what was passed over."""
        self._writable()
        self.whereabouts.must_be_settled()
        if not os.path.isdir(self.root):  # noqa: PTH112  a name too long is an OSError for Path
            raise Problem(f"The folder of the images is missing: {shortened(str(self.root))}.")
        images = self.images()
        known = {record.path for record in images}
        stamped = {record.path for record in images if record.size_bytes is not None}
        moved = Moved(self.root, images, self.image_path)
        added, passed = 0, Counter[Extra]()
        is_other = False
        try:
            for files in image_files(self.root, passed):
                stamps = self._stamps(files, stamped)
                new = {path: moved.here(path) for path in stamps if path not in known}
                is_other = is_other or len(new) < len(stamps) or any(new.values())
                if stamps:
                    with sentences(self.path), self._writer.transaction():
                        self._note_files(stamps, new)
                    tell(self._found([path for path, before in new.items() if before is None]))
                added += len(new)
                if stamps or not files or len(files) == SCANNED_AT_ONCE:
                    yield added, 0
        finally:
            if is_other:
                self._images = None
        return passed_over(passed)

    def _found(self, paths: Sequence[str]) -> list[ImageRecord]:
        """New images, as they are in the file; `images` tells them from now on."""
        select = f"{TABLES['image'].select} WHERE path IN (SELECT value FROM json_each(?))"  # noqa: S608
        found = self._all(image_of, select, dump(list(paths))) if paths else []
        self._unsorted += found
        return found

    def _stamps(self, files: Iterable[str], stamped: Container[str]) -> dict[str, _Stamp]:
        """Of the images in these files, but those that are stamped."""
        stamps: dict[str, _Stamp] = {}
        for file in files:
            paths = [path for path in pages_of(self.root, file) if path not in stamped]
            if paths:
                stamps |= dict.fromkeys(paths, _stamp(self.root / file))
        return stamps

    def _note_files(self, stamps: Mapping[str, _Stamp], new: Mapping[str, ImageRecord | None]) -> None:
        """new: the images that are at new paths, with what they were before, if anything."""
        moved = [(path, record.id) for path, record in new.items() if record is not None]
        self._db.executemany("UPDATE image SET path = ? WHERE id = ?", moved)
        added = [(path, *stamp) for path, stamp in stamps.items() if path in new and new[path] is None]
        self._db.executemany(_ADD_IMAGE, added)
        self._db.executemany(_STAMP_IMAGE, [(*stamps[path], path) for path in stamps if path not in new])

    def images(self) -> list[ImageRecord]:
        """In the order of their paths, 2 before 10."""
        return list(self._image_table().values())

    def missing_images(self) -> list[str]:
        """The paths of those whose file is not there."""
        self.whereabouts.must_be_settled()
        return [record.path for record in self.images() if not self._is_there(record)]

    def _is_there(self, record: ImageRecord) -> bool:
        try:
            return os.path.isfile(source_of(self.image_path(record)).file)  # noqa: PTH113  also of a name too long
        except Problem:
            return False

    def image(self, image_id: int) -> ImageRecord:
        """KeyError when there is none."""
        return self._image_table()[image_id]

    @property
    def root(self) -> Path:
        """The folder of the images."""
        return self.whereabouts.root

    def image_path(self, record: ImageRecord) -> Path:
        """To be looked at: never outside root, whatever the file of a stranger says. Problem when it may not be."""
        return self.whereabouts.path_of(record.path)

    def note_sizes(self, sizes: Mapping[int, tuple[int, int]]) -> None:
        """Of many images, in one transaction. sizes: (height, width) by the id of the image."""
        table = self._image_table()
        new = {
            image_id: size
            for image_id, size in sizes.items()
            if (table[image_id].height, table[image_id].width) != size
        }
        if not new:
            return
        found = dump([(image_id, *size) for image_id, size in new.items()])
        with sentences(self.path), self._writer.transaction():
            self._db.execute(_NOTE_SIZES, (found,))
        for image_id, (height, width) in new.items():
            table[image_id] = replace(table[image_id], height=height, width=width)

    def _image_table(self) -> dict[int, ImageRecord]:
        if self._images is None:
            self._images, self._unsorted = {}, self._all(image_of, TABLES["image"].select)
        if self._unsorted:
            self._images = self._with_notes(inserted(self._images, self._unsorted))
            self._unsorted = []
        return self._images

    def look_in(self, folder: Path) -> None:
        """From now on its images are those below that folder: the person said so. Cannot be undone."""
        self._writable()
        if not folder.is_dir():
            raise Problem(f"{folder} is not a folder.")
        self.set_setting("images_dir", relative_to(folder.absolute(), own_folder(self.path)))
        self.whereabouts = self._looked_up()
        self.whereabouts.settle()

    def _looked_up(self) -> Whereabouts:
        return Whereabouts(self.path, self.setting("images_dir", "."))

    # --- classes and annotations ---------------------------------------------------------------------------------

    def categories(self) -> list[Category]:
        if self._categories is None:
            self._categories = self._all(category_of, f"{TABLES['category'].select} ORDER BY id")
        return list(self._categories)

    def annotations(self, image_id: int) -> list[Annotation]:
        """By id."""
        return self._objects_of(image_id) if self._in_step or self.read_only else self._recent.objects(image_id)

    def _objects_of(self, image_id: int) -> list[Annotation]:
        return self._all(annotation_of, f"{TABLES['annotation'].read} WHERE image_id = ? ORDER BY id", image_id)

    def annotation(self, annotation_id: int) -> Annotation | None:
        found = self._all(annotation_of, f"{TABLES['annotation'].read} WHERE id = ?", annotation_id)
        return found[0] if found else None

    def annotations_with(self, ids: Iterable[int]) -> list[Annotation]:
        """Those of these ids that there are."""
        select = f"{TABLES['annotation'].read} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
        return self._all(annotation_of, select, dump(list(ids)))

    def iter_annotations(self) -> Iterator[Annotation]:
        """All of them, image by image, one at a time."""
        with sentences(self.path):
            for row in self._db.execute(f"{TABLES['annotation'].read} ORDER BY image_id, id"):
                yield annotation_of(row)

    def is_used(self, category: Category) -> bool:
        return self.category_counts()[category.id] > 0

    def annotation_counts(self) -> Counter[int]:
        """Number of annotations by image id; 0 for the others."""
        if self._by_image is None:
            self._by_image = self._counted("image_id")
        return self._by_image

    def category_counts(self) -> Counter[int | None]:
        """Number of annotations by category id; 0 for the others."""
        if self._by_category is None:
            self._by_category = self._counted("category_id")
        return self._by_category

    def _counted(self, column: str) -> Counter[Any]:
        query = f"SELECT {column}, count(*) FROM annotation GROUP BY {column}"  # noqa: S608
        return Counter(dict(self._all(_pair, query)))

    def counts(self) -> dict[str, int]:
        """Of images, categories and annotations."""
        return {name: self._all(_first, f"SELECT count(*) FROM {name}")[0] for name in TABLES}  # noqa: S608

    def mean_milliseconds(self) -> float | None:
        """Active time for one accepted object, over those that have any; None while there are none."""
        if self._timed is None:
            query = "SELECT count(*), coalesce(sum(milliseconds), 0) FROM annotation WHERE milliseconds > 0"
            [(objects, milliseconds)] = self._all(_pair, query)
            self._timed = Counter(objects=objects, milliseconds=milliseconds)
        return self._timed["milliseconds"] / self._timed["objects"] if self._timed["objects"] else None

    @property
    def schema_version(self) -> int:
        return schema.version_of(self._db)

    def _all(self, make: Callable[[sqlite3.Row], _T], query: str, *parameters: int | str) -> list[_T]:
        with sentences(self.path):
            return [make(row) for row in self._db.execute(query, parameters)]

    # --- settings ------------------------------------------------------------------------------------------------

    def setting(self, key: str, default: Any = None) -> Any:
        if key in self._notes.settings:
            return self._notes.settings[key]
        with sentences(self.path):
            return read_setting(self._db, key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """value: anything JSON holds. Not undoable. Nothing happens in a read-only project."""
        if self.read_only or self.setting(key) == value:
            return
        with sentences(self.path), self._writer.transaction():
            write_setting(self._db, key, value)


def _stamp(file: Path) -> _Stamp:
    try:
        status = file.stat()
    except OSError:  # gone again
        return None, None
    return status.st_size, status.st_mtime_ns


def _for_reading(db: sqlite3.Connection, lock: Hold | None) -> sqlite3.Connection:
    """It turned out that we must not write."""
    db.execute("PRAGMA query_only = ON")
    if lock is not None:
        lock.release()
    return db


def _first(row: sqlite3.Row) -> Any:
    return row[0]


def _pair(row: sqlite3.Row) -> tuple[Any, int]:
    return row[0], row[1]
