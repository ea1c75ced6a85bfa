"""Snap outlines to image edges: the thread that reads images answers, with a state of the draft or for one step."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.replies import Failed, Snapped
from app.engine.requests import Snap
from app.labeling.bus import Bus
from app.labeling.editor import Editor
from app.labeling.events import Notice
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.labeling.repair_step import MaskRepair
from app.labeling.repairs import Repairs
from app.masks.rle import Mask
from app.masks.snapping import usual_band
from app.project.records import Annotation
from app.text import say, say_n

_TOLD_FROM = 20
"""So many objects take long enough to be told that they are being worked on."""
_DRAFT = 0
SNAP = MaskRepair(
    "snap",
    lambda mask: mask,
    lambda n: say_n("Snap object to edges", "Snap {n} objects to edges", n),
    lambda n: say_n("Snapped {n} object to edges.", "Snapped {n} objects to edges.", n),
    lambda mask: say("No edge of the image is nearer to the outline than it is."),
)


class Snapping:
    """One snap at a time: the newest; another image, Esc or another snap leave the one before."""

    def __init__(self, place: Place, editor: Editor, objects: Objects, *, repairs: Repairs, bus: Bus) -> None:
        self._place, self._editor, self._objects, self._repairs = place, editor, objects, repairs
        self._engine, self._tell = bus.engine, bus.tell
        self._asked: dict[int, Mask] = {}
        """The masks by the ids of their objects, of which an answer is awaited."""
        self._saved: Mapping[int, Annotation] = {}
        self._done: list[tuple[Annotation, Mask]] = []
        self._failures = 0
        self._revision = 0
        self.band = 0
        """How far from the outline edges are looked for, in pixels; 0: as the size of the image suggests."""
        bus.replies.on(Snapped, self._snapped)
        bus.replies.on(Failed, self._failed, of=Snap)

    @property
    def is_running(self) -> bool:
        """True while answers are awaited."""
        return bool(self._asked)

    def start(self, band: int = 0) -> None:
        """Asks for the mask in the making, else for all selected objects. band: another than the usual one, in pixels.
        Raises Problem in the past."""
        self._place.writable()
        self.forget()
        if self._editor.draft.is_live:
            mask = self._repairs.current()
            if mask is not None:
                self._revision = self._editor.draft.top.number
                self._ask({_DRAFT: mask}, band)
            return
        chosen = self._objects.selected()
        self._saved = {saved.id: saved for saved in chosen}
        if len(chosen) >= _TOLD_FROM:
            told = say("Snapping {n} objects to edges ... {key:mask.discard}: leave it", n=len(chosen))
            self._tell(Notice(told))
        self._ask({saved.id: saved.mask for saved in chosen}, band)

    def stop(self) -> None:
        """Leaves what was asked for; nothing was changed."""
        image_id = self._place.image_id
        if self.is_running and image_id is not None:
            self._engine.submit(Snap(self._place.ref(image_id), (), 0))
            self.forget()

    def forget(self) -> None:
        """Forgets what was asked for: its answers mean nothing any more."""
        self._asked, self._saved, self._done, self._failures = {}, {}, [], 0

    def _ask(self, masks: dict[int, Mask], band: int) -> None:
        image_id = self._place.image_id
        if image_id is None or not masks:
            return
        self._asked = masks
        band = band or self.band or usual_band(self._place.image_size)
        self._engine.submit(Snap(self._place.ref(image_id), tuple(masks.items()), band))

    def _is_awaited(self, request: Snap) -> bool:
        [(key, mask)] = request.masks
        return self._asked.get(key) is mask and self._place.is_shown(request.image)

    def _snapped(self, reply: Snapped) -> None:
        if not self._is_awaited(reply.request):
            return
        [(key, before)] = reply.request.masks
        del self._asked[key]
        if key == _DRAFT:
            self._of_draft(before, reply.mask)
        else:
            self._done.append((self._saved[key], reply.mask))
            self._end()

    def _of_draft(self, before: Mask, after: Mask) -> None:
        """Unless the person went on with it meanwhile."""
        draft = self._editor.draft
        if draft.is_live and draft.top.number == self._revision:
            self._repairs.edit(SNAP, before, after)

    def _failed(self, reply: Failed) -> None:
        assert isinstance(reply.request, Snap)
        if not self._is_awaited(reply.request):
            return
        [(key, _)] = reply.request.masks
        del self._asked[key]
        self._failures += 1
        if self._failures == 1:
            self._tell(Notice(reply.sentence, problem=True, details=reply.details))
        if key != _DRAFT:
            self._end()

    def _end(self) -> None:
        """One step of all, once the last answer is there; who was changed meanwhile stays as it is now."""
        if self._asked:
            return
        now = {saved.id: saved for saved in self._objects.all()}
        masks = {s.id: mask for s, mask in self._done if s.id in now and now[s.id].mask == s.mask}
        self.forget()
        self._repairs.save(SNAP, masks)
