"""What the session tells those who listen. The values themselves are read from the session: state lives once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from app.project.steps import LongReplay

What: TypeAlias = str
"""image, past, model, progress, proposal, selection, category, crosshair, findings, preview; and what others add."""


@dataclass(frozen=True)
class Changed:
    """That part of the session is different now."""

    what: What


@dataclass(frozen=True)
class Notice:
    """One sentence for the person: a toast. problem: something went wrong, details hold the traceback of a bug."""

    sentence: str
    undoable: bool = False
    problem: bool = False
    details: str = ""


SessionEvent: TypeAlias = Changed | Notice | LongReplay
"""A Lengthy one is to be stepped by who listens, at leisure."""
