"""What is different between two lists of the same things: of thousands of objects, one is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from operator import is_
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


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
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    gone, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not gone and not new:
        return []
    kept = set(map(id, gone)) & set(map(id, new))
    if not kept or _among(kept, gone) != _among(kept, new):
        return [Splice(head, gone, new)]
    return list(_between(head, gone, new, kept))


def _alike(before: Sequence[T], after: Sequence[T]) -> int:
    """So many at the beginning are the same ones."""
    same = [*map(is_, before, after)]
    return same.index(False) if False in same else len(same)


def _among(kept: Collection[int], things: Sequence[T]) -> list[int]:
    return [number for number in map(id, things) if number in kept]


def _between(at: int, gone: Sequence[T], new: Sequence[T], kept: Collection[int]) -> Iterator[Splice[T]]:
    for some, others in zip(_parts(gone, kept), _parts(new, kept), strict=True):
        if some or others:
            yield Splice(at, some, others)
        at += len(some) + 1


def _parts(things: Sequence[T], kept: Collection[int]) -> Iterator[list[T]]:
    """What lies before, between and after those that are kept."""
    part: list[T] = []
    for thing in things:
        if id(thing) in kept:
            yield part
            part = []
        else:
            part.append(thing)
    yield part
