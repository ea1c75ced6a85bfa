"""Rows of a damaged file made true again, or refused: what is worth having is the mask, its image and its class."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec

from app.project.proposal_rows import VERDICT, is_verdict
from app.project.rows import TABLES
from app.project.tables.stored_json import load
from app.project.tables.table import StoredRow
from app.project.tables.validity import is_number, is_text


def mended(kind: str, row: StoredRow) -> StoredRow | None:
    """A row as it may be saved; None when the damage took what it was about."""
    return TABLES[kind].mended(row) if is_number(row.get("id"), 1) else None


def is_journaled(entry: StoredRow) -> bool:
    """Whether an entry of the journal can be undone: rows of our tables, whole."""
    kind = entry.get("kind")
    if not is_number(entry.get("id"), 1):
        return False
    if kind == VERDICT:
        return all(_is_verdict(entry.get(name)) for name in ("before", "after"))
    if kind not in TABLES or not is_number(entry.get("step_id"), 1) or not is_number(entry.get("row_id"), 1):
        return False
    states = [journaled_row(kind, entry[name]) for name in ("before", "after") if entry.get(name) is not None]
    return bool(states) and all(_is_whole(kind, state) for state in states)


def _is_verdict(text: Any) -> bool:
    with suppress(msgspec.DecodeError):
        return is_text(text) and is_verdict(load(text))
    return False


def _is_whole(kind: str, row: StoredRow | None) -> bool:
    return row is not None and row.keys() >= set(TABLES[kind].all_columns) and mended(kind, row) is not None


def journaled_row(kind: str, text: Any) -> StoredRow | None:
    """Reads a row from an entry of the journal. text: its before or after. None when there is none to be read."""
    if not is_text(text):
        return None
    try:
        return TABLES[kind].filled(load(text))
    except msgspec.DecodeError:
        return None
