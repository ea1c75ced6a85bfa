"""What is different between two lists of the same things: of thousands of objects, one is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import is_
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")
_Ints: TypeAlias = NDArray[np.int64]


class Splice(NamedTuple, Generic[T]):
    """One place where a list differs from the one before it."""

    at: int
    """In the list before."""
    gone: Sequence[T]
    new: Sequence[T]
    """What stands there instead."""


def splices(before: Sequence[T], after: Sequence[T]) -> list[Splice[T]]:
    """Returns the places in which a list differs from the one before it, the first one first.

    A thing is the same when it is the very same object. What changed its place among the others is gone and new, with
    all that lies between.
    """
    count = min(len(before), len(after))
    differ = np.flatnonzero(~np.fromiter(map(is_, before, after), np.bool_, count))
    if len(differ) <= count // 4:  # nearly all lie where they lay: nothing is to be looked for
        return [*_in_place(before, after, differ)] if len(differ) or len(before) != len(after) else []
    head = int(differ[0]) if len(differ) else count
    tail = _alike(before[head:][::-1], after[head:][::-1])
    gone, new = before[head : len(before) - tail], after[head : len(after) - tail]
    old_ids, new_ids = _ids(gone), _ids(new)
    stayed, stays = np.flatnonzero(_is_among(old_ids, new_ids)), np.flatnonzero(_is_among(new_ids, old_ids))
    if not len(stayed) or not np.array_equal(old_ids[stayed], new_ids[stays]):
        return [Splice(head, gone, new)] if gone or new else []
    return list(_between(head, gone, new, stayed, stays))


def spliced(values: NDArray[Any], changes: Sequence[Splice[Any]], new: ArrayLike) -> NDArray[Any]:
    """Returns what is known of each thing of a list, (n, ...), once the list has changed so. new: what is known of all
    that came, in their order."""
    if not changes:
        return values
    gone = np.concatenate([np.arange(change.at, change.at + len(change.gone)) for change in changes])
    at = np.repeat([change.at + len(change.gone) for change in changes], [len(change.new) for change in changes])
    at -= np.searchsorted(gone, at)  # once those before them are gone
    return np.insert(np.delete(values, gone, axis=0), at, new, axis=0)


def _in_place(before: Sequence[T], after: Sequence[T], differ: _Ints) -> Iterator[Splice[T]]:
    """Yields what is at these places, and what the longer list has more."""
    count = min(len(before), len(after))
    if len(before) != len(after):
        differ = np.append(differ, count)
    starts = np.flatnonzero(np.diff(differ, prepend=-2) > 1)
    for start, end in zip(starts, np.append(starts[1:], len(differ)), strict=True):
        at, stop = int(differ[start]), int(differ[end - 1]) + 1
        place = slice(at, stop if stop <= count else None)
        yield Splice(at, before[place], after[place])


def _alike(before: Sequence[T], after: Sequence[T]) -> int:
    """So many at the beginning are the same ones."""
    same = [*map(is_, before, after)]
    return same.index(False) if False in same else len(same)


def _ids(things: Sequence[object]) -> _Ints:
    return np.fromiter(map(id, things), np.int64, len(things))


def _is_among(ids: _Ints, others: _Ints) -> NDArray[np.bool_]:
    """Does what np.isin does, in a third of the time."""
    if not len(others):
        return np.zeros(len(ids), np.bool_)
    ordered = np.sort(others)
    return ordered[np.searchsorted(ordered, ids).clip(max=len(ordered) - 1)] == ids


def _between(at: int, gone: Sequence[T], new: Sequence[T], stayed: _Ints, stays: _Ints) -> Iterator[Splice[T]]:
    """What lies before, between and after those that stay. stayed, stays: their places among the gone and the new."""
    starts, ends = _gaps(stayed, len(gone))
    new_starts, new_ends = _gaps(stays, len(new))
    for i in np.flatnonzero((starts < ends) | (new_starts < new_ends)):
        yield Splice(at + int(starts[i]), gone[starts[i] : ends[i]], new[new_starts[i] : new_ends[i]])


def _gaps(places: _Ints, count: int) -> tuple[_Ints, _Ints]:
    """Returns where the gaps between these places of so many begin and end, those that are empty too."""
    return np.append(0, places + 1), np.append(places, count)
