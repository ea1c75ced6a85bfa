"""One pass over the folder of the images: which are new, which lie elsewhere now, and whose file is another one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from app.images.pages import split
from app.project import image_paths
from app.project.identity import Likeness, Stamp, content_at, is_untouched, likeness_of, stamp_of_file
from app.project.image_table import ImageTable
from app.project.mask_folders import MaskFolders
from app.project.moved import Displaced, is_paged, name_of_missing
from app.project.open_file import OpenFile
from app.project.passed_over import PassedOver
from app.project.records import ImageRecord
from app.project.respelled import Respelled
from app.project.scan import SCANNED_AT_ONCE, image_files, pages_of
from app.work import Progress, Work

_STEP_S = 0.01
"""Of a scan: whoever drives it looks so often whether it is still wanted, also while large files are read."""
Tell: TypeAlias = Callable[[list[ImageRecord]], object]


class _Held(NamedTuple):
    """An image whose file has another size or time than is known."""

    record: ImageRecord
    stamp: Stamp

    @property
    def path(self) -> str:
        return self.record.path


@dataclass
class Scanned:
    """What a pass over the folder did to images that were known."""

    moved: set[int] = field(default_factory=set[int])
    """The ids of those whose file lies at another path."""
    respelled: set[int] = field(default_factory=set[int])
    """The ids of those whose name is spelled in another way."""
    gone: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    """By id, those whose file is nowhere while another image has their path now: that path, and what they are called
    instead."""
    replaced: dict[int, Likeness] = field(default_factory=dict[int, Likeness])
    """By id, those with objects whose file is another one, or perhaps."""
    renewed: set[int] = field(default_factory=set[int])
    """Those without objects whose file is another one: what was known of it is forgotten."""
    has_rewritten: bool = False
    """Whether anything of an image that was known is different: who remembers them has to read them again."""


class FolderScan:
    """Compares the files below a folder with the images of a project."""

    def __init__(
        self,
        file: OpenFile,
        images: ImageTable,
        root: Path,
        masks: MaskFolders | None,
        *,
        stamp_of: Callable[[ImageRecord], Stamp | None],
        worked_on: Callable[[], Collection[int]],
    ) -> None:
        """Prepares the pass. masks: what tells folders of masks, which are left out. stamp_of: that of the file of an
        image, None when it is not there or may not be looked at. worked_on: the ids of the images with objects, or with
        a word of the person; it is asked once, if at all."""
        self._file, self._images, self._root, self._masks = file, images, root, masks
        self._stamp_of, self._worked_on = stamp_of, cache(worked_on)
        self._known = {record.path: record for record in images.all()}
        self._respelled = Respelled(root, self._known.values(), stamp_of)
        self._seen: set[str] = set()
        self._added = 0
        self._tell: Tell = lambda _new: None
        self.scanned = Scanned()

    def steps(self, tell: Tell, first: str) -> Work[str]:
        """Goes through the folder: see ImageFolder.scan."""
        self._tell = tell
        passed = PassedOver(self._root)
        suspects = _Suspects(self._stamp_of, self._known.values())
        unclear, held = dict[str, Stamp](), list[_Held]()

        def is_suspect(path: str, stamp: Stamp) -> bool:
            return self._respelled.may_be(path) or suspects.may_hold(path, stamp)

        try:
            for files in image_files(self._root, passed, first=first, masks=self._masks):
                new, stamped = dict[str, Stamp | None](), list[tuple[int, Stamp]]()
                for path, stamp in self._found(files):
                    record = self._known.get(path)
                    if record is None and stamp is not None and is_suspect(path, stamp):
                        unclear[path] = stamp
                    elif record is None:
                        new[path] = stamp
                    elif stamp is not None and record.size_bytes is None:
                        stamped.append((record.id, stamp))
                    elif stamp is not None and not is_untouched(record, stamp):
                        held.append(_Held(record, stamp))
                self._write(new, stamped)
                if new or stamped or not files or len(files) == SCANNED_AT_ONCE:
                    yield Progress(self._added, 0)
            held += self._respell(unclear)
            held += self._pages_gone() if held else []
            if unclear or held:
                yield from self._settle(unclear, held)
        finally:
            if self.scanned.has_rewritten:
                self._images.forget()
        return passed.sentence

    def _found(self, files: Iterable[str]) -> Iterator[tuple[str, Stamp | None]]:
        """Each path of these files once, with its stamp."""
        root = os.fspath(self._root)
        for file in files:
            stamp = stamp_of_file(f"{root}/{file}")
            for path in pages_of(self._root, file):
                if path not in self._seen:
                    self._seen.add(path)
                    yield path, stamp

    def _pages_gone(self) -> Iterator[_Held]:
        """Images whose file has no such page any more."""
        for path, record in self._known.items():
            file, page = split(path)
            if page > 1 and path not in self._seen and file in self._seen:
                stamp = self._stamp_of(record)
                if stamp is not None and not is_untouched(record, stamp):
                    yield _Held(record, stamp)

    def _write(self, new: Mapping[str, Stamp | None], stamped: Sequence[tuple[int, Stamp]] = ()) -> None:
        if not new and not stamped:
            return
        with self._file.transaction():
            image_paths.add(self._file.db, new)
            image_paths.stamp(self._file.db, stamped)
        self.scanned.has_rewritten |= bool(stamped)
        self._tell(self._images.read_added(list(new)))
        self._added += len(new)

    def _respell(self, unclear: dict[str, Stamp]) -> list[_Held]:
        """Gives images the names that their files are spelled with now, and takes these from what is unclear; returns
        those whose files are others too."""
        found = self._respelled.take(unclear, self._seen)
        if not found:
            return []
        with self._file.transaction():
            image_paths.exchange(self._file.db, {record.id: path for path, record in found.items()})
        self.scanned.respelled = {record.id for record in found.values()}
        self.scanned.has_rewritten = True
        self._added += len(found)
        for path, record in found.items():
            del self._known[record.path]
            self._known[path] = replace(record, path=path)
        at = [_Held(self._known[path], unclear.pop(path)) for path in found]
        self._write({}, [(each.record.id, each.stamp) for each in at if each.record.size_bytes is None])
        return [each for each in at if not is_untouched(each.record, each.stamp)]

    # --- what is not where it was --------------------------------------------------------------------------------

    def _settle(self, unclear: Mapping[str, Stamp], held: Sequence[_Held]) -> Work[None]:
        """Finds out what lies at paths that are new, and at those of images whose file may be another one."""
        contents = yield from self._contents((each.path, each.stamp) for each in held if each.record.content_hash)
        liked: dict[int, Likeness] = {
            each.record.id: likeness_of(each.record, each.stamp, contents.get(each.path)) for each in held
        }
        self._write({}, [(each.record.id, each.stamp) for each in held if liked[each.record.id] == "touched"])
        held = [each for each in held if liked[each.record.id] != "touched"]
        unseen = (record for record in self._known.values() if record.path not in self._seen)
        missing = [record for record in unseen if self._stamp_of(record) is None]
        displaced = Displaced([*missing, *(each.record for each in held)], worked_on=self._worked_on())
        places = {**unclear, **{each.path: each.stamp for each in held}}
        contents |= yield from self._contents(
            place for place in places.items() if place[0] not in contents and displaced.may_hold(*place)
        )
        moved = {path: found for path in places if (found := displaced.take(path, contents.get(path))) is not None}
        moved |= displaced.take_timed(place for place in places.items() if place[0] not in moved)
        yield from self._move_to_new(unclear, moved)
        self._exchange(held, moved)
        self._judge(held, liked)

    def _contents(self, places: Iterable[tuple[str, Stamp]]) -> Work[dict[str, str]]:
        """The content hashes by path, of those that can be read. To find out may mean to read large files."""
        contents: dict[str, str] = {}
        told_at = monotonic()
        for path, stamp in places:
            content = content_at(self._root / path, stamp)
            if content is not None:
                contents[path] = content
            if monotonic() - told_at > _STEP_S:
                yield Progress(self._added, 0)
                told_at = monotonic()
        return contents

    def _move_to_new(self, unclear: Mapping[str, Stamp], moved: Mapping[str, ImageRecord]) -> Work[None]:
        """Gives images the new paths where their files lie; the other ones are new images."""
        places = list(unclear.items())
        for start in range(0, len(places), SCANNED_AT_ONCE):
            some = places[start : start + SCANNED_AT_ONCE]
            at = {path: (moved[path], stamp) for path, stamp in some if path in moved}
            if at:
                with self._file.transaction():
                    self._take(at, {})
                self._added += len(at)
            self._write({path: stamp for path, stamp in some if path not in moved})
            yield Progress(self._added, 0)

    def _exchange(self, held: Sequence[_Held], moved: Mapping[str, ImageRecord]) -> None:
        """Gives images the paths of others, all in one transaction: one may wait for the other. Who has none then gets
        another name; where a file is left that nobody had, it is a new image."""
        at = {each.path: (moved[each.path], each.stamp) for each in held if each.path in moved}
        leaving = self.scanned.moved | {record.id for record, _ in at.values()}
        taken = self._known.keys() | self._seen
        for record in (each.record for each in held if each.path in at and each.record.id not in leaving):
            self.scanned.gone[record.id] = record.path, name_of_missing(record.path, taken)
            taken.add(self.scanned.gone[record.id][1])
        if at:
            with self._file.transaction():
                self._take(at, {image_id: path for image_id, (_, path) in self.scanned.gone.items()})
        left = (each for each in held if each.record.id in leaving and each.path in self._seen)
        self._write({each.path: each.stamp for each in left if each.path not in at})

    def _take(self, at: Mapping[str, tuple[ImageRecord, Stamp]], instead: Mapping[int, str]) -> None:
        paths = {record.id: path for path, (record, _) in at.items()}
        image_paths.exchange(self._file.db, {**paths, **instead})
        image_paths.stamp(self._file.db, [(record.id, stamp) for record, stamp in at.values()])
        self.scanned.moved |= paths.keys()
        self.scanned.has_rewritten = True

    def _judge(self, held: Sequence[_Held], liked: Mapping[int, Likeness]) -> None:
        """What is left are images whose file was replaced. Where there are objects on it the person says whether that
        is right; else nothing depends on what was known of it."""
        elsewhere = self.scanned.moved | self.scanned.gone.keys()
        left = [each for each in held if each.record.id not in elsewhere]
        self.scanned.replaced = {each.record.id: liked[each.record.id] for each in left if self._is_worked_on(each)}
        renewed = [(each.record.id, each.stamp) for each in left if not self._is_worked_on(each)]
        if renewed:
            with self._file.transaction():
                image_paths.renew(self._file.db, renewed)
            self.scanned.renewed = {image_id for image_id, _ in renewed}
            self.scanned.has_rewritten = True

    def _is_worked_on(self, held: _Held) -> bool:
        return held.record.id in self._worked_on()


class _Suspects:
    """Images that may lie elsewhere: at their path is no file of that size and time."""

    def __init__(self, stamp_of: Callable[[ImageRecord], Stamp | None], records: Iterable[ImageRecord]) -> None:
        self._stamp_of = stamp_of
        self._by_size: dict[int | None, list[ImageRecord]] = {}
        for record in records:
            self._by_size.setdefault(-1 if is_paged(record.path) else record.size_bytes, []).append(record)
        self._answers: dict[int | None, bool] = {}
        """Of the sizes that were asked for: thousands of files of a microscope have the same one."""

    def may_hold(self, path: str, stamp: Stamp) -> bool:
        size = -1 if is_paged(path) else stamp.size_bytes
        if size not in self._answers:
            self._answers[size] = any(map(self._is_elsewhere, self._by_size.get(size, ())))
        return self._answers[size]

    def _is_elsewhere(self, record: ImageRecord) -> bool:
        stamp = self._stamp_of(record)
        return stamp is None or not is_untouched(record, stamp)
