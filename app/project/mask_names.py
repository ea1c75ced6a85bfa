"""What folders of masks are called, and what the photos beside them: by the layouts of VOC, COCO, YOLO, Cityscapes,
CamVid, ADE20K, KITTI, DAVIS, and the folders that labelme and others write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from itertools import chain
from pathlib import PurePosixPath

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""SegmentationClassPNG is Segmentation, Class and PNG."""
_WORDS = """mask masks label labels labeled labelled annot annots annotation annotations ann anns gt gts groundtruth
truth seg segs segmentation segmentations segmap segmaps semantic instance instances panoptic stuff pixelmaps thingmaps
stuffthingmaps trimap trimaps matte mattes alpha parsing parsings"""
_MASKS = frozenset(_WORDS.split())
_COLORS = frozenset({"color", "colors", "colour", "colours", "colormap", "palette"})
_MASK_ENDS = ("annot", "annots", "masks", "mask", "labels")
_PICTURES = frozenset(
    ["viz", "visualization", "visualizations", "visualisation", "visualisations", "overlay", "overlays"]
)
_PHOTOS = frozenset(["image", "images", "img", "imgs", "photo", "photos", "jpeg", "rgb"])
_MADE_BY_HAND = frozenset({"labeled", "labelled", "annotated"})
_PAIRED = frozenset({"mask", "masks"})
_ENDS_OF_PHOTOS = ("_leftImg8bit", "_image", "_img", "_rgb", "_RGB", "_sat")
_LAST_WORD = re.compile(r"[-_. ][^-_. ]+\Z")
_MASK_OF = re.compile(r"(.*[^-_. ])[-_. ]([A-Za-z]+)(?:[-_ ]?\d+)?")
_MOST_WORDS = 3
"""At the end of a name: x_gtFine_polygons_color of Cityscapes has them."""


class Holds(Enum):
    """What the name of a folder says that it holds."""

    MASKS = "masks"
    COLORS = "colours"
    """Masks in colours, or pictures of which there are others in grey."""
    PICTURES = "pictures of masks"
    """Laid over the photos, to be looked at."""


@lru_cache(maxsize=10_000)
def held_by(name: str) -> Holds | None:
    """Returns what the name of a folder says that it holds; None when it may be anything."""
    words = {part.lower() for part in _PART.findall(name)}
    is_mask = bool(words & _MASKS) or any(word.endswith(_MASK_ENDS) for word in words)
    if words & _PICTURES or (is_mask and "vis" in words):
        return Holds.PICTURES
    if words & _MADE_BY_HAND and words & _PHOTOS:
        return None  # labeled_images: those that are done
    if is_mask:
        return Holds.MASKS
    return Holds.COLORS if words & _COLORS else None


def is_of_photos(name: str) -> bool:
    """Tells whether a folder is called as photos are."""
    return any(part.lower() in _PHOTOS for part in _PART.findall(name))


def is_pair(name: str, other: str) -> bool:
    """Tells whether folders are called images and masks: what is in them may have names of its own."""
    return name.lower() in _PAIRED and other.lower() in _PHOTOS


def says_mask(name: str) -> bool:
    """Tells whether a folder is called masks, and not only as the files of labels may be."""
    return any(part.lower().endswith(("mask", "masks")) for part in _PART.findall(name))


def mask_of(stem: str) -> tuple[str, str] | None:
    """Returns what the photo of a mask beside it is called, and the word behind that, of x_mask or x_mask_1. None of
    what is called otherwise. stem: of the file, without the ending."""
    found = _MASK_OF.fullmatch(stem)
    if found is None or held_by(found[2]) is not Holds.MASKS:
        return None
    return found[1], found[2]


def lies_among_masks(path: str) -> bool:
    """Tells whether a folder on the way to a file is called as those of masks are. path: with forward slashes."""
    return _is_of_masks(path.rpartition("/")[0])


@lru_cache(maxsize=10_000)
def _is_of_masks(folder: str) -> bool:
    return any(map(held_by, folder.split("/")))


def stems_of_photo(mask: str) -> Iterator[str]:
    """Yields what the photo of a mask may be called, the likeliest first. mask: its name without the ending."""
    yield mask
    shorter = [mask]
    while len(shorter) <= _MOST_WORDS and (cut := _LAST_WORD.sub("", shorter[-1])) not in (shorter[-1], ""):
        shorter.append(cut)
    yield from shorter[1:]
    yield from (stem + end for stem in shorter[1:] for end in _ENDS_OF_PHOTOS)


def folders_of_photo(folder: str, mask: str) -> list[str]:
    """Returns where the photo of a mask may lie within a folder of photos: annotations/panoptic_train2017/1.png is of
    train2017/1.jpg, or images/train2017/1.jpg. folder: of the masks, by name. mask: its path within that."""
    parent = PurePosixPath(mask).parent
    own = "_".join(part for part in re.split("[-_]", folder) if held_by(part) is None)
    ends = (str(parent.with_name(parent.name.rpartition("_")[2])) if "_" in parent.name else ".",)
    return list(dict.fromkeys(chain((str(parent), "."), ends, (own or ".",))))
