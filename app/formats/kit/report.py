"""What an import or export tells."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from app.formats.kit.fields import NAMES, Of

UNCLASSIFIED = "object"
"""The class of what has none: most formats want one."""
MAX_SENTENCES = 50
"""A report holds so many sentences; a million broken objects must not make a million of them."""
MAX_PLACES = 1000
"""The same of places where something was lost, for each kind of it."""
_SHOWN = 3


@dataclass
class Report:
    """What was done, what was left out, and why."""

    done: str
    """What the numbers say: "Imported" or "Exported"."""
    images: int = 0
    """Those of the file that were found in the project (import), or written (export)."""
    categories: int = 0
    annotations: int = 0
    unchanged: int = 0
    """Annotations that were there already."""
    skipped: int = 0
    """Annotations left out."""
    problems: list[str] = field(default_factory=list[str])
    """One sentence each, the first MAX_SENTENCES."""
    problem_count: int = 0
    unclassified: int = 0
    """Objects that were given a class because the format wants one."""
    losses: dict[str, int] = field(default_factory=dict[str, int])
    """What the format cannot hold ("attributes"), and of how many objects it was left out."""
    class_losses: dict[str, int] = field(default_factory=dict[str, int])
    """The same of classes."""
    image_losses: dict[str, int] = field(default_factory=dict[str, int])
    places: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Where each of these was lost ("cat.png, object 5"): the first MAX_PLACES of each."""

    def note(self, sentence: str) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_SENTENCES:
            self.problems.append(sentence)

    def note_merged(self, name: str) -> None:
        """A class of a name that another class of the file has too."""
        self.note(f"The file has several classes named {name}; they became one.")

    def skip(self, sentence: str) -> None:
        """An annotation that is left out, and why."""
        self.skipped += 1
        self.note(sentence)

    def join(self, part: Report) -> None:
        """What was left out in a part of the work, and why."""
        self.skipped += part.skipped
        self.problem_count += part.problem_count
        self.problems += part.problems[: max(MAX_SENTENCES - len(self.problems), 0)]

    def lose(self, what: str, place: str, of: Of = "object") -> None:
        """The object, class or image at place ("cat.png, object 5") was written without its what: the format has no
        room for it."""
        losses = {"object": self.losses, "class": self.class_losses, "image": self.image_losses}[of]
        losses[what] = losses.get(what, 0) + 1
        if losses[what] <= MAX_PLACES:
            self.places.setdefault(what, []).append(place)

    @property
    def lost(self) -> list[str]:
        """One sentence for each object and what it lost, what is missing of masks first."""
        return self._sentences(sorted(self.losses, key=lambda what: what in NAMES))

    @property
    def lost_beside(self) -> list[str]:
        """The same of classes and images."""
        return self._sentences([*self.class_losses, *self.image_losses])

    def _sentences(self, whats: Iterable[str]) -> list[str]:
        return [f"{place}: its {what} cannot be kept in this format." for what in whats for place in self.places[what]]

    def __str__(self) -> str:
        """For the person, in one line, with some of the places where something was lost."""
        return " ".join([*self._sums(named=True), *self._problems(_SHOWN)])

    def brief(self) -> str:
        """The same without places."""
        return " ".join([*self._sums(named=False), *self._problems(_SHOWN)])

    @property
    def lines(self) -> list[str]:
        """The same, then each thing that was left out or lost, a line each."""
        return [" ".join(self.sums), *self.details]

    @property
    def sums(self) -> list[str]:
        """How much was done, how much was left out, and of how many objects, classes and images what was lost."""
        return self._sums(named=False)

    @property
    def details(self) -> list[str]:
        """Each thing that was left out or lost; nothing when all is there. Of what is too much its number."""
        more = [
            f"And the {what} of {_counted(number - len(self.places[what]), f'more {one}', f'more {many}')}."
            for losses, one, many in self._kinds()
            for what, number in losses.items()
            if number > len(self.places[what])
        ]
        return [*self._problems(MAX_SENTENCES), *self.lost, *self.lost_beside, *more]

    def _problems(self, shown: int) -> list[str]:
        more = self.problem_count - shown
        return [*self.problems[:shown], *([f"And {_counted(more, 'more problem')}."] if more > 0 else [])]

    def _sums(self, *, named: bool) -> list[str]:
        objects, classes, images = (
            _counted(self.annotations, "object"),
            _counted(self.categories, "class", "classes"),
            _counted(self.images, "image"),
        )
        parts = [f"{self.done} {objects}, {classes}, {images}."]
        if self.unchanged:
            parts.append(f"{_counted(self.unchanged, 'object')} there already.")
        if self.skipped:
            parts.append(f"{_counted(self.skipped, 'object')} skipped.")
        if self.unclassified:
            parts.append(f'{_counted(self.unclassified, "object")} without a class got the class "{UNCLASSIFIED}".')
        if self.places:
            parts.append(f"The format cannot hold: {', '.join(self._losses(named=named))}.")
        return parts

    def _losses(self, *, named: bool) -> Iterator[str]:
        """What was lost of how many, and of which: "order of 2 objects (cat.png, object 5; cat.png, object 7)"."""
        for losses, one, many in self._kinds():
            for what, number in losses.items():
                places = "; ".join([*self.places[what][:_SHOWN], *(["..."] if number > _SHOWN else [])])
                yield f"{what} of {_counted(number, one, many)}" + (f" ({places})" if named else "")

    def _kinds(self) -> Sequence[tuple[dict[str, int], str, str]]:
        return (
            (self.losses, "object", "objects"),
            (self.class_losses, "class", "classes"),
            (self.image_losses, "image", "images"),
        )


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


Steps: TypeAlias = Generator[tuple[int, int], None, Report]
"""Yields (done, all) between two pieces of work; closing it cancels."""
