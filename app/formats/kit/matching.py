"""Which image of the project an entry of a file, or a file of a folder, means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from posixpath import normpath

from app.formats.kit.assignment import Assignment, Readings
from app.formats.kit.paths import EXACT, Group, Paths, loose, name_of, plain, undotted, without_ending
from app.formats.kit.report import Nowhere
from app.images.pages import as_file
from app.problem import Problem
from app.project.mask_names import lies_among_masks
from app.project.records import ImageRecord
from app.text import say


class ImageFinder:
    """Finds the images that the paths in one file mean.

    The path below the folder of the images decides, else one that is alike; else the name alone, if it is the only one
    on both sides. Nothing is ever opened by a path of the file: it is only compared with the images the project has.
    """

    def __init__(self, images: Iterable[ImageRecord], file_names: Iterable[str]) -> None:
        self._records = list(images)
        self._file_names = list(file_names)
        self._by_exact_path = {record.path: record for record in self._records}

    def find(self, file_name: str) -> ImageRecord:
        """Returns the image that a path in the file means. Problem when the project has no such image or several, or
        the path leads elsewhere."""
        if ".." in file_name and ".." in plain(file_name).split("/"):
            raise Problem(
                say("{file_name}: a path that leads out of the folder of the images is refused.", file_name=file_name)
            )
        return self._by_exact_path.get(undotted(file_name)) or self._alike(file_name)

    # --- made for the first file_name that is no exact path: it takes long for 100,000 ---------------------------

    @cached_property
    def _by_path(self) -> dict[str, Group]:
        found: dict[str, Group] = {}
        for record in self._records:
            for path in {plain(as_file(record.path)), plain(record.path)}:
                found.setdefault(path, []).append(record)
        return found

    @cached_property
    def _by_name(self) -> dict[str, Group]:
        return _by_name(self._records, lambda path: [name_of(path)])

    @cached_property
    def _by_stem(self) -> dict[str, Group]:
        return _by_name(self._records, lambda path: [PurePosixPath(path).stem])

    @cached_property
    def _named_so(self) -> dict[str, Group]:
        return _named_so(self._records)

    @cached_property
    def _entries(self) -> set[str]:
        return set(map(undotted, self._file_names))

    @cached_property
    def _listed(self) -> Counter[str]:
        return Counter(name_of(plain(entry)) for entry in self._entries)

    @cached_property
    def _loosely(self) -> _Loosely:
        return _Loosely(self._records, ([entry] for entry in self._entries))

    @cached_property
    def _exactly_listed(self) -> set[int]:
        return {record.id for record in self._records if record.path in self._entries}

    def _alike(self, file_name: str) -> ImageRecord:
        path = plain(file_name)
        name = name_of(path)
        found = self._by_path.get(path, [])
        if not found and self._listed[name] <= 1:
            found = self._by_name.get(name, []) or ([] if "." in name else self._by_stem.get(name, []))
        found = [record for record in found if record.id not in self._exactly_listed]
        if not found:
            alike = [record for record in self._named_so.get(name, []) if record.id not in self._exactly_listed]
            _refuse_doubtful(alike, file_name, self._listed[name])
            found = [each for each in self._loosely.of(path, name) if each.id not in self._exactly_listed]
        return _only(found, file_name, file_name)


class FileFinder:
    """Finds the images that files are about, as sub/cat.txt is about sub/cat.jpg.

    The whole path decides, with or without the ending of the image; else the name alone, if it is the only one on both
    sides. Nothing is opened by a path of a file.
    """

    def __init__(
        self, images: Iterable[ImageRecord], files: Iterable[str], readings: Readings = lambda file: [file]
    ) -> None:
        """Prepares to find the images that files of labels are about. files: relative to their folder, without their
        ending. readings: the likeliest first."""
        records = list(images)
        listed = list(files)
        self._records = records
        self._readings = readings
        self._listed_files = listed
        self._paths = Paths(records)
        self._assignment = Assignment(self._paths, listed, readings)
        self._by_name = _by_name(records, lambda path: [name_of(path), PurePosixPath(path).stem])
        self._listed = Counter(name for file in set(listed) for name in self._names(file))

    def find(self, file: str, *said: str) -> ImageRecord:
        """Returns the image that a listed file is about. said: paths one of which is that of the image by what the file
        says or is said of it. Problem when the project has no such image, or several may be meant."""
        own, told = self._assignment.images_of(file), self._told(file, said)
        agreed = [record for record in own if record in told]
        is_in_doubt = (
            bool(own) and not agreed and any(self._assignment.is_claimed_by_other(file, record.id) for record in told)
        )
        found = [*told, *own] if is_in_doubt else agreed or told or own or self._named(file, said)
        if not found:
            names = [*(name_of(plain(path)) for path in said), *self._names(file)]
            alike = next((self._named_so[name] for name in names if name in self._named_so), Group())
            alike = [record for record in alike if not self._assignment.is_claimed_by_other(file, record.id)]
            _refuse_doubtful(alike, file, self._listed[name_of(plain(file))])
            loosely = self._loosely.of(*(plain(path) for path in (*said, *self._readings(file))), *names)
            found = [each for each in loosely if not self._assignment.is_claimed_by_other(file, each.id)]
        record = _only(found, file, (*said, *self._readings(file))[0])
        if rivals := self._assignment.rivals(file, record.id):
            raise Problem(
                say(
                    "{file} and {rivals_1} may both mean {path}, and nothing tells which does.",
                    file=file,
                    rivals_1=rivals[0],
                    path=record.path,
                )
            )
        return record

    def knows(self, path: str) -> bool:
        """Tells whether the project has an image that is exactly there. path: with or without its ending."""
        return any(self._paths.tiers(path)[:EXACT])

    @cached_property
    def _named_so(self) -> dict[str, Group]:
        return _named_so(self._records)

    @cached_property
    def _loosely(self) -> _Loosely:
        return _Loosely(self._records, map(self._readings, set(self._listed_files)))

    def _told(self, file: str, said: Sequence[str]) -> Group:
        """An exact path is believed also where another file has its name; but a backslash may be a letter on Linux."""
        by_tier = zip(*map(self._paths.tiers, said), strict=True)
        for place, groups in enumerate(by_tier):
            found = {record.id: record for group in groups for record in group}
            if place or "\\" in file:
                found = {
                    key: record for key, record in found.items() if not self._assignment.is_claimed_by_other(file, key)
                }
            if found:
                return list(found.values())
        return []

    def _named(self, file: str, said: Sequence[str]) -> Group:
        own = self._names(file)
        if self._listed[name_of(plain(file))] > 1:
            return []
        for name in (*(name_of(plain(path)) for path in said), *own):
            found = self._by_name.get(name, [])
            if (
                found
                and self._listed[name] <= (name in own)
                and not self._assignment.is_claimed_by_other(file, found[0].id)
            ):
                return found
        return []

    def _names(self, file: str) -> list[str]:
        return list(dict.fromkeys(name_of(plain(path)) for path in (*self._readings(file), file)))


def places_meant(file: str, path: str) -> list[str]:
    """Lists where the image may lie that a file about it names by a path: as the path leads from the file; and beside
    the file, as their folders may be apart, but not where the path ends in other folders than that of the file. That
    would be a third image. file: relative to the folder of all such files."""
    parent, named = PurePosixPath(file).parent, PurePosixPath(path)
    ends_alike = not parent.parts or named.parent.parts[-len(parent.parts) :] == parent.parts
    beside = [str(parent / named.name)] if ends_alike else []
    return [normpath(parent / named), *beside] if named.name else []


def _by_name(records: Iterable[ImageRecord], names: Callable[[str], Sequence[str]]) -> dict[str, Group]:
    """Returns images by their names, where no other image shares the name but those among masks. names: of a plain
    path, what comes first is the stronger."""
    found: dict[str, Group] = {}
    for kind in zip(*(names(plain(as_file(record.path))) for record in records), strict=True):
        counts = Counter(kind)
        several: dict[str, Group] = {}
        for name, record in zip(kind, records, strict=True):
            if counts[name] == 1:
                found.setdefault(name, [record])
            else:
                several.setdefault(name, []).append(record)
        for name, group in several.items():
            if len(photos := _photos(group)) == 1:
                found.setdefault(name, photos)
    return found


def _photos(found: Group) -> Group:
    """Returns those of the images that do not lie among masks: in a dataset SegmentationClass/x.png is about
    JPEGImages/x.jpg."""
    return [record for record in found if not lies_among_masks(record.path)]


def _named_so(records: Iterable[ImageRecord]) -> dict[str, Group]:
    """Returns all images by their names, with and without the ending."""
    found: dict[str, Group] = {}
    for record in records:
        name = name_of(plain(as_file(record.path)))
        for each in {name, PurePosixPath(name).stem}:
            found.setdefault(each, []).append(record)
    return found


class _Loosely:
    """Images whose paths or names are only spelled in another way, where no other image and no other entry is."""

    def __init__(self, records: Iterable[ImageRecord], listed: Iterable[Iterable[str]]) -> None:
        """Prepares to find them. listed: the paths that each entry may mean."""
        self._found: dict[str, Group] = {}
        for record in records:
            path = plain(as_file(record.path))
            stem = without_ending(PurePosixPath(path)).as_posix()
            for each in {loose(path), loose(stem), loose(name_of(path)), loose(name_of(stem))}:
                self._found.setdefault(each, []).append(record)
        self._listed = Counter(name for paths in listed for name in {loose(name_of(plain(path))) for path in paths})

    def of(self, *paths: str) -> Group:
        """Returns the one image that plain paths mean, the surest first; nothing where it is not the only one."""
        for path in paths:
            found = self._found.get(loose(path), [])
            if found:
                return found if len(found) == 1 and self._listed[loose(name_of(path))] <= 1 else []
        return []


def _refuse_doubtful(named_so: Group, file: str, times_listed: int) -> None:
    """Raises a Problem where images of the project have the name, but nothing tells which of them is meant: to say that
    there is none would not be true. times_listed: how often the name is listed."""
    if len(named_so) > 1:
        raise Problem(
            say(
                "{file} may mean {count} images of that name, as {path} and {path_2}, and nothing tells which.",
                file=file,
                count=len(named_so),
                path=named_so[0].path,
                path_2=named_so[1].path,
            )
        )
    if named_so and times_listed > 1:
        raise Problem(
            say(
                "{file} is one of {count} entries of that name, and nothing tells which of them means {path}.",
                file=file,
                count=times_listed,
                path=named_so[0].path,
            )
        )


def _only(found: Group, file: str, shown: str) -> ImageRecord:
    if not found:
        raise Nowhere(say("{shown} is not among the images of the project.", shown=shown))
    if len(found) > 1 and len(photos := _photos(found)) == 1:
        return photos[0]
    if len(found) > 1:
        raise Problem(
            say(
                "{file} may mean {path} or {path_2}, and nothing tells which.",
                file=file,
                path=found[0].path,
                path_2=found[1].path,
            )
        )
    return found[0]
