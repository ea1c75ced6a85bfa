"""A report in sentences for people: what was done, what was left out, and what the format cannot hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from app.atomic import replacing
from app.formats.kit.fields import MATTERS, NAMES, Of
from app.formats.kit.files import sized
from app.formats.kit.report import MAX_SENTENCES, UNCLASSIFIED, Report
from app.tally import first_of
from app.text import Sentence, recalled, say, say_n

_SHOWN = 3
"""Problems and places in a sentence that is read in passing."""
_KINDS: tuple[Of, ...] = ("object", "class", "image")
DONE = (say("Imported"), say("Exported"), say("Would export"))
"""What a report says that was done: it keeps it in English."""


def describe(report: Report) -> Description:
    """Makes sentences of a report."""
    return Description(report)


@dataclass(frozen=True)
class Description:
    """The sentences of a report, each made when it is asked for."""

    report: Report

    def __str__(self) -> str:
        """Returns the report in one line, with some of the places where something was lost."""
        return " ".join([*self._sums(named=True), *self._kinds_in_passing()])

    @property
    def brief(self) -> str:
        """Everything in one line, without the places of losses."""
        return " ".join([*self.sums, *self._kinds_in_passing()])

    @property
    def summary(self) -> list[str]:
        """Sentences of how much was done, then a line for each kind of what was left out or lost: how many, and the
        first places."""
        return [" ".join(self._done()), *self.kinds]

    @property
    def kinds(self) -> list[str]:
        """A line for each kind of what was left out, read otherwise than it stands there, or lost."""
        return [*self.report.tally.lines(), *self.report.remarks.lines(), *self._losses_by_kind()]

    @property
    def lines(self) -> list[str]:
        """Sentences of how much was done, then of each thing that was left out or lost, a line each."""
        return [" ".join(self.sums), *self.details]

    @property
    def sums(self) -> list[str]:
        """Sentences of how much was done, how much was left out, and of how many objects, classes and images what was
        lost."""
        return self._sums(named=False)

    @property
    def details(self) -> list[str]:
        """Sentences of each thing that was left out or lost; none when all is there. Of what is too much the number is
        told."""
        places = self.report.places
        more = [
            say(
                "And the {what} of {counted}.",
                what=recalled(what),
                counted=_more(of, number - len(places[what])),
            )
            for of in _KINDS
            for what, number in self.report.losses_of(of).items()
            if number > len(places[what])
        ]
        remarks = self.report.remarks.lines()
        return [*self._problems(MAX_SENTENCES), *remarks, *self.lost, *self.lost_beside, *more]

    def full_list(self) -> Iterator[str]:
        """Yields every sentence of the report, however many there are: sums, then each thing in a line of its own."""
        report = self.report
        yield from [*self.sums, *report.problems, *report.remarks.lines(), *self.lost, *self.lost_beside]
        for what, place in report.overflow:
            yield self._lost(what, place) if what else place

    @property
    def lost(self) -> list[str]:
        """Sentences of each object and what it lost, what is missing of masks first."""
        return self._places(sorted(self.report.losses, key=lambda what: what in NAMES))

    @property
    def lost_beside(self) -> list[str]:
        """Sentences of each class and image and what it lost."""
        return self._places([*self.report.class_losses, *self.report.image_losses])

    def _places(self, whats: Iterable[str]) -> list[str]:
        places = self.report.places
        return [self._lost(what, place) for what in whats for place in places[what]]

    def _lost(self, what: str, place: str) -> Sentence:
        option = self.report.kept_by.get(what)
        if option is not None:
            return say(
                "{place}: its {what} is not written; the option {option} keeps it.",
                place=place,
                what=recalled(what),
                option=option,
            )
        return say("{place}: its {what} cannot be kept in this format.", place=place, what=recalled(what))

    def _kinds_in_passing(self) -> list[str]:
        """The first kinds of problems; of the others the number is told. Remarks where there is room."""
        kinds = list(self.report.tally.kinds.values())
        more = sum(kind.count for kind in kinds[_SHOWN:])
        remarks = self.report.remarks.lines()[: max(_SHOWN - len(kinds), 0)]
        return [*(kind.line() for kind in kinds[:_SHOWN]), *_more_problems(more), *remarks]

    def _losses_by_kind(self) -> list[str]:
        lost = [(what, n) for of in _KINDS for what, n in self.report.losses_of(of).items()]
        return [line for what, n in lost for line in (self._places([what]) if n == 1 else [self._line(what, n)])]

    def _line(self, what: str, n: int) -> str:
        where, option = first_of(self.report.places[what]), self.report.kept_by.get(what)
        if option is not None:
            return say_n(
                "{n} time: its {what} is not written; the option {option} keeps it. ({where})",
                "{n} times: its {what} is not written; the option {option} keeps it. ({where})",
                n,
                what=recalled(what),
                option=option,
                where=where,
            )
        if what not in MATTERS:
            return say_n(
                "{n} time: its {what} cannot be kept in this format. ({where})",
                "{n} times: its {what} cannot be kept in this format. ({where})",
                n,
                what=recalled(what),
                where=where,
            )
        return say_n(
            "{n} time: its {what} cannot be kept in this format; {matters}. ({where})",
            "{n} times: its {what} cannot be kept in this format; {matters}. ({where})",
            n,
            what=recalled(what),
            matters=MATTERS[what],
            where=where,
        )

    def _problems(self, shown: int) -> list[str]:
        more = self.report.problem_count - shown
        return [*self.report.problems[:shown], *_more_problems(more)]

    def _sums(self, *, named: bool) -> list[str]:
        losses = ", ".join(self._losses(named=named, by_choice=False))
        chosen = ", ".join(self._losses(named=named, by_choice=True))
        return [
            *self._done(),
            *([say("The format cannot hold: {losses}.", losses=losses)] if losses else []),
            *([say("Not written, as the options are: {losses}.", losses=chosen)] if chosen else []),
        ]

    def _done(self) -> list[str]:
        report = self.report
        parts: list[str] = [
            say(
                "{done} {objects}, {classes}, {images}.",
                done=recalled(report.done),
                objects=_counted("object", report.annotations),
                classes=_counted("class", report.categories),
                images=_counted("image", report.images),
            )
        ]
        if report.nothing:
            parts.append(report.nothing)
        if report.unchanged:
            parts.append(say_n("{n} object there already.", "{n} objects there already.", report.unchanged))
        if report.joined:
            parts.append(
                say_n(
                    "{n} object is made of several shapes of one group.",
                    "{n} objects are made of several shapes of one group each.",
                    report.joined,
                )
            )
        if report.unchosen:
            parts.append(
                say_n(
                    "{n} image left out as chosen, with {objects}.",
                    "{n} images left out as chosen, with {objects}.",
                    report.unchosen,
                    objects=_counted("object", report.unchosen_objects),
                )
            )
        if report.files:
            parts.append(
                say_n(
                    "{n} image file beside ({size}).",
                    "{n} image files beside ({size}).",
                    report.files,
                    size=sized(report.file_bytes) if report.file_bytes else say("linked"),
                )
            )
        if report.skipped:
            parts.append(say_n("{n} object skipped.", "{n} objects skipped.", report.skipped))
        if report.unclassified:
            parts.append(
                say_n(
                    '{n} object without a class got the class "{name}".',
                    '{n} objects without a class got the class "{name}".',
                    report.unclassified,
                    name=UNCLASSIFIED,
                )
            )
        return parts

    def _losses(self, *, named: bool, by_choice: bool) -> Iterator[str]:
        """What was lost of how many, and of which: "order of 2 objects (cat.png, object 5; cat.png, object 7)".
        by_choice: what another option would keep, or else what none would."""
        for of in _KINDS:
            for what, number in self.report.losses_of(of).items():
                if (what in self.report.kept_by) != by_choice:
                    continue
                places = "; ".join([*self.report.places[what][:_SHOWN], *(["..."] if number > _SHOWN else [])])
                told = say("{what} of {counted}", what=recalled(what), counted=_counted(of, number))
                yield told + (f" ({places})" if named else "")


def save_list(report: Report, file: Path, head: str = "") -> None:
    """Writes the full list of a report to a text file, a line for each thing. head: the first line. Problem when it
    cannot be written."""
    with replacing(file) as stream:
        for line in chain([head] if head else [], describe(report).full_list()):
            stream.write(line.replace("\n", " ").encode(errors="backslashreplace") + b"\n")


def _more_problems(n: int) -> list[str]:
    return [say_n("And {n} more problem.", "And {n} more problems.", n)] if n > 0 else []


def _counted(of: Of, n: int) -> Sentence:
    if of == "object":
        return say_n("{n} object", "{n} objects", n)
    return say_n("{n} class", "{n} classes", n) if of == "class" else say_n("{n} image", "{n} images", n)


def _more(of: Of, n: int) -> Sentence:
    if of == "object":
        return say_n("{n} more object", "{n} more objects", n)
    if of == "class":
        return say_n("{n} more class", "{n} more classes", n)
    return say_n("{n} more image", "{n} more images", n)
