"""Parts that a hand adds to an object or cuts out of it: by strokes, polygons, boxes, lines and fills."""

from __future__ import annotations

from dataclasses import replace

from app.labeling.closeups import Closeups
from app.labeling.decoding import Decoding
from app.labeling.drafts import Drafts
from app.labeling.drawn import ByHand, DrawnPart, FilledPlace
from app.labeling.editor import Editor
from app.labeling.events import Notice, Tell
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.masks.regions import decoded, has_all, has_any
from app.masks.rle import Region
from app.masks.strokes import Stroke, rasterized
from app.project.records import Annotation
from app.text import say


class Painter:
    """Combines a part with the object in the making, or else with the one that is selected."""

    def __init__(
        self,
        place: Place,
        drafts: Drafts,
        editor: Editor,
        decoding: Decoding,
        *,
        objects: Objects,
        closeups: Closeups,
        tell: Tell,
    ) -> None:
        self._place, self._drafts, self._editor, self._decoding = place, drafts, editor, decoding
        self._objects, self._closeups, self._tell = objects, closeups, tell

    def combine(self, part: Region, by: str, *, adds: bool = True) -> None:
        """Adds a part to the object, or cuts it out of it. What is added to nothing is a new object; what is cut out of
        nothing is cut out of the object that has most of it. A cut that takes nothing is told, and is no state.

        What is drawn while the answer to a click is awaited waits for it. by: what it was made with, as in Editor.edit.
        Raises Problem when the result reaches over too much of a huge image, and while the past is shown.
        """
        drawn = DrawnPart(part, by, adds)
        if self._place.size() is None or self._is_nothing(part) or self._comes_later(drawn):
            return
        if not adds:
            self.pick_up_below(part)
        before = self.mask()
        if before is None and not adds:
            self._tell(Notice(say("There is nothing to cut from: make a mask, or pick an object up first.")))
        elif before is None or adds or has_any(before, part):
            self.replace(drawn.laid_on(before), by)
        else:
            self._tell(Notice(self._why_not_cut(part)))

    def stroke(self, stroke: Stroke, *, ask_model: bool = False, part: Region | None = None) -> None:
        """Paints or erases on the object; painting may begin a new one. What changes no pixel is no state. While the
        answer to a click is awaited the stroke waits for it.

        ask_model: what the stroke left undone beside it is found with the model, where one is ready, and comes a moment
        later; the stroke as it was drawn stays the other candidate. part: its pixels, where they are made already.
        Raises Problem when it reaches over too much of a huge image, and while the past is shown.
        """
        if self._place.size() is None:
            return
        part = rasterized(stroke, self._place.image_size) if part is None else part
        by = "brush" if stroke.positive else "eraser"
        drawn = DrawnPart(part, by, stroke.positive, stroke, ask_model)
        if self._is_nothing(part) or self._comes_later(drawn):
            return
        before = self.mask()
        if before is None and not stroke.positive:
            self._tell(Notice(say("There is nothing to erase: paint something, or pick an object up first.")))
        elif before is None or (not has_all(before, part) if stroke.positive else has_any(before, part)):
            after = drawn.laid_on(before)
            self._pick_up()
            self._editor.edit(after, by, stroke=stroke, painted=drawn.painted)
            if ask_model:
                x, y, width, height = part.bbox
                corners = (x, y), (x + width - 1, y + height - 1)
                self._decoding.ask_about_stroke(self._closeups.here(corners, self._place.image_size))

    def fill(self, x: int, y: int, *, fills: bool = True) -> None:
        """Fills the hole of the mask that a pixel lies in, or takes the part there away. While the answer to a click is
        awaited it waits for it. Raises Problem while the past is shown."""
        place = FilledPlace(x, y, fills)
        if self._place.size() is None or self._comes_later(place):
            return
        mask = self.mask()
        if mask is None:
            self._tell(Notice(say("There is nothing to fill: make a mask, or pick an object up first.")))
            return
        found = place.laid_on(mask)
        if found is not None:
            self.replace(found, place.by)
        elif fills:
            self._tell(Notice(say("No hole of the mask is here: it is filled already, or open to the outside.")))
        else:
            self._tell(Notice(say("No part of the mask is here.")))

    def go_on(self) -> None:
        """Lays on the mask what was drawn while it was still to come."""
        draft = self._drafts.draft
        if draft.is_waiting or not draft.later:
            return
        self._drafts.draft = replace(draft, later=())
        for each in draft.later:
            if isinstance(each, FilledPlace):
                self.fill(each.x, each.y, fills=each.fills)
            elif each.stroke is None:
                self.combine(each.part, each.by, adds=each.adds)
            else:
                self.stroke(each.stroke, ask_model=each.asks_model, part=each.part)

    def mask(self) -> Region | None:
        """Returns what is worked on: the object in the making, else the one selected; None when there is neither."""
        shown, selected = self._editor.proposal, self._objects.selected()
        if self._editor.draft.is_live or len(selected) != 1:
            return shown.exact if shown else None
        return decoded(selected[0].mask)

    def replace(self, mask: Region, by: str) -> None:
        """Makes this the mask of what is worked on; a selected object is picked up for it. by: as in combine."""
        self._pick_up()
        self._editor.edit(mask, by)

    def pick_up_below(self, part: Region) -> None:
        """Picks up what a part is to be cut out of: with nothing in the making and none selected, the object that has
        most of it."""
        if not self._editor.draft.is_live and not self._objects.selection:
            below = self._objects.most_below(part)
            if below is not None:
                self._editor.resume(below.id)

    def another_below(self, part: Region) -> Annotation | None:
        """Returns the saved object that has most of a part, unless it is the one that is worked on."""
        draft, below = self._drafts.draft, self._objects.most_below(part)
        mine = [draft.resumed.id] if draft.resumed else [] if draft.is_live else self._objects.selection
        return None if below is None or below.id in mine else below

    def _why_not_cut(self, part: Region) -> str:
        """Why a cut takes no pixel."""
        if self.another_below(part) is None:
            return say("Nothing is cut: the mask has no pixel there.")
        if self._editor.draft.is_live:
            return say(
                "Nothing is cut: that is another object than the one in the making. Accept it first: {key:mask.accept}."
            )
        return say("Nothing is cut: another object is selected. {key:mask.discard}: select none, then any can be cut.")

    def _pick_up(self) -> None:
        """The selected object is worked on, unless one is in the making."""
        if not self._editor.draft.is_live and len(self._objects.selection) == 1:
            self._editor.resume(self._objects.selection[0])

    def _comes_later(self, drawn: ByHand) -> bool:
        """Whether the answer to a click is awaited, which this is kept for."""
        draft = self._drafts.draft
        if draft.is_waiting:
            self._objects.select(None)
            self._drafts.effort.touch()
            self._drafts.change(replace(draft, later=(*draft.later, drawn)))
            if isinstance(drawn, FilledPlace):
                told = say("It is done as soon as the answer to the last click is there.")
            else:
                told = say("It becomes part of the mask as soon as the answer to the last click is there.")
            self._tell(Notice(told))
        return draft.is_waiting

    def _is_nothing(self, part: Region) -> bool:
        """Whether a part has no pixel, which is told."""
        if part.pixels.any():
            return False
        self._tell(Notice(say("That covers no pixel of the image.")))
        return True
