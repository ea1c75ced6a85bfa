"""Files that hold masks in one folder with their photos: x_mask.png beside x.jpg, as Roboflow writes them, and
label.png in the folder that labelme makes of an image."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from app.images.drawn import LOSSLESS, Looks, looks_of
from app.project.mask_names import mask_of

_ENDINGS = (".jpg", ".jpeg", ".png", ".JPG", ".tif", ".tiff", ".bmp", ".webp", ".JPEG", ".PNG")
_OF_LABELME = ("label.png", "label_viz.png")
"""Which its labelme_export_json puts into a folder for each image, with a copy of that."""


class MaskFiles:
    """Decides which files are masks of a photo beside them: by their names, and a look at the first of a kind."""

    def __init__(self, root: Path, images: Collection[str], found: list[str]) -> None:
        """Prepares to look through root. images: paths of images that the project has, which it keeps with all of their
        kind. found: gets the kinds that are masks, as sub/*_mask.png."""
        self._root, self._images, self._found = root, images, found
        self._decided: dict[tuple[str, str], bool] = dict.fromkeys(self._kinds_of(images), False)
        """By the folder and the word that the names end with."""

    @staticmethod
    def _kinds_of(images: Collection[str]) -> set[tuple[str, str]]:
        paths = (path.rpartition("/") for path in images)
        return {(folder, parts[1]) for folder, _, name in paths if (parts := mask_of(PurePosixPath(name).stem))}

    def has(self, folder: Path, name: str) -> bool:
        """Tells whether a file in a folder is a mask of another one there."""
        if name in _OF_LABELME:
            return self._is_of_labelme(folder, name)
        stem, _, ending = name.rpartition(".")
        parts = mask_of(stem) if f".{ending.lower()}" in LOSSLESS else None
        if parts is None:
            return False
        photo = image_at(os.fspath(folder), parts[0])
        return photo is not None and self._is_decided(folder, name, parts[1], photo)

    def _is_decided(self, folder: Path, name: str, word: str, photo: Path) -> bool:
        kind = (self._path(folder), word)
        if kind not in self._decided:
            looks = looks_of(folder / name)
            is_blank_beside = looks is Looks.BLANK and looks_of(photo) is Looks.NATURAL
            self._decided[kind] = looks is Looks.DRAWN or is_blank_beside
            if self._decided[kind]:
                self._found.append(self._path(folder / f"*{name[len(photo.stem) :]}"))
        return self._decided[kind]

    def _is_of_labelme(self, folder: Path, name: str) -> bool:
        path = self._path(folder / name)
        if path in self._images or not is_of_labelme(folder):
            return False
        self._found.append(path)
        return True

    def _path(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def is_of_labelme(folder: Path) -> bool:
    """Tells whether a folder is what labelme makes of an image: a copy, a map and a picture of it."""
    return all(os.path.lexists(folder / name) for name in (*_OF_LABELME, "img.png"))


def image_at(folder: str, stem: str) -> Path | None:
    """Returns the image in a folder that has a name without its ending; None when there is none."""
    files = (f"{folder}{os.sep}{stem}{ending}" for ending in _ENDINGS)
    return next((Path(file) for file in files if os.path.lexists(file)), None)
