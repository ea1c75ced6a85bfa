"""Folders of a dataset that hold masks, and pictures made of them, beside the photos: no images of a project.

A folder is one of masks when three things agree: its name (mask_names), the names of its files, which are those of
photos beside it, and a look at two of them. Nobody's photos are left out for the name of their folder alone. A glance
is enough: a hundred thousand files are not gone through.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from app.images.drawn import LOSSLESS, Looks, looks_of
from app.images.file_types import suffixes
from app.project.mask_files import MaskFiles, image_at, is_of_labelme
from app.project.mask_names import Holds, folders_of_photo, held_by, is_of_photos, is_pair, says_mask, stems_of_photo
from app.tally import first_of
from app.text import say

ALL_IMAGES = "all_images"
"""Setting: whether what lies in folders of masks is images of the project too."""
_SAMPLES, _LOOKED_AT = 6, 2
_MOST_FOLDERS, _MOST_ENTRIES = 30, 2000
"""So many are gone through for the samples."""
_MOST_BESIDE, _MOST_OF_MASKS = 8, 64
"""Of the folders in one, so many are looked at."""


class MaskFolders:
    """Decides, folder by folder, what a scan does not look into."""

    def __init__(self, root: Path, images: Collection[str] = ()) -> None:
        """Prepares to look through root. images: paths of images that the project has; where one lies, or below, it
        gets the others too."""
        self._root = root
        self._kept = _folders_of(images)
        self.found: list[str] = []
        """What was left out: paths relative to root; of files as sub/*_mask.png."""
        self._files = MaskFiles(root, images, self.found)

    def without_masks(self, folder: Path, folders: Sequence[Path]) -> list[Path]:
        """Returns those of the folders in a folder that are to be looked into."""
        named = [each for each in folders if held_by(each.name)][:_MOST_OF_MASKS]
        beside = sorted(
            (each for each in folders if not held_by(each.name)), key=lambda each: not is_of_photos(each.name)
        )
        places = [*beside[:_MOST_BESIDE], folder]
        left_out = {each for each in named if self._is_new(each) and _is_of_masks(each, places)}
        left_out |= {each for each in folders if self._is_new(each) and is_of_labelme(each) and _has_photo(each)}
        self.found += [self._path(each) for each in folders if each in left_out]
        return [each for each in folders if each not in left_out]

    def has_file(self, folder: Path, name: str) -> bool:
        """Tells whether an image file in a folder that is looked into is the mask of another one there."""
        return self._files.has(folder, name)

    def _is_new(self, folder: Path) -> bool:
        return self._path(folder) not in self._kept

    def _path(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def told(found: Sequence[str]) -> str:
    """Says what was left out. found: see MaskFolders."""
    return say("Masks, not photos, were left out: {names}.", names=first_of(found))


def _folders_of(images: Iterable[str]) -> set[str]:
    found = {path.rpartition("/")[0] for path in images}
    for folder in list(found):
        while folder := folder.rpartition("/")[0]:
            found.add(folder)
    return found


def _is_of_masks(folder: Path, places: Sequence[Path]) -> bool:
    """Whether a folder holds masks of photos, or pictures of them. places: where the photos may lie."""
    samples = _samples(folder)
    if held_by(folder.name) is Holds.PICTURES:
        return _are_named_as_photos(folder, samples, places)
    if not samples or not (says_mask(folder.name) or all(_ending(each) in LOSSLESS for each in samples)):
        return False
    is_paired = any(is_pair(folder.name, each.name) for each in places[:-1])
    return (is_paired or _are_named_as_photos(folder, samples, places)) and _are_drawn(folder, samples, places)


def _are_named_as_photos(folder: Path, samples: Sequence[str], places: Sequence[Path]) -> bool:
    """Whether at least every other sample is called as a photo that lies in one of the places."""
    missed = 0
    for sample in samples:
        missed += _photo_of(folder, sample, places) is None
        if missed * 2 > len(samples):
            return False
    return bool(samples)


def _are_drawn(folder: Path, samples: Sequence[str], places: Sequence[Path]) -> bool:
    """Whether some samples look as masks do. Blank ones, and what is only called colours, are masks of what looks as a
    photo."""
    chosen = samples[:: len(samples) // _LOOKED_AT or 1]
    looks = {looks_of(folder / sample) for sample in chosen}
    if looks == {Looks.BLANK} or held_by(folder.name) is Holds.COLORS:
        photos = (_photo_of(folder, sample, places) for sample in chosen)
        are_of_photos = any(looks_of(photo) is Looks.NATURAL for photo in photos if photo is not None)
    else:
        are_of_photos = True
    return are_of_photos and looks <= {Looks.DRAWN, Looks.BLANK}


def _samples(folder: Path) -> list[str]:
    """Returns the paths of some image files below a folder, relative to it."""
    found: list[str] = []
    pending, wanted = [folder], suffixes()
    for _ in range(_MOST_FOLDERS):
        if not pending or len(found) >= _SAMPLES:
            break
        try:
            with os.scandir(pending.pop()) as entries:
                some = [each for each in islice(entries, _MOST_ENTRIES) if not each.name.startswith(".")]
        except OSError:
            continue
        pending += [Path(each.path) for each in some if each.is_dir(follow_symlinks=False)]
        files = (each for each in some if _ending(each.name) in wanted and each.is_file(follow_symlinks=False))
        found += [Path(each.path).relative_to(folder).as_posix() for each in islice(files, _SAMPLES)]
    return found[:_SAMPLES]


def _photo_of(folder: Path, sample: str, places: Sequence[Path]) -> Path | None:
    """Returns the photo in one of the places that a file in a folder of masks is called as; None when there is none."""
    where = [Path(place, each) for place in places for each in folders_of_photo(folder.name, sample)]
    there = [os.fspath(each) for each in dict.fromkeys(where) if each != (folder / sample).parent and each.is_dir()]
    stems = stems_of_photo(PurePosixPath(sample).stem)
    return next((photo for stem in stems for at in there if (photo := image_at(at, stem))), None)


def _has_photo(folder: Path) -> bool:
    """Whether the photo that labelme made a folder of lies beside it."""
    return image_at(os.fspath(folder.parent), folder.name.removesuffix("_json")) is not None


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
