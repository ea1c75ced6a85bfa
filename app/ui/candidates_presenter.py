"""Draws the candidates of the object in the making in the strip over the canvas, and tells what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage

from app.engine.values import Proposal
from app.labeling.session import Session
from app.text import say
from app.ui.candidate_words import CandidateWords, words_of
from app.ui.canvas.canvas import Canvas
from app.ui.widgets.candidates import CandidateStrip, thumbnail


class CandidatesPresenter:
    """Makes thumbnails anew only when the candidates, or the colour of their class, are others."""

    def __init__(
        self,
        session: Session,
        canvas: Canvas,
        strip: CandidateStrip,
        tell: Callable[[str], object],
        tool_hint: Callable[[], str] = lambda: "",
    ) -> None:
        """Begins with no candidates. tell: shows a hint to the person; tool_hint: what the tool in the hand does."""
        self._session, self._canvas, self._strip, self._tell = session, canvas, strip, tell
        self._tool_hint = tool_hint
        self._ring: tuple[Proposal, ...] = ()
        self._color = QColor()

    def show(self, color: QColor, levels: Sequence[NDArray[np.uint8]], shrink: int) -> None:
        """Shows the candidates as thumbnails of the image, in that colour, and what the next keys would do.

        levels: (h, w, 4) uint8 B G R 255, the largest first, which is `shrink` times smaller than the image; empty
        while none is shown.
        """
        ring = self._session.editor.ring if self._session.editor.draft.is_live else None
        if ring is not None and not ring.is_whole:
            return  # for some milliseconds: the strip would flicker
        proposals = ring.proposals if ring and levels and not (ring.current and ring.current.is_empty) else ()
        if proposals is not self._ring or (proposals and color != self._color):
            self._ring, self._color = proposals, color
            self._strip.show_candidates(
                [self._thumbnail(p, color, levels, shrink) for p in proposals],
                [self._words(number, p) for number, p in enumerate(proposals, 1)],
                ring.index if ring else 0,
            )
            self._make_way(ring.current if ring and proposals else None)
        elif ring is not None:
            self._strip.show_current(ring.index)
        self.tell_hint()

    def tell_hint(self) -> None:
        """Tells what the next keys would do."""
        self._tell(self._hint(len(self._ring)).replace("\n", "    "))

    def _make_way(self, proposal: Proposal | None) -> None:
        if proposal is not None:
            x, y, width, height = proposal.region.bbox
            view, ratio = self._canvas.viewport, self._canvas.devicePixelRatioF()
            left, top = view.to_view(x, y)
            scale = view.scale / ratio
            area = QRectF(left / ratio, top / ratio, width * scale, height * scale)
            self._strip.keep_clear(area.toAlignedRect())

    def _thumbnail(self, proposal: Proposal, color: QColor, levels: Sequence[NDArray[np.uint8]], shrink: int) -> QImage:
        level = levels[-1 if shrink == 1 else 0]
        smaller = shrink * levels[0].shape[1] / level.shape[1]
        return thumbnail(level, smaller, proposal.region, color, self._canvas.devicePixelRatioF())

    def _words(self, number: int, proposal: Proposal) -> CandidateWords:
        editor, category = self._session.editor, self._session.editor.category
        return words_of(number, proposal, editor.draft, self._session.levels.usual, category.name if category else "")

    def _is_taken(self, candidates: int) -> bool:
        """Whether the object in the making is a proposal of everything mode as it was found."""
        proposal = self._session.editor.proposal if candidates else None
        return proposal is not None and self._session.everything.like(proposal.region) is not None

    def _hint(self, candidates: int) -> str:
        if self._session.place.past is not None:
            return say(
                "{key:mask.discard}: back to now    {key:history.bring_back}: bring back what is shown\nA click "
                "chooses an object"
            )
        if self._session.editor.is_waiting:
            return say("Looking…")
        if self._session.place.unreadable:
            return say(
                "This image cannot be shown.    {key:image.next}: next image    {key:image.previous}: previous image"
            )
        of_tool, shown = self._tool_hint(), self._session.editor.proposal
        if self._session.editor.draft.is_live and shown is not None and shown.is_empty:
            return say("The mask is empty.    {key:prompt.back}: back    {key:mask.discard}: leave it")
        if of_tool:
            return of_tool
        if self._session.editor.draft.is_sharpening:
            return say("Looking closer…\n{key:mask.accept}: accept    {key:prompt.back}: back")
        if self._session.editor.draft.is_offer:
            return say(
                "{key:mask.accept}: accept    {key:carry.reject}: leave out    {key:carry.accept_all}: accept all\n"
                "Click: correct it    {key:candidate.next}: other mask    {key:mask.discard}: later"
            )
        if self._session.editor.draft.carried is not None:
            return say(
                "{key:mask.accept}: accept    {key:carry.reject}: leave out    {key:prompt.back}: back\n"
                "Click: more of it    Right click: not this"
            )
        if self._is_taken(candidates):
            return say(
                "{key:mask.accept}: accept    {key:everything.reject_one}: reject\n{key:candidate.next}: next "
                "candidate    {key:prompt.back}: back"
            )
        if candidates > 1:
            return say(
                "{key:candidate.next}: next candidate    {key:mask.accept}: accept\nClick: more of it    Right "
                "click: not this    {key:prompt.back}: back"
            )
        if candidates == 1:
            return say(
                "{key:mask.accept}: accept    {key:prompt.back}: back\nClick: more of it    Right click: not this"
            )
        if self._session.crosshair.anchor is not None:
            return say("{key:crosshair.box}: the other corner of the box    {key:mask.discard}: no box")
        if self._session.crosshair.at is not None:
            return say(
                "{key:crosshair.positive}: click here    {key:crosshair.negative}: not this\n{key:crosshair.box}: "
                "corner of a box    {key:mask.discard}: put the crosshair away"
            )
        if self._session.carrying.is_looking:
            return say("Looking at what was carried here…")
        if self._session.carrying.waiting:
            return say(
                "Click what was carried to take it.    {key:carry.take}: take the next one    {key:carry.accept_all}: "
                "accept all"
            )
        if self._session.everything.findings:
            return say(
                "Click a proposal to take it.    {key:everything.accept}: accept all\n{key:everything.reject}: reject "
                "all    {key:everything.start}: look again"
            )
        if self._session.objects.selection:
            return say(
                "{key:object.resume}: refine it    {key:object.delete}: delete it    {key:class.1} to {key:class.9}: "
                "its class\n{key:mask.discard}: choose none    Click: a new object"
            )
        return say(
            "Click a thing in the image.    {key:everything.start}: look for everything\nRight click: not "
            "this.    Drag: a box around it.    Space and drag: pan."
        )
