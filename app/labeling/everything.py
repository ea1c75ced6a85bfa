"""What everything mode found on the image now shown: to be taken one by one, all at once, or not at all."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.replies import Proposed
from app.engine.requests import Propose, StopProposing, Submit
from app.engine.values import AutoMask, ImageRef
from app.labeling.events import Changed, Notice, SessionEvent
from app.labeling.objects import Objects, covers
from app.masks.overlaps import pairs_between

_ALIKE = 0.7
"""IoU of a finding and a saved object that say the same."""


class Everything:
    def __init__(self, objects: Objects, engine: Submit, tell: Callable[[SessionEvent], None]) -> None:
        self._objects, self._engine, self._tell = objects, engine, tell
        self._found: tuple[AutoMask, ...] = ()
        self.findings: tuple[AutoMask, ...] = ()
        """Those that no saved object says already, best first."""
        self.fraction: float | None = None
        """Done; None when it is not running."""

    @property
    def is_running(self) -> bool:
        return self.fraction is not None

    def start(self, image: ImageRef) -> None:
        self._engine.submit(Propose(image))
        self._show((), 0.0)

    def stop(self) -> None:
        """What was found so far stays."""
        if self.is_running:
            self._engine.submit(StopProposing())
            self._show(self._found, None)

    def clear(self) -> None:
        self.stop()
        if self._found:
            self._show((), None)

    def receive(self, reply: Proposed) -> None:
        """Of the image now shown."""
        if not self.is_running:
            return
        is_done = reply.fraction == 1
        self._show(reply.findings, None if is_done else reply.fraction)
        if is_done:
            self._tell(Notice(_summary(len(self.findings))))

    def failed(self) -> None:
        self._show(self._found, None)

    def refresh(self) -> None:
        """Objects were saved or deleted."""
        if self._found:
            self._show(self._found, self.fraction)

    def at(self, x: float, y: float) -> list[AutoMask]:
        """Those that have this pixel, the smallest first."""
        return [f for f in sorted(self.findings, key=lambda f: f.mask.area) if covers(f.mask, x, y)]

    def _show(self, found: tuple[AutoMask, ...], fraction: float | None) -> None:
        saved = [annotation.mask for annotation in self._objects.all()] if found else []
        self._found, self.fraction = found, fraction
        said = {i for i, _, _ in pairs_between([f.mask for f in found], saved, _ALIKE)}
        self.findings = tuple(f for i, f in enumerate(found) if i not in said)
        self._tell(Changed("findings"))


def _summary(count: int) -> str:
    if not count:
        return "Nothing new was found."
    what = "one thing. Click it to take it" if count == 1 else f"{count} things. Click one to take it"
    return f"Found {what}; Shift+G accepts all."
