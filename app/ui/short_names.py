"""Names of files made short enough for a list (elision) in such a way that they stay different from each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

ELLIPSIS = "…"
_LEAST_END = 8
"""Characters at the end that are as good as any others when two names are the same."""
Fits: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True)
class InCommon:
    """How many characters all names of a list have in common."""

    beginning: int = 0
    ending: int = 0


@dataclass(frozen=True)
class ListedName:
    """A name, and what tells it from the others of its list."""

    name: str
    common: InCommon = InCommon()
    alike: int = 0
    """So many characters at its beginning are the same in a name beside it; the next one is another."""

    def shortened(self, fits: Fits) -> str:
        """Returns as much of the name as fits, what differs before what all have in common.

        frame_000123.jpg becomes fra…000123.jpg, …000123.jpg, …123.jpg.
        """
        if fits(self.name):
            return self.name
        begin, end = self._number_around(self.common.beginning, len(self.name) - self.common.ending)
        for cut in (begin, *range(begin + 1, self.common.beginning + 1)):
            if fits(ELLIPSIS + self.name[cut:]):
                head = self.name[:cut] if cut == begin else ""
                return _joined(head, self.name[cut:], fits)
        for cut in (begin, *range(begin + 1, self.common.beginning + 1)):
            if end < len(self.name) and fits(_lead(cut) + self.name[cut:end] + ELLIPSIS):
                return _joined_end(_lead(cut) + self.name[cut:end], self.name[end:], fits)
        return self._in_pieces(begin, end, fits)

    def lines(self, fits: Fits) -> tuple[str, ...]:
        """Returns the name in one line, or where it does not fit in two: what does not fit in these either is left out
        of the second. It is parted behind a space, dash or the like, if there is one in the second half of the line,
        and not before its ending."""
        if fits(self.name):
            return (self.name,)
        room = next((n for n in range(len(self.name) - 1, 0, -1) if fits(self.name[:n])), 0)
        parts = (n for n in range(room, room // 2, -1) if not self.name[n - 1].isalnum() and self.name[n - 1] != ".")
        cut = next(parts, room)
        if cut == 0:
            return (self.shortened(fits),)
        common = InCommon(max(self.common.beginning - cut, 0), min(self.common.ending, len(self.name) - cut))
        rest = ListedName(self.name[cut:], common, max(self.alike - cut, 0))
        return self.name[:cut].rstrip(), rest.shortened(fits)

    def _in_pieces(self, begin: int, end: int, fits: Fits) -> str:
        """More differs than fits: the beginning of that, and the rest from where its neighbours differ."""
        alike = max(min(self.alike, len(self.name) - _LEAST_END), 0)
        whole_number, _ = self._number_around(alike, alike + 1)
        for cut in sorted({whole_number, alike}):
            for tail in dict.fromkeys((self.name[cut:], self.name[cut:end] + ELLIPSIS)):
                if cut > begin and fits(f"{_lead(begin)}{self.name[begin]}{ELLIPSIS}{tail}"):
                    return _lead(begin) + _joined(self.name[begin:cut], tail, lambda text: fits(_lead(begin) + text))
        cut = max(alike, begin)
        return _lead(cut) + _without_middle(self.name[cut:], lambda text: fits(_lead(cut) + text))

    def _number_around(self, begin: int, end: int) -> tuple[int, int]:
        """A piece of the name, made longer so that no number is cut in the middle."""
        begin, end, name = min(begin, len(self.name)), max(end, begin), self.name
        while 0 < begin < len(name) and name[begin - 1].isdigit() and name[begin].isdigit():
            begin -= 1
        while 0 < end < len(name) and name[end - 1].isdigit() and name[end].isdigit():
            end += 1
        return begin, end


def common_to(names: Sequence[str]) -> InCommon:
    """Returns what all of these names begin and end with; nothing for a single one, which needs no other."""
    if len(names) < 2:
        return InCommon()
    return InCommon(_alike(names), _alike([name[::-1] for name in names]))


def listed(names: Sequence[str], row: int, common: InCommon) -> ListedName:
    """Returns the name of a row of a list in its order, with what tells it apart."""
    beside = [names[other] for other in (row - 1, row + 1) if 0 <= other < len(names)]
    return ListedName(names[row], common, max((_alike([names[row], each]) for each in beside), default=0))


def _alike(names: Sequence[str]) -> int:
    """How many characters all begin with."""
    least, most = min(names), max(names)
    return next((at for at, (one, other) in enumerate(zip(least, most, strict=False)) if one != other), len(least))


def _lead(cut: int) -> str:
    return ELLIPSIS if cut else ""


def _joined(head: str, tail: str, fits: Fits) -> str:
    """The tail, with as much of the head before it as fits."""
    most = next((n for n in range(len(head) - 1, 0, -1) if fits(head[:n] + ELLIPSIS + tail)), 0)
    return head[:most] + ELLIPSIS + tail


def _joined_end(head: str, end: str, fits: Fits) -> str:
    """The head, with as much of the end behind it as fits."""
    most = next((n for n in range(len(end) - 1, 0, -1) if fits(head + ELLIPSIS + end[-n:])), 0)
    return head + ELLIPSIS + (end[-most:] if most else "")


def _without_middle(text: str, fits: Fits) -> str:
    """Two thirds of what fits are its beginning."""
    for n in range(len(text) - 1, 0, -1):
        shown = text[: n - n // 3] + ELLIPSIS + text[len(text) - n // 3 :]
        if fits(shown):
            return shown
    return text[:1] + ELLIPSIS if text else ""
