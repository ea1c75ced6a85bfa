"""The labelling session: which image, which object in the making, what the next key does to it.

The session owns its parts and delivers the engine's replies to those that asked; the project owns the rows. It lives on
the GUI thread and never waits. Three decisions that users notice:

- Accepting before the answer is there accepts in advance: the newest prompt is answered and saved when its mask lands,
  also when the person has moved on; the next click starts the next object at once.
- While an object is in the making, undo takes back its last click and redo brings it back; otherwise they act on the
  project's journal, and the image that changed is opened.
- Leaving an image keeps the object in the making; it is there again when the person comes back, after a restart or a
  kill too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from app.engine.delivery import Delivery
from app.engine.replies import Reply
from app.engine.requests import Submit
from app.labeling.acceptance import Acceptance
from app.labeling.between import Between
from app.labeling.bus import Bus
from app.labeling.carrying import Carrying, chosen
from app.labeling.classes import Classes
from app.labeling.closeups import Closeups
from app.labeling.copying import Copying
from app.labeling.crosshair import Crosshair
from app.labeling.decoding import Decoding
from app.labeling.drafts import Drafts
from app.labeling.edges import Edges
from app.labeling.editor import Editor
from app.labeling.effort import Effort
from app.labeling.events import Changed, Listeners, Notice, SessionEvent, Tell, What
from app.labeling.everything import Everything
from app.labeling.hover import Hover
from app.labeling.levels import Levels
from app.labeling.navigation import Navigation
from app.labeling.objects import Objects
from app.labeling.painter import Painter
from app.labeling.pixels import Pixels
from app.labeling.place import Place
from app.labeling.readiness import Readiness
from app.labeling.repairs import Repairs
from app.labeling.review_past import ReviewPast
from app.labeling.snapping import Snapping
from app.labeling.stacking import Stacking
from app.labeling.undo import UndoStack
from app.project.records import Category, ChangeSet, ImageRecord
from app.project.store import Project
from app.text import say


class Session:
    """One project open on one screen."""

    def __init__(self, project: Project, engine: Submit, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._listeners, self._replies = Listeners(), Delivery()
        bus = Bus(engine, self._replies, self._listeners.tell)
        self.place = Place(project, bus.tell)
        self.classes = Classes(project, bus.tell)
        self.objects = Objects(self.place, bus.tell)
        self.crosshair = Crosshair(self.place, bus.tell)
        self.closeups = Closeups()
        self.pixels = Pixels(self.place, bus)
        self.edges = Edges(self.place, bus)
        self.stacking = Stacking(self.place, self.objects, bus.tell)
        self.everything = Everything(self.place, self.objects, bus)
        drafts = self.drafts = Drafts(self.place, self.classes, Effort(clock), bus.tell)
        self.copying = Copying(self.place, self.objects, self.classes, drafts, bus.tell)
        self.levels = Levels(project, self.classes)
        self.hover = Hover(
            self.place, drafts, everything=self.everything, closeups=self.closeups, levels=self.levels, bus=bus
        )
        self._make(drafts, bus)
        project.subscribe(self._project_changed)

    def _make(self, drafts: Drafts, bus: Bus) -> None:
        """The parts that work on the draft. Acceptance hears of an answer before Decoding does."""
        place, objects, classes, closeups = self.place, self.objects, self.classes, self.closeups
        everything, hover, crosshair, levels = self.everything, self.hover, self.crosshair, self.levels
        accept = Acceptance(
            place, drafts, classes=classes, everything=everything, closeups=closeups, levels=levels, bus=bus
        )
        decoding = Decoding(place, drafts, closeups=closeups, hover=hover, levels=levels, bus=bus)
        resets = (
            crosshair.hide, self.pixels.forget, self.edges.forget, hover.leave, everything.enter, closeups.forget,
            objects.select, drafts.effort.start, lambda: self.snapping.forget(),
        )  # fmt: skip
        self.acceptance = accept
        self.carrying = Carrying(place, objects, classes, drafts, bus)
        hover.carried_at = self.carrying.at
        self.editor = Editor(
            place, drafts, decoding, objects=objects, classes=classes, everything=everything, hover=hover,
            closeups=closeups, tell=bus.tell,
        )  # fmt: skip
        self.painter = Painter(place, drafts, self.editor, decoding, objects=objects, closeups=closeups, tell=bus.tell)
        self.repairs = Repairs(place, self.editor, objects=objects, classes=classes, tell=bus.tell)
        self.snapping = Snapping(place, self.editor, objects, repairs=self.repairs, bus=bus)
        self.between = Between(place, drafts, self.editor, objects=objects, classes=classes, tell=bus.tell)
        self.navigation = Navigation(place, drafts, decoding, accept, bus=bus, resets=resets)
        self.undo_stack = UndoStack(
            place, drafts, self.editor, acceptance=accept, navigation=self.navigation, tell=bus.tell
        )
        self.review = ReviewPast(
            place, drafts, decoding, objects=objects, everything=everything, hover=hover, tell=bus.tell
        )
        self.readiness = Readiness(
            place, objects=objects, decoding=decoding, everything=everything, hover=hover, closeups=closeups, bus=bus
        )

        self.on("proposal", do=self.painter.go_on)
        self.on("crosshair", do=self._preview_at_crosshair)
        self.on("image", do=self.carrying.look)
        self.on("model", do=self.carrying.model_changed)

    # --- where we are --------------------------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        """The project that is worked on."""
        return self.place.project

    @property
    def image_id(self) -> int | None:
        """The id of the image that is shown; None before the first one."""
        return self.place.image_id

    @property
    def image(self) -> ImageRecord | None:
        """The record of the image that is shown."""
        return self.place.image

    def writable(self) -> None:
        """Raises Problem while the past is shown: nothing can be changed there."""
        self.place.writable()

    # --- events --------------------------------------------------------------------------------------------------

    def subscribe(self, listener: Tell) -> None:
        """Passes every event from now on to `listener`."""
        self._listeners.subscribe(listener)

    def on(self, *what: What, do: Callable[[], object]) -> Callable[[], None]:
        """Calls `do` whenever one of these parts of the session changed. Returns what ends it."""
        return self._listeners.on(*what, do=do)

    def tell(self, event: SessionEvent) -> None:
        """Tells all who listen of something that happened outside the session and concerns its image."""
        self._listeners.tell(event)

    def kinds_of_replies(self) -> Sequence[tuple[type, type | None]]:
        """Returns the kinds of replies that the session is to receive; see Delivery.kinds."""
        return self._replies.kinds()

    def receive(self, reply: Reply) -> None:
        """Delivers a reply of the engine, on the GUI thread. Raises Problem when what it brought cannot be saved."""
        self._replies.deliver(reply)

    # --- keys that mean one thing or another ---------------------------------------------------------------------

    def discard(self) -> None:
        """Returns to now; else drops the object in the making; else the selection."""
        if self.place.past is not None:
            self.review.return_to_now()
        elif self.editor.draft.is_live:
            self.editor.discard()
        else:
            self.objects.select(None)

    def take(self, x: float, y: float) -> bool:
        """Makes what was carried here, or what everything mode found at this pixel, the object in the making. Returns
        False when there is nothing, or another object is in the making."""
        return self.carrying.take(x, y) or self.editor.take(x, y)

    def go_on_after_gesture(self) -> None:
        """Takes up what came while a gesture was under way, unless objects are selected: the person means those."""
        if not self.objects.selection:
            self.drafts.go_on()

    def set_category(self, category_id: int) -> Callable[[], object]:
        """Sets the class of the resumed or carried object, else of the selection, else of the next object. Returns what
        takes that back."""
        before = self.editor.category
        if self.editor.draft.has_own_class:
            self.editor.set_category(category_id)
            return lambda: self.editor.set_category(before.id) if before is not None else None
        if self.editor.draft.is_live or not self.objects.selection:
            self.classes.choose(category_id)
            return lambda: self.classes.choose(before.id) if before is not None else None
        changes = self.objects.set_category(category_id)
        step_id = changes.step_id if changes is not None else None
        return lambda: self.undo_stack.take_back(step_id) if step_id is not None else None

    def carry(self) -> None:
        """Opens the next image, and proposes there the selected objects of this one, or all that are visible."""
        self.writable()
        going, origin = chosen(self.objects), self.image_id
        if not going or origin is None:
            self.tell(Notice(say("There is nothing to carry to the next image: accept an object first.")))
            return
        self.navigation.next()
        if self.image_id is not None and self.image_id != origin:
            self.carrying.bring(going, origin)

    def _preview_at_crosshair(self) -> None:
        """What a click with the keyboard would give; not of a place that a box passes through."""
        at, is_in_box = self.crosshair.at, self.crosshair.anchor is not None
        if at is None or is_in_box:
            self.hover.leave()
        else:
            self.hover.move(*at)

    def _project_changed(self, changes: ChangeSet) -> None:
        if any(isinstance(change.before or change.after, Category) for change in changes.changes):
            self._listeners.tell(Changed("category"))
        self.objects.forget_deleted()
        self.drafts.follow()
        self.carrying.follow(changes)
        self.everything.refresh()
