"""Draws the state of session and project: on the canvas and in the strip. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.engine.replies import Outlined, Overviewed, Viewed
from app.engine.requests import Request, Sharpen, TraceOutlines
from app.engine.values import AutoMask, ImageRef
from app.labeling.carried import CarriedObject
from app.labeling.session import Session
from app.labeling.tools.overlay import BoxShape, Overlay
from app.problem import Problem
from app.text import say
from app.ui import theme
from app.ui.candidates_presenter import CandidatesPresenter
from app.ui.canvas.canvas import Canvas
from app.ui.canvas.outline import Outline
from app.ui.canvas.shapes import Drawn, Live
from app.ui.drawn_objects import DrawnObjects
from app.ui.live_mask import LiveMask, live_mask
from app.ui.outline_store import OutlineStore
from app.ui.widgets.candidates import CandidateStrip

_CORNER_PX = 8
"""A box of one corner, in device pixels."""


class Presenter:
    """Draws what the session holds, whenever it is told that something changed."""

    def __init__(
        self,
        session: Session,
        submit: Callable[[Request], None],
        *,
        canvas: Canvas,
        strip: CandidateStrip,
        tell: Callable[[str], object],
        tool_hint: Callable[[], str] = lambda: "",
    ) -> None:
        """Begins with nothing drawn. tell: shows a hint to the person; tool_hint: what the tool in the hand does."""
        self._session, self._submit = session, submit
        self._canvas = canvas
        self.candidates = CandidatesPresenter(session, canvas, strip, tell, tool_hint)
        self._outlines = OutlineStore()
        self._objects = DrawnObjects(self._outlines)
        self._levels: Sequence[NDArray[np.uint8]] = ()
        self._shrink = 1
        canvas.tiles.wanted.connect(self._sharpen)
        self.image_id: int | None = None
        """Of the image that is shown, or about to be."""
        self._viewed_id: int | None = None
        """Of the image that was read last."""
        self._live: LiveMask | None = None
        self._resumed_id: int | None = None
        self._in_hand: CarriedObject | None = None
        self._found: dict[AutoMask, Drawn] = {}
        self._carried: dict[CarriedObject, Drawn] = {}

    # --- the image -----------------------------------------------------------------------------------------------

    def image_changed(self) -> None:
        """Shows a grey page until another image is read. The same one again: only its objects are looked at."""
        if self.image_id != self._session.image_id:
            self.image_id = self._session.image_id
            self._levels = ()
            self._outlines.clear()
            self._canvas.show_message(*self._instead())
        self.objects()
        self.candidates.tell_hint()

    def forget_image(self) -> None:
        """Lets the image be shown anew."""
        self.image_id = None

    def _instead(self) -> tuple[str, str]:
        """Title and text of the grey page."""
        if not self._session.project.whereabouts.is_settled:
            return say("Not looked at yet"), self._session.project.whereabouts.question
        if self._session.place.unreadable:
            return say("Not looked at"), self._session.place.unreadable
        return say("Reading the image…"), ""

    def viewed(self, reply: Viewed) -> None:
        """Shows an image that was read. The same one again stays in view as the person has zoomed to it."""
        self._levels, self._shrink = reply.levels, reply.shrink
        viewport, is_again = self._canvas.viewport, self._viewed_id == self.image_id
        is_kept = is_again and not viewport.fitted and reply.size == (viewport.image_height, viewport.image_width)
        middle, scale, self._viewed_id = viewport.middle, viewport.scale, self.image_id
        self._canvas.show_image(reply.levels, reply.size, reply.shrink)
        if is_kept:
            viewport.show_middle(*middle, scale)
            self._canvas.view_changed()
        self.candidates.show(_live_color(self._session), self._levels, self._shrink)  # of what waited for its image

    def overviewed(self, reply: Overviewed) -> None:
        """Shows more of a huge image than was read before."""
        self._levels = reply.levels
        self._canvas.show_overview(reply.levels)

    def _sharpen(self, shrink: int, tiles: tuple[tuple[int, int], ...]) -> None:
        ref = self._ref()
        if ref is not None:
            self._submit(Sharpen(ref, shrink, tiles))

    def unreadable(self, name: str, sentence: str) -> None:
        """Shows why the image cannot be read. name: of its file."""
        self._levels = ()
        self._canvas.show_message(name, sentence)

    def traced(self, reply: Outlined) -> None:
        """Shows the objects whose outlines were made."""
        for (annotation_id, mask), polygons in zip(reply.masks, reply.outlines, strict=True):
            if annotation_id > 0:  # others are of proposals
                self._outlines.put(annotation_id, mask, polygons)
        self.objects()

    # --- saved objects -------------------------------------------------------------------------------------------

    def objects(self) -> None:
        """Draws the saved objects; one that is being refined is drawn by the live layer alone."""
        objects, past = self._session.objects.all(), self._session.place.past
        categories = {c.id: c for c in (past.categories if past else self._session.classes.all())}
        self._canvas.marks.show_objects(self._objects.show(objects, categories, self._resumed_id))
        self.selection()
        if self._session.editor.draft.is_live:  # it may be cut by others now
            self._canvas.marks.show_live(self._shown_live(_live_color(self._session)))
        self._trace()

    def selection(self) -> None:
        """Shows which saved objects are selected."""
        self._canvas.marks.show_selection(self._session.objects.selection)

    def _trace(self) -> None:
        missing = self._objects.missing()
        ref = self._ref() if missing else None
        if ref is not None:
            self._submit(TraceOutlines(ref, tuple(missing.items())))

    def _ref(self) -> ImageRef | None:
        """None of what may not be looked at."""
        image = self._session.image
        if image is not None:
            with suppress(Problem):
                return self._session.place.ref(image.id)
        return None

    # --- the object in the making --------------------------------------------------------------------------------

    def draft(self) -> None:
        """Shows the object in the making, and its candidates."""
        draft, color = self._session.editor.draft, _live_color(self._session)
        self._canvas.marks.show_live(self._shown_live(color) if draft.is_live else self._bare_live(color))
        self.candidates.show(color, self._levels, self._shrink)
        if draft.carried is not self._in_hand:
            self._in_hand = draft.carried
            self.findings()
        resumed_id = draft.resumed.id if draft.resumed else None
        if resumed_id != self._resumed_id:
            self._resumed_id = resumed_id
            self.objects()

    def _shown_live(self, color: QColor) -> Live:
        editor = self._session.editor
        prompt, proposal = editor.draft.prompt, editor.proposal
        points = tuple((float(x), float(y), bool(p)) for (x, y), p in zip(prompt.points, prompt.labels, strict=True))
        box = None if prompt.box is None else (*map(float, prompt.box),)
        outline, hatched = None, ()
        if proposal is not None:
            self._live = live_mask(proposal, self._session.acceptance.to_be_cut(), self._live, self._outlines.get)
            outline, hatched = self._live.outline, self._live.hatched(self._session, color)
            self._outlines.remember_live(self._live.region, outline)
        return replace(
            self._bare_live(color), outline=outline, points=points, box=box, waiting=editor.is_waiting, hatched=hatched
        )

    def _bare_live(self, color: QColor) -> Live:
        """What is known of the object in the making before it has a mask."""
        resumed = self._session.editor.draft.resumed
        saved = None if resumed is None else self._session.project.annotation(resumed.id)
        had = None if saved is None else self._outlines.get(saved)
        return Live(color=color, policy=self._session.acceptance.policy, had=had)

    # --- without a click -----------------------------------------------------------------------------------------

    def findings(self) -> None:
        """Shows what everything mode found so far, and what was carried here."""
        findings, carried = self._session.everything.findings, self._session.carrying.waiting
        self._found = {f: self._found.get(f) or self._finding(f) for f in findings}
        colors = {c.id: QColor(c.color) for c in self._session.classes.all()} if carried else {}
        made = ((each, self._carried.get(each) or _drawn_carried(each, colors)) for each in carried)
        self._carried = {each: drawn for each, drawn in made if drawn is not None}
        self._canvas.marks.show_findings([*self._found.values(), *self._carried.values()])
        self.candidates.tell_hint()

    def _finding(self, finding: AutoMask) -> Drawn:
        color = QColor(theme.colors().accent)
        return Drawn(0, Outline(finding.outlines), finding.mask.bbox, color)

    def preview(self) -> None:
        """Shows what lies under the mouse."""
        outlines = self._session.hover.outlines
        self._canvas.marks.show_preview(Outline(outlines) if outlines else None, _live_color(self._session))

    def dress(self) -> None:
        """Draws what has the colours of the theme in those that are in force now."""
        self._found, self._carried = {}, {}
        self.findings()
        self.draft()
        self.preview()

    # --- gestures ------------------------------------------------------------------------------------------------

    def crosshair(self, overlay: Overlay) -> None:
        """Shows the crosshair where it is now, and tells what the keys do at it."""
        self.gesture(overlay, is_moved=True)
        self.candidates.tell_hint()

    def gesture(self, overlay: Overlay, *, is_moved: bool = False) -> None:
        """Shows the crosshair, and what the hand draws. is_moved: a key moved the crosshair, or tried to."""
        at, marks, viewport = self._session.crosshair.at, self._canvas.marks, self._canvas.viewport
        if is_moved or at != marks.crosshair:
            before = viewport.left, viewport.top
            marks.show_crosshair(at, has_image=self._canvas.has_image)
            if (viewport.left, viewport.top) != before:
                self._canvas.view_changed()
        self.overlay(overlay)

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> BoxShape:
        """One that was just begun is large enough to be seen."""
        least = _CORNER_PX / self._canvas.viewport.scale
        around = [max(least - abs(b - a), 0) / 2 for a, b in ((x0, x1), (y0, y1))]
        left, top, right, bottom = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        return BoxShape(left - around[0], top - around[1], right + around[0], bottom + around[1])

    def overlay(self, overlay: Overlay) -> None:
        """Shows what the hand draws, or else the box begun at the crosshair."""
        crosshair = self._session.crosshair
        if not overlay and crosshair.anchor is not None and crosshair.at is not None:
            overlay = (self._box(*crosshair.anchor, *crosshair.at),)
        self._canvas.marks.show_overlay(overlay)


def _drawn_carried(carried: CarriedObject, colors: Mapping[int, QColor]) -> Drawn | None:
    """What was carried, as it is proposed, in the colour of its class; None while the model was not heard."""
    shown = carried.ring.current if carried.ring else None
    if shown is None:
        return None
    color = colors.get(carried.source.category_id or 0) or QColor(theme.colors().accent)
    return Drawn(0, Outline(shown.outlines), shown.region.bbox, color, filled=True)


def _live_color(session: Session) -> QColor:
    """Returns the colour of the class that the object in the making gets."""
    category = session.editor.category
    return QColor(category.color if category else theme.colors().accent)
