"""The mask under the mouse, shown before any click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from app.engine.replies import Hovered
from app.engine.requests import DecodeHover, Submit
from app.engine.values import ImageRef
from app.labeling.events import Changed, SessionEvent
from app.labeling.everything import Everything

_revisions = count(1)
Outlines = Sequence[NDArray[np.float32]]


class Hover:
    """A finding of everything mode under the mouse is shown as it is; elsewhere the model is asked, at idle."""

    def __init__(self, everything: Everything, engine: Submit, tell: Callable[[SessionEvent], None]) -> None:
        self._everything, self._engine, self._tell = everything, engine, tell
        self._newest = self._shown = 0
        self.enabled = True
        self.outlines: Outlines = ()
        """Of what a click here would give; empty for nothing, or nothing yet."""

    def move(self, image: ImageRef, x: float, y: float) -> None:
        """To this pixel of an image that is encoded."""
        if not self.enabled:
            return
        finding = next(iter(self._everything.at(x, y)), None)
        if finding is not None:
            self._show(finding.outlines)
        elif self._everything.is_running:
            self._show(())
        else:
            self._newest = next(_revisions)
            self._engine.submit(DecodeHover(image, self._newest, x, y))

    def leave(self) -> None:
        """Nothing is under the mouse; an answer that is on its way is too late."""
        self._shown = self._newest
        self._show(())

    def receive(self, reply: Hovered) -> None:
        """Of the image now shown. While the mouse moves on, an answer to where it just was is better than none."""
        if self.enabled and reply.revision > self._shown:
            self._shown = reply.revision
            self._show(reply.proposal.outlines if reply.proposal else ())

    def _show(self, outlines: Outlines) -> None:
        if outlines is not self.outlines and (outlines or self.outlines):
            self.outlines = outlines
            self._tell(Changed("preview"))
