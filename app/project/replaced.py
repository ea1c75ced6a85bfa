"""Photos that were replaced or resized after they had been labelled, and the sentences on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.images.pages import shown
from app.images.reading import image_size
from app.problem import Problem
from app.project.records import ImageRecord
from app.text import say, say_n

_MOST_NAMED = 20


@dataclass(frozen=True)
class Replaced:
    """An image with objects whose file is not the one that was labelled, or perhaps not."""

    image_id: int
    path: str
    is_certain: bool
    """False: only the time of its file is another one, and nobody had noted its content."""
    was: str
    """Width x height when it was labelled."""
    now: str
    """Width x height of the file that is there."""

    @property
    def sentence(self) -> str:
        """Says what is different of this one."""
        if not self.is_certain:
            return say(
                "Its file has another time than when it was labelled, and its content was never noted: it may be "
                "another photo ({was} then, {now} now).",
                was=self.was,
                now=self.now,
            )
        return say("Its photo was replaced after labelling ({was} then, {now} now).", was=self.was, now=self.now)

    @property
    def named(self) -> str:
        """The name, with both sizes."""
        return say("{name} ({was} then, {now} now)", name=shown(self.path), was=self.was, now=self.now)


def replaced_image(
    record: ImageRecord, path: Path, *, is_certain: bool, was: tuple[int | None, int | None]
) -> Replaced:
    """Looks at the file that is there now. was: the (width, height) that it was labelled in, as far as it is known."""
    try:
        now = _size(*image_size(path))
    except Problem:
        now = say("unreadable")
    return Replaced(record.id, record.path, is_certain, _size(*was), now)


def told(replaced: Sequence[Replaced], *, each: bool = False, most: int = _MOST_NAMED) -> list[str]:
    """Returns a sentence on those that were replaced, and one on those that may have been, with so many names at most.
    each: one for each image."""
    if each:
        return [f"{shown(one.path)}: {one.sentence}" for one in replaced]
    certain, unsure = ([one for one in replaced if one.is_certain == is_certain] for is_certain in (True, False))
    lines: list[str] = []
    if certain:
        lines.append(
            say_n(
                "{n} photo was replaced after labelling: {names}.",
                "{n} photos were replaced after labelling: {names}.",
                len(certain),
                names=_names(certain, most),
            )
        )
    if unsure:
        lines.append(
            say_n(
                "{n} photo may have been replaced after labelling (its time is another one, and its content was never "
                "noted): {names}.",
                "{n} photos may have been replaced after labelling (their times are others, and their content was "
                "never noted): {names}.",
                len(unsure),
                names=_names(unsure, most),
            )
        )
    return lines


def _names(replaced: Sequence[Replaced], most: int) -> str:
    more = ["…"] if len(replaced) > most else []
    return "; ".join([*(each.named for each in replaced[:most]), *more])


def _size(width: int | None, height: int | None) -> str:
    return f"{width} x {height}" if width and height else say("unknown size")
