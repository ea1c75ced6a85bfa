"""The numbers that classes have in files (category_id, class index). A project keeps those of an import beside its
classes, by the kind of file, so that an export writes them again; where it cannot, the report tells it by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeGuard, cast

from msgspec.structs import replace

from app.formats.kit.report import Report
from app.project.records import NUMBERS, Category, Json
from app.text import say

MAX_NUMBER = (1 << 53) - 1
"""Exact in every reader of JSON."""
_MOST_LETTERS = 200
"""Of a name in a sentence."""


@dataclass(frozen=True)
class Numbering:
    """How files of one kind number classes."""

    kind: str
    """What the numbers are kept under. Formats that share their numbers share it."""
    first: int
    last: int
    new_from: int | None = None
    """The least number of a class that has none yet; None: first."""
    usual: Callable[[Category], int | None] = lambda _: None
    """The number of a class that has none yet, where it is free."""


def numbered(category: Category, kind: str, number: object) -> Category:
    """Returns a class of a file with its number there; as it is when that is no whole number."""
    whole = _whole(number)
    return category if whole is None else _with(category, {**numbers_of(category), kind: whole})


def by_number(listed: Iterable[tuple[int, Category]], kind: str, report: Report) -> dict[int, Category]:
    """Returns the classes that a file lists by their numbers, which they have then. Of several with one number the
    first is taken, and report hears of the others."""
    found: dict[int, Category] = {}
    for number, category in listed:
        category = numbered(category, kind, number)
        if found.setdefault(number, category) != category:
            report.warn(
                say(
                    "The class {name} has the number {number} in the file, which {owner} has too: what has that number "
                    "becomes {owner}.",
                    name=category.name[:_MOST_LETTERS],
                    number=number,
                    owner=found[number].name[:_MOST_LETTERS],
                )
            )
    return found


def numbers_of(category: Category) -> dict[str, int]:
    """Returns the numbers of a class by the kind of file."""
    kept = category.extra.get(NUMBERS)
    if not isinstance(kept, dict):
        return {}
    return {kind: number for kind, number in cast(Json, kept).items() if _is_number(number)}


def joined(existing: Category, category: Category) -> Json:
    """Returns what extra keeps of the numbers of the project's class and of a file's that is merged into it: where both
    have one of a kind, the project's. Nothing when neither has any."""
    numbers = {**numbers_of(category), **numbers_of(existing)}
    return {NUMBERS: numbers} if numbers else {}


def note_other_numbers(report: Report, existing: Category, category: Category) -> bool:
    """Notes that a file has another number for a class than the one that is kept. Returns whether it has."""
    kept = numbers_of(existing)
    others = {kind: number for kind, number in numbers_of(category).items() if kept.get(kind, number) != number}
    for kind, number in others.items():
        report.warn(
            say(
                "The class {name} has the number {number} in the file; the number {kept} that it has here is kept.",
                name=category.name[:_MOST_LETTERS],
                number=number,
                kept=kept[kind],
            )
        )
    return bool(others)


def choose(categories: Collection[Category], numbering: Numbering, report: Report) -> dict[int, int]:
    """Chooses the number of each class in a file, by its id in the project; none for a class that there is no number
    left for. A class keeps the number of the file it came with; where it cannot, report hears why."""
    kept = {each.id: number for each in categories if (number := numbers_of(each).get(numbering.kind)) is not None}
    chosen = _Chosen(numbering)
    left = [each for each in categories if each.id not in kept or not chosen.take(each, kept[each.id])]
    chosen.give(left if kept else _in_order(left))
    for each in left if kept else ():
        if each.id in chosen.numbers:
            report.warn(_told(each, kept.get(each.id), chosen, numbering))
    return {each.id: chosen.numbers[each.id] for each in categories if each.id in chosen.numbers}


class _Chosen:
    """The numbers that are given away."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self.numbers: dict[int, int] = {}
        """By the id of the class."""
        self.owners: dict[int, Category] = {}
        """By the number."""

    def take(self, category: Category, number: int | None) -> bool:
        if number is None or number in self.owners or not self._numbering.first <= number <= self._numbering.last:
            return False
        self.numbers[category.id], self.owners[number] = number, category
        return True

    def give(self, categories: Iterable[Category]) -> None:
        """The usual numbers, else the next ones; what lies between others is given last."""
        left = [each for each in categories if not self.take(each, self._numbering.usual(each))]
        least = self._numbering.first if self._numbering.new_from is None else self._numbering.new_from
        behind = max(least, max(self.owners, default=least - 1) + 1)
        numbers = (n for some in (range(behind, self._numbering.last + 1), range(least, behind)) for n in some)
        free = (number for number in numbers if number not in self.owners)
        for each, number in zip(left, free, strict=False):
            self.take(each, number)


def _in_order(categories: Iterable[Category]) -> list[Category]:
    """Returns the classes as another kind of file numbers them, where all came from one; else as they are."""
    listed = list(categories)
    numbers = {each.id: numbers_of(each) for each in listed}
    kinds = set[str].intersection(*(set(each) for each in numbers.values())) if numbers else set[str]()
    return sorted(listed, key=lambda each: numbers[each.id][min(kinds)]) if kinds else listed


def _told(category: Category, was: int | None, chosen: _Chosen, numbering: Numbering) -> str:
    name, number = category.name[:_MOST_LETTERS], chosen.numbers[category.id]
    if was is None:
        return say("The class {name} came with no number of its own; here it is {number}.", name=name, number=number)
    if numbering.first <= was <= numbering.last:
        owner = chosen.owners[was].name[:_MOST_LETTERS]
        return say(
            "The class {name} was number {was}, which {owner} has too; here it is {number}.",
            name=name,
            was=was,
            owner=owner,
            number=number,
        )
    return say(
        "The class {name} was number {was}, but here numbers go from {first} to {last}; it is {number}.",
        name=name,
        was=was,
        first=numbering.first,
        last=numbering.last,
        number=number,
    )


def _with(category: Category, numbers: dict[str, int]) -> Category:
    return replace(category, extra={**category.extra, NUMBERS: numbers})


def _whole(number: object) -> int | None:
    if isinstance(number, str) and number.isascii() and number.isdecimal() and len(number) < 16:
        number = int(number)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return number if _is_number(number) else None


def _is_number(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and abs(number) <= MAX_NUMBER
