"""When to look closer, and at what: small things are asked again of an embedding of their surroundings alone.

The first answer comes from the whole image, as always; the better one takes its place when it is there. Who zoomed in
points at something in that view, whatever the whole image says. Where that was done before, the next click is answered
from that close-up at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.engine.values import Proposal
from app.sam.closeup import GAIN, Box, Closeup, box_around, closeup_of, view_of
from app.sam.types import Prompt, Size

_REMEMBERED = 8
_TOO_SLOW_MS = 5000.0
"""Nobody looks at a mask for so long before it is accepted; the processor has better things to do then."""


class Closeups:
    """Knows which close-ups of the image now shown are encoded by the model now loaded."""

    def __init__(self) -> None:
        self.enabled = True
        self.visible: Callable[[], Box | None] = lambda: None
        """What the person sees of the image, in its pixels."""
        self.encode_ms = 0.0
        """What the last image took; 0 while unknown."""
        self.is_huge = False
        """Of the image now shown only parts can be looked at."""
        self._known: list[Closeup] = []

    def forget(self) -> None:
        """Forgets all close-ups: another image or model is there."""
        self._known.clear()

    def remember(self, closeup: Closeup) -> None:
        """Notes that a close-up is encoded; the last ones are kept in mind."""
        self._known = [*(c for c in self._known if c != closeup), closeup][-_REMEMBERED:]

    def is_at_hand(self, closeup: Closeup) -> bool:
        """Returns whether an answer comes from it as soon as from the whole image, of which none comes where that is
        huge."""
        return self.is_huge or closeup in self._known

    def around(self, proposal: Proposal, prompt: Prompt) -> Closeup | None:
        """Returns the close-up for a better answer to a prompt than this one; None when that is good enough."""
        if not self.enabled or self.encode_ms > _TOO_SLOW_MS:
            return None
        found, image_size, pointed = _box_of(proposal), proposal.region.image_size, _boxes_of(prompt)
        target = box_around([found, *pointed]) if prompt.box is None else box_around(pointed)
        if proposal.closeup is None:
            view = self._view(image_size, pointed if prompt.is_ambiguous else [target])
            if view is not None and (prompt.box is None or view.suits(target)):
                return view
        seen = proposal.closeup.size if proposal.closeup else image_size
        closer = closeup_of(target, seen, image_size)
        return closer and next((known for known in self._like(closer) if known.suits(target)), closer)

    def here(self, points: Sequence[tuple[float, float]], image_size: Size) -> Closeup | None:
        """Returns the encoded close-up that shows what the person sees around the points; None for the whole image.

        Of a huge image also one that is not encoded: the whole of it says little of what is seen in a view.
        """
        boxes = [(x, y, x, y) for x, y in points]
        view = self._view(image_size, boxes) if self.enabled else None
        if self.is_huge and self.enabled:
            return view or self._around_view(image_size, boxes)
        return view if view in self._known else None

    def wider(self, closeup: Closeup) -> Closeup | None:
        """Returns a wider close-up of a huge image, for what this one cuts; None for the whole image."""
        return closeup.grown() if self.is_huge else None

    def _view(self, image_size: Size, boxes: Sequence[Box]) -> Closeup | None:
        """What the person looks at, when it shows these; one much like it that is encoded is as good."""
        visible = self.visible()
        view = None if visible is None else view_of(visible, image_size)
        if view is None:
            return None
        target = box_around(boxes)
        return next((closeup for closeup in (*self._like(view), view) if closeup.holds(target)), None)

    def _around_view(self, image_size: Size, boxes: Sequence[Box]) -> Closeup | None:
        """Returns a close-up larger than the view, for boxes at the edge of what the person looks at. None where it
        does not hold them."""
        visible = self.visible()
        view = None if visible is None else view_of(visible, image_size)
        wider = view and view.grown()
        return wider if wider and wider.holds(box_around(boxes)) else None

    def _like(self, closeup: Closeup) -> Iterator[Closeup]:
        """Yields the encoded close-ups that show about as much at a time as this one, the newest first."""
        for known in reversed(self._known):
            if known.image_size == closeup.image_size and 1 / GAIN <= known.side / closeup.side <= GAIN:
                yield known


def _box_of(proposal: Proposal) -> Box:
    x, y, width, height = proposal.region.bbox
    return x, y, x + width, y + height


def _boxes_of(prompt: Prompt) -> list[Box]:
    boxes: list[Box] = [(x, y, x, y) for x, y in prompt.points.tolist()]
    if prompt.box is not None:
        x0, y0, x1, y1 = prompt.box.tolist()
        boxes.append((x0, y0, x1, y1))
    return boxes
