"""The image files below a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from heapq import merge
from itertools import islice
from pathlib import Path

import msgspec

from app.images.file_types import extra_missing_for, suffixes
from app.images.page_bytes import page_numbers
from app.images.pages import path_of
from app.project.links import way_out
from app.project.mask_folders import MaskFolders
from app.project.passed_over import PassedOver

EXPORTED = ".maskwright.json"
"""In a folder that an export wrote: the size and time of every file that it put there, by path."""
SCANNED_AT_ONCE = 100
_READ_AT_ONCE = 1000
_MOST_LIST_BYTES = 64 << 20
_MOST_DIGITS = 1000  # Python refuses to read 4300; a database of a stranger may hold them
_DIGITS = re.compile(r"(\d+)")


def pages_of(root: Path, file: str) -> list[str]:
    """The paths of the images in a file: of its pages, if it has several. file: relative to root."""
    return [path_of(file, page) for page in page_numbers(root / file)]


def image_files(
    root: Path, passed_over: PassedOver | None = None, *, first: str = "", masks: MaskFolders | None = None
) -> Iterator[list[str]]:
    """Paths relative to root, with forward slashes, folder by folder, a hundred at a time; none while a large folder is
    being read. Hidden files and folders are passed over, links that lead out of root too, what an export wrote, folders
    that may not be read and names that are no text. passed_over: hears of what is neither hidden nor ours.
    first: the path of a file that comes before all others, and once more in its place; spelled as it is not listed, in
    its place only. masks: leaves out folders of masks.
    """
    if first and _is_image_file(root, first):
        yield [first]
    files: list[str] = []
    for file in _files(root, passed_over or PassedOver(root), masks):
        files += [file] if file else []
        if not file or len(files) == SCANNED_AT_ONCE:
            yield files
            files = []
    if files:
        yield files


def _files(root: Path, passed_over: PassedOver, masks: MaskFolders | None) -> Iterator[str | None]:
    """None: that took some milliseconds, and there is more to come."""
    wanted = suffixes()
    exported: dict[str, int] = {}
    pending = [root]
    while pending:
        folder = pending.pop()
        if folder != root:  # who opens the folder of an export wants to see it
            exported |= _exported(folder, root)
        folders: list[Path] = []
        for entry in _entries(folder, passed_over):
            if entry is None:
                yield None
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
                continue
            suffix = Path(entry.name).suffix.lower()
            if suffix in wanted and _is_inside(entry, root, passed_over):
                path = Path(entry.path).relative_to(root).as_posix()
                is_mask = masks is not None and masks.has_file(folder, entry.name)
                if not is_mask and (path not in exported or _size_of(entry) != exported[path]):
                    yield path
            elif extra := extra_missing_for(suffix):
                passed_over.extras[extra] += 1
            elif suffix not in wanted and entry.is_symlink():
                passed_over.note_link(Path(entry.path))
        pending += reversed(masks.without_masks(folder, folders) if masks and folders else folders)


def _size_of(entry: os.DirEntry[str]) -> int | None:
    """None where it has gone meanwhile."""
    try:
        return entry.stat().st_size
    except OSError:
        return None


def _entries(folder: Path, passed_over: PassedOver) -> Iterator[os.DirEntry[str] | None]:
    """Yields the visible entries of a folder in natural order. None after each thousand that were read: 20,000 to be
    sorted at once would hold the window up."""
    sorted_parts: list[list[tuple[list[str | int], str, os.DirEntry[str]]]] = []
    try:
        with os.scandir(folder) as entries:
            while some := list(islice(entries, _READ_AT_ONCE)):
                if sorted_parts:
                    yield None
                named = [(natural(e.name), e.name, e) for e in some if _is_visible(e, passed_over)]
                sorted_parts.append(sorted(named))  # no two have one name
    except OSError:
        passed_over.note(passed_over.unread, folder)
        return
    yield from (entry for _, _, entry in merge(*sorted_parts))


def _exported(folder: Path, root: Path) -> dict[str, int]:
    """The sizes of what an export wrote, in bytes: masks that lie beside the photos are none."""
    file = folder / EXPORTED
    try:
        if file.is_symlink() or file.stat().st_size > _MOST_LIST_BYTES:
            return {}
        listed = msgspec.json.decode(file.read_bytes(), type=dict[str, tuple[int, int]])
    except (OSError, ValueError, RecursionError):
        return {}
    within = folder.relative_to(root)
    return {(within / path).as_posix(): size for path, (size, _) in listed.items()}


def _is_visible(entry: os.DirEntry[str], passed_over: PassedOver) -> bool:
    if entry.name.startswith("."):
        return False
    try:
        entry.name.encode()
    except UnicodeEncodeError:  # bytes of an old disk that are not UTF-8: neither a database nor COCO can hold them
        passed_over.note(passed_over.nameless, Path(entry.path))
        return False
    return True


def _is_inside(entry: os.DirEntry[str], root: Path, passed_over: PassedOver) -> bool:
    try:
        leads_out = entry.is_symlink() and way_out(root, Path(entry.path)) is not None
        if leads_out or (entry.is_symlink() and not entry.is_file()):
            passed_over.note(passed_over.links, Path(entry.path))
            return False
        return entry.is_file()
    except OSError:  # a link to where one may not look
        passed_over.note(passed_over.unread, Path(entry.path))
        return False


def _is_image_file(root: Path, path: str) -> bool:
    file = root / path
    is_visible = not any(part.startswith(".") for part in path.split("/"))
    is_image = is_visible and file.suffix.lower() in suffixes() and way_out(root, file) is None and file.is_file()
    return is_image and _is_listed_so(root, path)


def _is_listed_so(root: Path, path: str) -> bool:
    """Whether the names are spelled as their folders list them: Windows and macOS open a file by other spellings too,
    and the image would come twice."""
    folder = root
    try:
        for part in path.split("/"):
            if part not in os.listdir(folder):  # noqa: PTH208  100,000 names need not become paths
                return False
            folder /= part
    except OSError:  # a folder that may be gone through and not listed: nothing lists the file
        return False
    return True


def natural_path() -> Callable[[str], list[list[str | int]]]:
    """Returns a sort key for many paths with forward slashes: folder by folder, each name as natural. Folders are
    looked at once."""

    @cache
    def of_folder(folder: str) -> list[list[str | int]]:
        return [natural(part) for part in folder.split("/")]

    def key(path: str) -> list[list[str | int]]:
        folder, slash, name = path.rpartition("/")
        return [*of_folder(folder), natural(name)] if slash else [natural(name)]

    return key


def natural(name: str) -> list[str | int]:
    """Sorts img2 before img10."""
    parts = _DIGITS.split(name.casefold())
    for place in range(1, len(parts), 2):
        parts[place] = int(parts[place][:_MOST_DIGITS])
    return parts
