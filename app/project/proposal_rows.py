"""Kept proposals as rows: the one place that knows their columns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import get_args

import msgspec
import numpy as np

from app.masks.overlaps import most_iou, pairs_between
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import KeptProposal, ProposalState, Verdict
from app.project.tables.stored_json import dump, parse
from app.project.tables.table import StoredRow
from app.project.tables.validity import MOST

VERDICT = "proposal"
"""Kind of the entries of the journal that say what became of a proposal. Its mask is in no entry: it never changes."""
_COLUMNS = (
    "id", "image_id", "state", "height", "width", "box", "counts", "predicted_iou", "stability_score", "x", "y",
    "model", "time",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM proposal"  # noqa: S608
_INSERT = f"INSERT OR REPLACE INTO proposal ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_LETTERS = "length(CAST(counts AS BLOB))"
_WITHIN = f"{_LETTERS} <= min(1000000, 2 * height * width + 16)"
"""What is too long to be true, in the file of a stranger, is not even loaded: see masks.rle.most_letters."""


def replace_undecided(db: sqlite3.Connection, image_id: int, proposals: Sequence[KeptProposal]) -> None:
    """Writes these instead of the proposals of the image that nobody has decided about, inside a transaction."""
    decided = "SELECT id FROM proposal WHERE image_id = ? AND state != 'proposed'"
    known = {row[0] for row in db.execute(decided, (image_id,))}
    db.execute("DELETE FROM proposal WHERE image_id = ? AND state = 'proposed'", (image_id,))
    if db.execute("SELECT 1 FROM image WHERE id = ?", (image_id,)).fetchone() is None:
        return  # it went with its image
    db.executemany(_INSERT, [_values(each) for each in proposals if each.id not in known])


OF_IMAGE = f"{_SELECT} WHERE image_id = ? AND {_WITHIN} ORDER BY id"
"""The query for the proposals of an image, whatever became of them."""


def undecided_like(
    db: sqlite3.Connection, image_id: int, masks: Sequence[Mask], least_iou: float
) -> Iterator[KeptProposal]:
    """Yields the proposals of an image that nobody has decided about and that say the same as one of these masks.

    Boxes and areas are compared first: of hundreds, a few masks are read.
    """
    rows = db.execute("SELECT id, box FROM proposal WHERE image_id = ? AND state = 'proposed'", (image_id,)).fetchall()
    figures = [(row["id"], box) for row in rows if (box := _box_of(row["box"])) is not None]
    boxes = np.array([box for _, box in figures], np.int64).reshape(-1, 5)
    may_be = np.zeros(len(figures), np.bool_)
    for mask in masks:
        may_be |= (
            most_iou(np.array(mask.bbox, np.int64), boxes[:, :4], mask.area, boxes[:, 4].astype(float)) >= least_iou
        )
    for n in np.flatnonzero(may_be).tolist():
        row = db.execute(f"{_SELECT} WHERE id = ? AND {_WITHIN}", (figures[n][0],)).fetchone()
        proposal = proposal_of(row) if row is not None else None
        with suppress(Problem):  # a damaged one is none
            if proposal is not None and next(pairs_between([proposal.mask], masks, least_iou), None) is not None:
                yield proposal


def set_state(db: sqlite3.Connection, row: StoredRow) -> None:
    """Writes a verdict, inside a transaction; one on a proposal that made way for others is about nothing."""
    db.execute("UPDATE proposal SET state = :state WHERE id = :id AND image_id = :image_id", row)


def copy_readable(old: sqlite3.Connection, new: sqlite3.Connection, images: set[int]) -> None:
    """Copies what can be read of the proposals of a damaged project, for images that were saved."""
    with suppress(sqlite3.Error):
        for (proposal_id,) in old.execute("SELECT id FROM proposal NOT INDEXED WHERE id < ?", (MOST,)).fetchall():
            with suppress(sqlite3.Error, Problem, UnicodeEncodeError, OverflowError, TypeError, AttributeError):
                row = old.execute(f"{_SELECT} WHERE id = ?", (proposal_id,)).fetchone()
                proposal = proposal_of(row) if row["image_id"] in images else None
                if proposal is not None and Mask.from_coco(proposal.mask.size, proposal.mask.counts) == proposal.mask:
                    new.execute(_INSERT, tuple(row))


def proposal_of(row: sqlite3.Row) -> KeptProposal | None:
    """Returns the proposal of a row; None of one that is none of ours. Its mask may be damaged: it is not decoded."""
    if None in tuple(row):
        return None
    box = _box_of(row["box"])
    if box is None or row["state"] not in get_args(ProposalState):
        return None
    mask = Mask((row["height"], row["width"]), row["counts"], box[:4], box[4])
    scores, point = (row["predicted_iou"], row["stability_score"]), (row["x"], row["y"])
    return KeptProposal(row["id"], row["image_id"], mask, *scores, point, row["model"], row["state"], row["time"])


def _box_of(text: str | None) -> tuple[int, int, int, int, int] | None:
    """Returns x, y, width, height and area, as they are kept beside a mask."""
    try:
        box = parse(text or "", tuple[int, int, int, int, int])
    except msgspec.DecodeError:
        return None
    return box if box[4] > 0 and all(0 <= n < 2**31 for n in box[:4]) else None


def state_of(row: sqlite3.Row) -> tuple[int, ProposalState]:
    """Returns the id of a row and its state."""
    return row["id"], row["state"]


def _values(each: KeptProposal) -> tuple[object, ...]:
    return (
        each.id, each.image_id, each.state, *each.mask.size, dump((*each.mask.bbox, each.mask.area)), each.mask.counts,
        each.predicted_iou, each.stability_score, *each.point, each.model, each.time,
    )  # fmt: skip


def verdict_row(verdict: Verdict) -> StoredRow:
    """Returns what the journal keeps of a verdict."""
    return {"id": verdict.id, "image_id": verdict.image_id, "state": verdict.state}


def verdict_now(db: sqlite3.Connection, proposal_id: int) -> StoredRow | None:
    """Returns the verdict on a proposal; None when there is no such proposal any more."""
    row = db.execute("SELECT id, image_id, state FROM proposal WHERE id = ?", (proposal_id,)).fetchone()
    return None if row is None else dict(row)


def is_verdict(row: StoredRow) -> bool:
    """True if a row of the journal is a verdict, whole."""
    numbers = (row.get("id"), row.get("image_id"))
    return all(type(n) is int for n in numbers) and row.get("state") in ("proposed", "accepted", "rejected")
