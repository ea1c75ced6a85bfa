"""The mask under the mouse, shown before any click."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from app.engine.replies import Hovered
from app.engine.requests import DecodeHover
from app.engine.values import Proposal
from app.labeling.bus import Bus
from app.labeling.closeups import Closeups
from app.labeling.drafts import Drafts
from app.labeling.events import Changed
from app.labeling.everything import Everything
from app.labeling.levels import Levels
from app.labeling.place import Place
from app.sam.types import Prompt

_revisions = count(1)
Outlines = Sequence[NDArray[np.float32]]
"""Closed polygons (N, 2) of x, y in image pixels."""


class Hover:
    """A finding of everything mode under the mouse is shown as it is; elsewhere the model is asked, at idle."""

    def __init__(
        self, place: Place, drafts: Drafts, *, everything: Everything, closeups: Closeups, levels: Levels, bus: Bus
    ) -> None:
        self._place, self._everything, self._closeups, self._drafts = place, everything, closeups, drafts
        self._levels, self._engine, self._tell = levels, bus.engine, bus.tell
        self._newest = self._shown = 0
        self._at = (math.nan, math.nan)
        """Where the newest question was asked."""
        self._answer: Hovered | None = None
        """The answer to it, once it has come."""
        self.enabled = True
        self.carried_at: Callable[[float, float], Proposal | None] = lambda _x, _y: None
        """What was carried here and lies at a pixel: a click takes it."""
        self.outlines: Outlines = ()
        """The outlines of what a click here would give; empty for nothing, or nothing yet."""
        bus.replies.on(Hovered, self._hovered)

    def move(self, x: float, y: float) -> None:
        """Shows what a click at this pixel would give; the mouse is there, and no button is down.

        Nothing is shown outside the image, in the past, before the image is encoded and while an object is in the
        making.
        """
        image_id = self._place.image_id
        height, width = self._place.image_size
        inside = 0 <= x < width and 0 <= y < height and self._place.past is None
        if not inside or not self._place.is_encoded or self._drafts.draft.is_live or image_id is None:
            self.leave()
        elif self.enabled:
            self._ask(image_id, x, y)

    def _ask(self, image_id: int, x: float, y: float) -> None:
        finding = next(iter(self._everything.at(x, y)), None)
        carried = self.carried_at(x, y)
        if carried is not None or finding is not None:
            self._show(carried.outlines if carried is not None else finding.outlines if finding else ())
        elif self._everything.is_running:
            self._show(())
        else:
            self._newest, self._at, self._answer = next(_revisions), (x, y), None
            closeup = self._closeups.here([(x, y)], self._place.image_size)
            self._engine.submit(DecodeHover(self._place.ref(image_id, closeup), self._newest, x, y, self._levels.usual))

    def leave(self) -> None:
        """Shows nothing: no pixel is under the mouse, and an answer that is on its way is too late."""
        self._shown = self._newest
        self._show(())

    def answer_to(self, prompt: Prompt) -> Hovered | None:
        """The answer that is there already to a first click exactly where the mouse has rested; None without one."""
        answer = self._answer
        fits = answer is not None and prompt.is_click_at(*self._at) and self._place.is_answer(answer)
        return answer if fits else None

    def _hovered(self, reply: Hovered) -> None:
        """While the mouse moves on, an answer to where it just was is better than none."""
        if self._drafts.draft.is_live or not self._place.is_answer(reply):
            return
        if reply.revision == self._newest:
            self._answer = reply
        if self.enabled and reply.revision > self._shown:
            self._shown = reply.revision
            self._show(reply.proposal.outlines if reply.proposal else ())

    def _show(self, outlines: Outlines) -> None:
        if outlines is not self.outlines and (outlines or self.outlines):
            self.outlines = outlines
            self._tell(Changed("preview"))
