"""The proposals of a project: masks that everything mode found, kept on disk until they are decided about (queue).

They are found without a click and kept without a step. What becomes of one (accepted, rejected) is part of the step
that decides it, and goes and comes back with it. New ones are written on a thread of their own (write-behind).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from threading import Lock, Thread

from msgspec.structs import replace

from app.problem import Problem
from app.project.open_file import OpenFile
from app.project.opening import open_sibling
from app.project.proposal_rows import OF_IMAGE, proposal_of, replace_undecided, state_of
from app.project.records import KeptProposal, ProposalState

_Pending = dict[int, Sequence[KeptProposal]]


class Proposals:
    """Keeps the proposals of one project. Belongs to the thread of its project."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._next_id: int | None = None
        self._lock = Lock()
        self._pending: _Pending = {}
        """By image, what is not in the file yet."""
        self._thread: Thread | None = None

    def of_image(self, image_id: int) -> list[KeptProposal]:
        """Returns the proposals of an image, whatever became of them, by id."""
        with self._lock:
            pending = self._pending.get(image_id)
        stored = [each for each in self._file.all(proposal_of, OF_IMAGE, image_id) if each is not None]
        if pending is None:
            return stored
        known = {proposal.id for proposal in pending}
        return [each for each in stored if each.id not in known and each.state != "proposed"] + list(pending)

    def image_ids(self) -> set[int]:
        """Returns the ids of the images with proposals, whatever became of them."""
        with self._lock:
            pending = {image_id for image_id, each in self._pending.items() if each}
        return pending | set(self._file.all(_first, "SELECT DISTINCT image_id FROM proposal"))

    def states(self, image_id: int) -> dict[int, ProposalState]:
        """Returns what became of those proposals of an image that are in the file, by id."""
        query = "SELECT id, state FROM proposal WHERE image_id = ?"
        return dict(self._file.all(state_of, query, image_id))

    def keep(self, image_id: int, found: Sequence[KeptProposal]) -> list[KeptProposal]:
        """Keeps these instead of the proposals of the image that nobody has decided about, soon and without waiting.

        Returns them with ids: one with the id 0 gets one. In a project that is only read they are kept until it is
        closed.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        kept = [each if each.id else replace(each, id=self._new_id(), time=each.time or now) for each in found]
        with self._lock:
            self._pending[image_id] = kept
            is_idle = self._thread is None
            if is_idle and not self._file.read_only_reason:
                self._thread = Thread(target=self._write, args=(self._file,), name="proposals", daemon=True)
                self._thread.start()
        return kept

    def flush(self) -> None:
        """Writes what is not in the file yet, in a transaction of this connection; later when that does not work."""
        if self._pending and not self._file.read_only_reason:
            with suppress(Problem):
                self._write_all(self._file)

    def close(self) -> None:
        """Waits for the thread, and writes what it could not."""
        thread = self._thread
        if thread is not None:
            thread.join()
        self.flush()

    def _new_id(self) -> int:
        """No id is ever used again, as the journal names them: this thread alone hands them out."""
        if self._next_id is None:
            query = "SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'proposal'"
            self._next_id = 1 + self._file.all(lambda row: int(row["last"]), query)[0]
        self._next_id += 1
        return self._next_id - 1

    def _write(self, file: OpenFile) -> None:
        """On the thread, until nothing is pending. What cannot be written stays pending for the next `flush`."""
        while True:
            with self._lock:
                if not self._pending:
                    self._thread = None
                    return
            try:
                with closing(open_sibling(file.path, read_only=False)) as sibling:
                    self._write_all(sibling)
            except (Problem, sqlite3.Error, OSError):
                with self._lock:
                    self._thread = None
                return

    def _write_all(self, file: OpenFile) -> None:
        """What is pending is known from there until it is in the file; written twice, it is there once."""
        with file.transaction():
            with self._lock:
                pending = dict(self._pending)
            for image_id, proposals in pending.items():
                replace_undecided(file.db, image_id, proposals)
        with self._lock:
            self._pending = {k: each for k, each in self._pending.items() if pending.get(k) is not each}


def _first(row: sqlite3.Row) -> int:
    return row[0]
