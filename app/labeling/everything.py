"""What everything mode found on the image now shown: to be taken one by one, all at once, or not at all."""

from __future__ import annotations

from app.engine.replies import Failed, Proposed
from app.engine.requests import Propose, StopProposing
from app.engine.values import AutoMask
from app.labeling.bus import Bus
from app.labeling.events import Changed, Notice
from app.labeling.objects import Objects, covers
from app.labeling.place import Place
from app.masks.overlaps import pairs_between
from app.text import say, say_n

_ALIKE = 0.7
"""IoU of a finding and a saved object that say the same."""


class Everything:
    """Runs everything mode on the image now shown and keeps what it found."""

    def __init__(self, place: Place, objects: Objects, bus: Bus) -> None:
        self._place, self._objects, self._engine, self._tell = place, objects, bus.engine, bus.tell
        self._found: tuple[AutoMask, ...] = ()
        self.findings: tuple[AutoMask, ...] = ()
        """Those that no saved object says already, best first."""
        self.fraction: float | None = None
        """The fraction done; None when it is not running."""
        bus.replies.on(Proposed, self._proposed)
        bus.replies.on(Failed, self._failed, of=Propose)

    @property
    def is_running(self) -> bool:
        """True while the model looks for everything."""
        return self.fraction is not None

    def toggle(self) -> None:
        """Begins to look for everything, or stops what runs. Raises Problem when the image may not be looked at."""
        if self.is_running:
            self.stop()
        elif self._place.image_id is not None and self._place.size() is not None:
            self._engine.submit(Propose(self._place.ref(self._place.image_id)))
            self._show((), 0.0)

    def stop(self) -> None:
        """Stops looking; what was found so far stays."""
        if self.is_running:
            self._engine.submit(StopProposing())
            self._show(self._found, None)

    def clear(self) -> None:
        """Stops looking, and forgets what was found."""
        self.stop()
        if self._found:
            self._show((), None)

    def _proposed(self, reply: Proposed) -> None:
        if not self.is_running or not self._place.is_answer(reply):
            return
        is_done = reply.fraction == 1
        self._show(reply.findings, None if is_done else reply.fraction)
        if is_done:
            self._tell(Notice(_summary(len(self.findings))))

    def _failed(self, reply: Failed) -> None:
        if isinstance(reply.request, Propose) and self._place.is_shown(reply.request.image):
            self._show(self._found, None)

    def refresh(self) -> None:
        """Leaves out what saved objects say by now: some were saved or deleted."""
        if self._found:
            self._show(self._found, self.fraction)

    def at(self, x: float, y: float) -> list[AutoMask]:
        """Returns the findings that have this pixel, the smallest first."""
        return [f for f in sorted(self.findings, key=lambda f: f.mask.area) if covers(f.mask, x, y)]

    def _show(self, found: tuple[AutoMask, ...], fraction: float | None) -> None:
        saved = [annotation.mask for annotation in self._objects.all()] if found else []
        self._found, self.fraction = found, fraction
        said = {i for i, _, _ in pairs_between([f.mask for f in found], saved, _ALIKE)}
        self.findings = tuple(f for i, f in enumerate(found) if i not in said)
        self._tell(Changed("findings"))


def _summary(count: int) -> str:
    if not count:
        return say("Nothing new was found.")
    return say_n(
        "Found one thing. Click it to take it; {key:everything.accept} accepts all.",
        "Found {n} things. Click one to take it; {key:everything.accept} accepts all.",
        count,
    )
