"""Sentences by the thousand, told as one line for each kind of them (aggregation): how many, and the first places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.text import Sentence, say_n

SHOWN = 3
"""So many examples of a kind are kept and told."""
_MOST_KINDS = 100
"""A file of a stranger may hold a million sentences that are all different."""
_VARYING = re.compile(r"\"[^\"]*\"|[-+]?\d+(?:[.,]\d+)*")


@dataclass
class Kind:
    """How many sentences of a kind there are, and the first of them."""

    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(place, what) of each; the place may be ""."""
    untold: int = 0
    """Examples that are not kept."""

    def line(self) -> str:
        """Returns one line on all of them: the sentence itself, if there is only one."""
        first = ": ".join(str(part) for part in self.examples[0] if part)  # in the language in force
        if self.count == 1:
            return first
        places, whats = zip(*_placed(self.examples), strict=True)
        dots = ["…"] if self.untold else []
        if all(places) and len(set(whats)) == 1:
            where = "; ".join([*places, *dots])
            return say_n(
                "{n} time: {what} ({where})", "{n} times: {what} ({where})", self.count, what=whats[0], where=where
            )
        named = [*filter(None, places[1:])]
        if not named:
            return say_n(
                "{first} {n} more is like this.", "{first} {n} more are like this.", self.count - 1, first=first
            )
        others = "; ".join([*named, *dots])
        return say_n("{first} {n} more is like this: {others}", "{first} {n} more are like this: {others}",
                     self.count - 1, first=first, others=others)  # fmt: skip


@dataclass
class Tally:
    """Counts sentences by their kinds, in the order in which the kinds came."""

    kinds: dict[str, Kind] = field(default_factory=dict[str, Kind])

    def add(self, sentence: str) -> None:
        """Counts a sentence, whose kind and place it tells itself: "cat.png, object 3: its mask is empty."."""
        self._add(kind_of(sentence), 1, [_parted(sentence)])

    def note(self, kind: str, place: str, what: str, n: int = 1) -> None:
        """Counts n sentences of that kind, which say something of a place."""
        known = self.kinds.get(kind)
        if known is not None and (place, what) in known.examples:
            known.count += n
        else:
            self._add(kind, n, [(place, what)])

    def join(self, other: Tally) -> None:
        """Adds what another one has counted."""
        for name, kind in other.kinds.items():
            self._add(name, kind.count, kind.examples, kind.untold)

    def _add(self, name: str, count: int, examples: list[tuple[str, str]], untold: int = 0) -> None:
        if name not in self.kinds and len(self.kinds) >= _MOST_KINDS:
            name = ""
        kind = self.kinds.setdefault(name, Kind())
        kind.count += count
        kept = examples[: SHOWN - len(kind.examples)]
        kind.examples += kept
        kind.untold += untold + len(examples) - len(kept)

    def lines(self) -> list[str]:
        """Returns one line for each kind."""
        return [kind.line() for kind in self.kinds.values()]


def kind_of(sentence: str) -> str:
    """Returns what is the same in all sentences of a kind: the key of a sentence of ours; of another one, what stands
    behind its place, without numbers and names."""
    if isinstance(sentence, Sentence):
        within = [kind_of(value) for value in sentence.arguments.values() if isinstance(value, Sentence)]
        return " ".join([sentence.key, *within])
    return _VARYING.sub("#", _parted(sentence)[1])


def _parted(sentence: str) -> tuple[str, str]:
    """The place that a sentence is about, "" for none, and what it says of it."""
    place, colon, what = str(sentence).partition(": ")
    return (place, what) if colon and what else ("", place)


def _placed(examples: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What all of them begin with is no place ("Left out"): the place stands behind it."""
    before = examples[0][0]
    parted = [_parted(what) for _place, what in examples]
    places = {place for place, _what in parted}
    if before and {place for place, _what in examples} == {before} and len(places) > 1 and "" not in places:
        return [(place, f"{before}: {what}") for place, what in parted]
    return list(examples)


def first_of(names: Sequence[str]) -> str:
    """Returns the first of many names, in a line."""
    return "; ".join([*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])])
