"""The frames of CVAT's tracks (CVAT for video 1.1), and the images of the project that they are: a shape of a track
tells the number of its frame, and no name."""

from __future__ import annotations

import re
from copy import copy
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, SubElement

from app.formats.kit.importing import ImportTarget, make_target
from app.formats.kit.matching import ImageFinder
from app.formats.kit.report import Report
from app.formats.kit.xml import text_of
from app.problem import Problem
from app.project.records import ImageRecord
from app.project.store import Project
from app.text import say, say_n

_FRAME = re.compile(r"frame[_-]?(\d{1,15})", re.IGNORECASE)
"""The name that CVAT gives to a frame of a video, without its ending."""
_TRACK_ID = "track_id"
"""The attribute that keeps which objects are one, as datumaro and CVAT's own COCO name it."""


def of_track(track: Element, shape: Element) -> Element:
    """Returns a shape with what its track says of it."""
    whole = copy(shape)
    for key in ("label", "source", "group_id"):
        if (said := track.get(key)) is not None and shape.get(key) is None:
            whole.set(key, said)
    names = {each.get("name") for each in shape if each.tag == "attribute"}
    if (track_id := track.get("id")) is not None and _TRACK_ID not in names:
        SubElement(whole, "attribute", name=_TRACK_ID).text = track_id
    return whole


class Frames:
    """What a file tells of its frames, and what became of its tracks."""

    def __init__(self, project: Project) -> None:
        self.tracks = 0
        self.read = 0
        """Key frames."""
        self._project = project
        self._between = 0
        self._size: tuple[int, int] | None = None
        self._count = 0
        self._names: dict[int, str] = {}
        """Of the images that the file lists, by the number of their frame."""
        self._targets: dict[int, ImportTarget] = {}
        self._by_number: dict[int, list[ImageRecord]] | None = None
        self._is_by_order = False

    def hear_task(self, meta: Element) -> None:
        """Notes how many frames there are, and how large."""
        for element in meta.iter("original_size"):
            width, height = text_of(element, "width"), text_of(element, "height")
            if width.isdecimal() and height.isdecimal() and len(width + height) < 16:
                self._size = int(height), int(width)
        for task in (*meta.findall("task"), *meta.findall("job")):
            count, start, part = (text_of(task, key) for key in ("size", "start_frame", "frame_filter"))
            if count.isdecimal() and len(count) < 16 and start in ("", "0") and not part:
                self._count = int(count)

    def hear_image(self, image: Element) -> None:
        """Notes an image that the file lists: its id is the number of its frame."""
        number = _number(image.get("id", ""))
        if number is not None:
            self._names.setdefault(number, image.get("name", ""))

    def is_key(self, shape: Element) -> bool:
        """Tells whether a person made the shape there; else it is counted as what lies between."""
        is_key = shape.get("keyframe", "1") != "0"
        self._between += not is_key
        return is_key and shape.get("outside", "0") != "1"

    def target(self, shape: Element, finder: ImageFinder) -> ImportTarget:
        """Returns the image that a shape lies on. Problem when nothing tells which."""
        number = _number(shape.get("frame", ""))
        if number is None:
            raise Problem(say("it has no number of a frame."))
        if number not in self._targets:
            self._targets[number] = self._found(number, finder)
        return self._targets[number]

    def _found(self, number: int, finder: ImageFinder) -> ImportTarget:
        if number in self._names:
            return make_target(self._project, finder.find(self._names[number]))
        if self._by_number is None:
            self._by_number = self._numbered()
        found = self._by_number.get(number, [])
        if len(found) > 1:
            raise Problem(
                say("it may be {path} or {path_2}, and nothing tells which.", path=found[0].path, path_2=found[1].path)
            )
        if not found:
            raise Problem(say("the project has no image named frame_{number}.", number=f"{number:06d}"))
        return make_target(self._project, found[0], self._size)

    def tell(self, report: Report) -> None:
        """Notes what was read of the tracks."""
        if self.tracks:
            report.warn(
                say_n(
                    "{n} track: its key frames were read ({read}); what CVAT made up between them is left out "
                    "({between}).",
                    "{n} tracks: their key frames were read ({read}); what CVAT made up between them is left out "
                    "({between}).",
                    self.tracks,
                    read=self.read,
                    between=self._between,
                )
            )
        if self._is_by_order and self.read:
            report.warn(say("The frames of the tracks were taken for the images in the order of their names."))

    def _numbered(self) -> dict[int, list[ImageRecord]]:
        """Returns the images by their frames: by the names that CVAT gives; where there is no such name, and there are
        as many images as frames, in order."""
        images = self._project.images()
        found: dict[int, list[ImageRecord]] = {}
        for record in images:
            if match := _FRAME.fullmatch(PurePosixPath(record.path).stem):
                found.setdefault(int(match[1]), []).append(record)
        if not found and self._count == len(images):
            self._is_by_order = True
            found = {number: [record] for number, record in enumerate(images)}
        return found


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None
