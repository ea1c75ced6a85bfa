"""Undo and redo: of the last click while an object is in the making, otherwise of the project's journal; and the
taking back of one step, wherever it is in the journal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.labeling import travel
from app.labeling.acceptance import Acceptance
from app.labeling.draft import Draft
from app.labeling.drafts import Drafts
from app.labeling.editor import Editor, has_class_again, has_new_class
from app.labeling.events import LongWork, Notice, Tell
from app.labeling.navigation import Navigation
from app.labeling.place import Place
from app.project.records import ChangeSet
from app.project.steps import LongReplay
from app.project.store import Project
from app.text import recalled, say
from app.work import Progress, Work


class UndoStack:
    """Decides what undo and redo mean right now, and opens the image that they changed."""

    def __init__(
        self,
        place: Place,
        drafts: Drafts,
        editor: Editor,
        *,
        acceptance: Acceptance,
        navigation: Navigation,
        tell: Tell,
    ) -> None:
        self._place, self._drafts, self._editor, self._navigation = place, drafts, editor, navigation
        self._acceptance, self._tell = acceptance, tell

    @property
    def can_restore(self) -> bool:
        """True if undo would bring back the object that was dropped."""
        return self._drafts.can_restore

    def undo(self) -> None:
        """Takes back the last click, or that an object was dropped, or that one was accepted whose mask is still to
        come, or the last step of the project. Raises Problem while the past is shown."""
        self._place.writable()
        draft = self._drafts.draft
        if self._drafts.restore():
            return
        if has_new_class(draft):
            self._editor.take_class_back()
        elif draft.is_live and not draft.is_offer:
            self._editor.back()
        else:
            self._drafts.put_aside()
            if not self._drafts.offers.bring_back():
                self._put_offer_aside()
                if not self._has_taken_back():
                    self._drafts.draft = Draft()  # what was taken back of it comes after what is undone now
                    self._replay(self._place.project.undo, say("Nothing to undo."), redo=False)

    @property
    def redone_next(self) -> Draft | None:
        """The draft of which redo would bring back a click, an edit or the class; None where it would be a step."""
        draft = self._drafts.draft
        return draft if draft.undone or has_class_again(draft) else self._drafts.aside

    def _has_taken_back(self) -> bool:
        """Whether what was accepted last is in the making again, since its mask was still to come. Its image is
        opened."""
        image_id = self._acceptance.take_back()
        if image_id is not None and image_id != self._place.image_id:
            self._navigation.open(image_id)
            self._tell(Notice(say("The object that was accepted last is in the making again.")))
        return image_id is not None

    def redo(self) -> None:
        """Brings back what undo took back. Raises Problem while the past is shown."""
        self._place.writable()
        draft = self._drafts.draft
        if draft.undone or has_class_again(draft) or self._drafts.take_aside():
            self._editor.forward()
        else:
            self._put_offer_aside()
            self._replay(self._place.project.redo, say("Nothing to redo."), redo=True)

    def take_back(self, step_id: int) -> None:
        """Takes back that step and no other, also while an object is in the making, which stays. Raises Problem when
        something later depends on it, it was taken back already, or the past is shown."""
        self._place.writable()
        steps = self._place.project.steps
        name, long = steps.name_of(step_id), steps.long_taking_back(step_id)

        def told(changes: ChangeSet | None) -> None:
            self._show_change(changes)
            self._tell(Notice(say("Taken back: {step}", step=recalled(name or ""))))

        if long is None:
            told(steps.take_back(step_id))
        else:
            self._leave(long, told)
        if not self._drafts.draft.is_live:
            self._drafts.draft = Draft()
            self._drafts.offer()

    def is_offered(self, step_id: int) -> bool:
        """True while that step is in force, so that there is something to take back."""
        return self._place.project.steps.name_of(step_id) is not None

    def in_the_way(self, step_id: int) -> str:
        """Returns why that step cannot be taken back, in a sentence; "" when it can."""
        return self._place.project.steps.in_the_way(step_id)

    def _put_offer_aside(self) -> None:
        """What was carried here is offered again when the step is undone or redone, if it is still to be decided."""
        if self._drafts.draft.is_offer:
            self._drafts.change(Draft())

    def _replay(self, replay: Callable[[], ChangeSet | None], otherwise: str, *, redo: bool) -> None:
        long = self._place.project.steps.long_replay(redo=redo)

        def told(changes: ChangeSet | None) -> None:
            if changes is None:
                self._tell(Notice(otherwise))
            elif self._show_change(changes):
                name = recalled(changes.name)
                done = say("Done again: {step}", step=name) if redo else say("Taken back: {step}", step=name)
                self._tell(Notice(done))

        if long is None:
            told(replay())
        else:
            self._leave(long, told)
        self._drafts.offer()

    def _leave(self, long: LongReplay, told: Callable[[ChangeSet | None], None]) -> None:
        """What is long is left to who listens, who does it beside the window."""
        steps = self._place.project.steps

        def follow(changes: ChangeSet | None) -> None:
            if changes is not None:
                steps.follow(changes)
            told(changes)

        if long.is_huge:
            self._tell(long)
        else:
            self._tell(LongWork(replay_words(long)[0], partial(_replayed, long), follow, beside_masks=True))

    def _show_change(self, changes: ChangeSet | None) -> bool:
        """The person sees what was undone: an image that changed is opened, unless the one that is shown did too.
        Returns whether one was: then a word on what happened there is due."""
        goal = travel.goal(changes or ChangeSet(""), self._place.project.images(), self._place.image_id)
        if goal is not None:
            self._navigation.open(goal)
        return goal is not None


def replay_words(long: LongReplay) -> tuple[str, str]:
    """Returns what is said while a long undo, redo or taking back is under way, and at its end."""
    name = recalled(long.name)
    if long.is_taken_back:
        return say("Taking back: {step}", step=name), say("Taken back: {step}", step=name)
    if long.redo:
        return say("Redoing: {name}", name=name), say("Redone: {name}", name=name)
    return say("Undoing: {name}", name=name), say("Undone: {name}", name=name)


def _replayed(long: LongReplay, project: Project) -> Work[ChangeSet | None]:
    yield Progress(0, 1)
    return project.steps.replay_told(long)
