"""Objects in the making that wait on their images to be finished, while the program runs and over restarts.

On the disk each is what would have been saved of it: mask, provenance and the masks before it; its logits are not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from app.labeling.carried import CarriedObject
from app.labeling.draft import Draft, Prompted, Revision, next_revision
from app.labeling.events import Notice, Tell
from app.labeling.provenance import of_prompt, prompt_of
from app.labeling.saving import unsaved, with_drawn, with_trail
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Json
from app.project.store import Project
from app.sam.types import Size
from app.text import say

_MOST = 100
"""So many of one image are kept on the disk."""
_AT_HAND = 20
"""Images whose drafts are kept as they were, with their pixels, states and logits: some megabytes each."""
_MOST_LETTERS = 20_000_000
_SETTING = "unfinished on image "
_MOST_DIGITS = 18


class _Row(Struct, rename={"class_": "class"}, omit_defaults=True):
    """A setting of the project, which may come from a stranger."""

    size: tuple[int, int]
    """(height, width) of the image; zeros where it was unknown."""
    counts: Annotated[str, Meta(max_length=_MOST_LETTERS)]
    told: Json
    resumed: int = 0
    """The id of the saved object that it refines."""
    carried: Annotated[str, Meta(max_length=_MOST_LETTERS)] = ""
    """The runs of the mask with which it was carried here."""
    class_: int | None = None
    is_of_resumed: bool = False
    """The class is that of the saved object, also when that gets another one."""
    clicks: int = 0
    milliseconds: int = 0


_Rows: TypeAlias = Annotated[list[_Row], Meta(max_length=_MOST)]


class WaitingDrafts:
    """Keeps those of one project. The newest of an image is taken up first."""

    def __init__(self, project: Project, tell: Tell) -> None:
        self._project, self._tell = project, tell
        self._waiting: dict[int, list[Draft | _Row]] = {}
        """By image, of those that were looked for on the disk; what was read there is made a draft when it is taken."""
        self.accepted: Callable[[int], Sequence[Draft]] = lambda _image_id: ()
        """Those of an image that were accepted before their masks were there: after a kill they wait too."""

    def add(self, image_id: int, draft: Draft) -> None:
        """Lets one more wait, also on the disk."""
        self._of(image_id).append(draft)
        self._waiting[image_id] = self._waiting.pop(image_id)  # the newest is the last
        self._write(image_id)
        for left_long_ago in [each for each, there in self._waiting.items() if there][:-_AT_HAND]:
            self._waiting[left_long_ago] = [_light(each) for each in self._waiting[left_long_ago]]

    def take(self, image_id: int, size: Size, carried: Sequence[CarriedObject]) -> Draft | None:
        """Returns the newest one, or None: it waits no more, but stays on the disk until `settle`.

        size: (height, width) of the image, zeros while it is unknown. What was kept of another photo of that name, of
        another size, is left out, and the person told. carried: what is not decided there.
        """
        waiting = self._of(image_id)
        while waiting:
            newest = waiting.pop()
            if isinstance(newest, _Row) and any(newest.size) and any(size) and newest.size != size:
                self._tell(Notice(say("What waited here is left out: the image has another size now.")))
                continue
            draft = newest if isinstance(newest, Draft) else self._read(newest, image_id, carried)
            if draft is not None:
                return draft
        return None

    def images(self) -> set[int]:
        """Returns the ids of the images on which one waits; that in hand does not. Problem when they cannot be read."""
        ids = (key.removeprefix(_SETTING) for key in self._project.settings.keys(_SETTING))
        on_disk = {int(each) for each in ids if each.isascii() and each.isdigit() and len(each) <= _MOST_DIGITS}
        return on_disk.difference(self._waiting).union(each for each, waiting in self._waiting.items() if waiting)

    def keep(self, image_id: int, in_hand: Draft) -> None:
        """Keeps on the disk what is in hand too, as if it waited: the program may be killed."""
        self._of(image_id)
        self._write(image_id, in_hand)

    def settle(self, image_id: int) -> None:
        """Forgets what was taken: it is decided about."""
        if image_id in self._waiting or self.accepted(image_id):  # otherwise nothing was
            self._of(image_id)
            self._write(image_id)

    def _of(self, image_id: int) -> list[Draft | _Row]:
        if image_id not in self._waiting:
            try:
                kept = msgspec.convert(self._project.setting(_setting(image_id)) or [], _Rows)
            except (msgspec.ValidationError, RecursionError):
                kept = []
            self._waiting[image_id] = [*kept]
        return self._waiting[image_id]

    def _write(self, image_id: int, *in_hand: Draft) -> None:
        """Now or later: it is no step, and nobody waits for it."""
        kept = [*self.accepted(image_id), *self._waiting[image_id], *in_hand][-_MOST:]
        size = self._size(image_id) if kept else (0, 0)
        rows = [each if isinstance(each, _Row) else _row(each, size) for each in kept]
        written = [msgspec.to_builtins(row) for row in rows if row is not None]
        self._project.settings.keep(_setting(image_id), written or None)

    def _size(self, image_id: int) -> Size:
        image = self._project.image(image_id)
        return image.height or 0, image.width or 0

    def _read(self, row: _Row, image_id: int, offered: Sequence[CarriedObject]) -> Draft | None:
        """None where it is damaged."""
        try:
            if not row.counts:
                return _asked(row)
            mask = Mask.from_coco(row.size, row.counts)
            carried = next((each for each in offered if each.mask.counts == row.carried), None)
            if not mask.area:
                return None
            first = unsaved(mask, row.told)
        except Problem:
            return None
        saved = self._project.annotation(row.resumed) if row.resumed else None
        class_ = saved.category_id if saved is not None and row.is_of_resumed else row.class_
        return Draft(
            (first,), clicks=max(row.clicks, 0), milliseconds=max(row.milliseconds, 0), carried=carried,
            resumed=saved if saved is not None and saved.image_id == image_id else None, category_id=class_,
        )  # fmt: skip


def _light(draft: Draft | _Row) -> Draft | _Row:
    """Returns what is kept of a draft on the disk; itself where that is less than it, as of a click without an answer,
    which takes no room."""
    return draft if isinstance(draft, _Row) or draft.is_waiting else _row(draft, (0, 0)) or draft


def _row(draft: Draft, size: Size) -> _Row | None:
    """Returns what is kept of a draft: the newest of its states that was answered, with what was drawn since while an
    answer was awaited; of one without any, what was pointed at. None where there is neither. size:
    (height, width) of the image, zeros while it is unknown."""
    asked = of_prompt(draft.prompt, "", None, None)["prompt"] if draft.is_waiting else None
    while draft.is_live and (draft.top.shown is None or draft.top.shown.is_empty):
        draft = replace(draft, revisions=draft.revisions[:-1])
    with suppress(Problem):  # too large to be worked on: without it
        draft = with_drawn(draft)
    if not draft.is_live and asked is not None:
        return _Row(size, "", {"prompt": asked}, class_=draft.category_id, clicks=draft.clicks)
    if not draft.is_live or draft.is_unchanged or draft.proposal is None:
        return None
    mask, carried = draft.proposal.mask, draft.carried.mask.counts if draft.carried else ""
    resumed, class_ = draft.resumed.id if draft.resumed else 0, draft.category_id
    told, is_of_resumed = with_trail(mask, draft), draft.resumed is not None and draft.resumed.category_id == class_
    effort = draft.clicks, draft.milliseconds
    return _Row(mask.size, mask.counts, told, resumed, carried, class_, is_of_resumed, *effort)


def _asked(row: _Row) -> Draft | None:
    """A click that was never answered: it is asked again."""
    prompt = prompt_of(row.told)
    revision = Revision(next_revision(), Prompted(prompt))
    return None if prompt.is_empty else Draft((revision,), clicks=max(row.clicks, 0), category_id=row.class_)


def _setting(image_id: int) -> str:
    return f"{_SETTING}{image_id}"
