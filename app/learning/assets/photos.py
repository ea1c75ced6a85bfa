"""The photos that the starter may learn from: only those whose licence, file by file, lets us give away the result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.learning.assets.debian import Copyright, Licence, copyright_of
from app.learning.assets.fetching import debian
from app.learning.assets.rcc import resources

_PLASMA = "plasma-workspace-wallpapers"
"""Its copyright file says GPL of them all; metadata.json beside each wallpaper tells its own licence."""
_GCOMPRIS = "gcompris-qt-data"


@dataclass(frozen=True)
class Folder:
    """Pictures of a package in files of their own. root: where in the package the source's files lie. by_name: the
    source has other folders. drawn: names of what is no photograph. They are looked at: a sky has no detail either."""

    package: str
    root: str
    glob: str
    by_name: bool = False
    drawn: tuple[str, ...] = ()
    looked_at: bool = True


_SCRATCH_DRAWN = ("party-room", "room?", "spotlight-stage", "woods-and-bench", "brick-wall1", "school2")
_SKY_DRAWN = ("engine", "engine2", "eso0", "geoscan", "lobby", "tempest")
_FOLDERS = (
    Folder("lomiri-wallpapers-16.04", "usr/share", "backgrounds/**/*", by_name=True, looked_at=False),
    Folder("lomiri-wallpapers-20.04", "usr/share", "backgrounds/**/*", by_name=True, looked_at=False),
    Folder("ukui-wallpapers", "usr/share", "backgrounds/**/*", by_name=True, looked_at=False),
    Folder("endless-sky-data", "usr/share/games/endless-sky", "images/land/*.jpg"),
    Folder("endless-sky-data", "usr/share/games/endless-sky", "images/scene/*.jpg", drawn=_SKY_DRAWN),
    Folder("scratch", "usr/share/scratch", "Media/Backgrounds/*/*.jpg", drawn=_SCRATCH_DRAWN),
    Folder("plasma-workspace-data", "usr/share/plasma", "avatars/photos/*.png", by_name=True),
    Folder("libjxl-testdata", "usr/share/libjxl-testdata", "external/wesaturate/500px/*_srgb8.png"),
)

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_MIN_BYTES = 12_000
_MIN_SIDE_PX, _MAX_SIDE_PX = 200, 1400
_MAX_TRANSPARENT = 0.02
_MAX_FLAT = 0.6
"""Of the pixels without any detail: more is a drawing."""
_SAME = 0.96
"""Correlation of two thumbnails that show the same picture."""

Bgr = NDArray[np.uint8]


@dataclass(frozen=True)
class PhotoSource:
    """Where a photo came from, and under which licence."""

    package: str
    path: str
    licence: str
    holders: str


def collect(packages: Path, target: Path) -> list[PhotoSource]:
    """Writes NNNN.jpg and photos.json, the list of their sources, in the order of the numbers."""
    target.mkdir(parents=True, exist_ok=True)
    kept: list[PhotoSource] = []
    thumbnails: list[NDArray[np.float32]] = []
    for source, photo in _permitted(packages):
        thumbnail = _thumbnail(photo)
        if all(float((thumbnail * other).mean()) < _SAME for other in thumbnails):
            cv2.imwrite(str(target / f"{len(kept):04d}.jpg"), photo, [cv2.IMWRITE_JPEG_QUALITY, 93])
            kept.append(source)
            thumbnails.append(thumbnail)
    listed = json.dumps([asdict(source) for source in kept], indent=1, ensure_ascii=False)
    (target / "photos.json").write_text(listed, encoding="utf-8")
    return kept


def _permitted(packages: Path) -> Iterator[tuple[PhotoSource, Bgr]]:
    for source, content in _from_gcompris(debian(_GCOMPRIS, packages)):
        yield from _usable(source, content)
    for folder in _FOLDERS:
        for source, content in _from_folder(folder, debian(folder.package, packages)):
            yield from _usable(source, content, looked_at=folder.looked_at)
    for source, content in _from_plasma(debian(_PLASMA, packages)):
        yield from _usable(source, content)


def _usable(source: PhotoSource, content: bytes, *, looked_at: bool = False) -> Iterator[tuple[PhotoSource, Bgr]]:
    photo = _photo(content)
    if photo is not None and (looked_at or _flat_share(photo) < _MAX_FLAT):
        yield source, photo


def _from_folder(folder: Folder, package: Path) -> Iterator[tuple[PhotoSource, bytes]]:
    licences = copyright_of(folder.package, package)
    root = package / folder.root
    for path in sorted(root.glob(folder.glob)):
        if not any(fnmatchcase(path.stem, drawn) for drawn in folder.drawn):
            name = path.relative_to(root).as_posix()
            licence = licences.licence_of(name, by_name=folder.by_name) or _whole(licences)
            yield from _if_permitted(folder.package, name, licence, path)


def _whole(licences: Copyright) -> Licence | None:
    """Returns the licence of a package that has one licence for everything, else None."""
    return licences.licence_of("any")


def _from_gcompris(root: Path) -> Iterator[tuple[PhotoSource, bytes]]:
    licences = copyright_of(_GCOMPRIS, root)
    for archive in sorted(root.glob("usr/share/gcompris-qt/rcc/**/*.rcc")):
        for path, content in resources(archive):
            name = path.removeprefix("/gcompris/")
            licence = licences.licence_of(name)
            if licence and licence.permits and name.lower().endswith(_SUFFIXES):
                yield PhotoSource(_GCOMPRIS, name, licence.name, licence.holders), content


def _from_plasma(root: Path) -> Iterator[tuple[PhotoSource, bytes]]:
    for metadata in sorted(root.glob("usr/share/wallpapers/*/metadata.json")):
        plugin = json.loads(metadata.read_text(encoding="utf-8"))["KPlugin"]
        authors = ", ".join(author["Name"] for author in plugin.get("Authors", []))
        images = sorted((metadata.parent / "contents/images").glob("*"), key=lambda path: path.stat().st_size)
        if images:
            licence = Licence(plugin.get("License", ""), authors)
            yield from _if_permitted(_PLASMA, f"{metadata.parent.name}/{images[-1].name}", licence, images[-1])


def _if_permitted(package: str, name: str, licence: Licence | None, path: Path) -> Iterator[tuple[PhotoSource, bytes]]:
    if licence and licence.permits and path.suffix.lower() in _SUFFIXES:
        yield PhotoSource(package, name, licence.name, licence.holders), path.read_bytes()


def _photo(content: bytes) -> Bgr | None:
    """BGR, at most _MAX_SIDE_PX. None for what is small or cut out."""
    decoded = (
        None if len(content) < _MIN_BYTES else cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    )
    if decoded is None or decoded.dtype != np.uint8 or min(decoded.shape[:2]) < _MIN_SIDE_PX:
        return None
    photo = np.asarray(decoded, np.uint8)
    if photo.ndim == 2:
        photo = np.repeat(photo[..., None], 3, axis=2)
    if photo.shape[2] == 4 and (photo[..., 3] < 250).mean() > _MAX_TRANSPARENT:
        return None
    photo = np.ascontiguousarray(photo[..., :3])
    scale = _MAX_SIDE_PX / max(photo.shape[:2])
    if scale < 1:
        photo = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return photo


def _flat_share(photo: NDArray[np.uint8]) -> float:
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return float((np.abs(cv2.Laplacian(half, cv2.CV_32F)) < 2).mean())


def _thumbnail(photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    small = np.asarray(cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA), np.float32)
    return (small - small.mean()) / (small.std() + np.float32(1e-3))
