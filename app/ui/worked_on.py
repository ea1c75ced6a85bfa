"""What is being worked on, as places on the canvas: messages do not cover it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtWidgets import QWidget

from app.labeling.session import Session
from app.ui.canvas.canvas import Canvas

_AROUND = 16
"""Points around a click or the crosshair."""
_MOST = 50
"""Selected objects; of more than that nobody looks at a single one."""


class WorkedOn:
    """Tells where the object in the making, its prompts and candidates, the selected objects and the crosshair are."""

    def __init__(self, session: Session, canvas: Canvas, strip: QWidget) -> None:
        """Looks at one session. strip: the candidates, over the canvas."""
        self._session, self._canvas, self._strip = session, canvas, strip

    def __call__(self) -> list[QRect]:
        """Returns their places, in points of the canvas."""
        if not self._canvas.has_image:
            return []
        session, live = self._session, self._canvas.marks.live
        boxes: list[tuple[float, float, float, float]] = []
        proposal = session.editor.proposal if session.editor.draft.is_live else None
        if proposal is not None:
            boxes.append(proposal.region.bbox)
        chosen = set(session.objects.selection[:_MOST])
        boxes += [each.mask.bbox for each in session.objects.all() if each.id in chosen] if chosen else []
        places = [self._shown(*box) for box in boxes]
        if live.box is not None:
            x0, y0, x1, y1 = live.box
            places.append(self._shown(x0, y0, x1 - x0, y1 - y0))
        points = [(x, y) for x, y, _ in live.points]
        if session.crosshair.at is not None:
            points.append(session.crosshair.at)
        around = (-_AROUND, -_AROUND, _AROUND, _AROUND)
        if self._strip.isVisible():
            places.append(self._strip.geometry())
        return places + [self._shown(x, y, 0, 0).adjusted(*around) for x, y in points]

    def _shown(self, x: float, y: float, width: float, height: float) -> QRect:
        viewport, ratio = self._canvas.viewport, self._canvas.devicePixelRatioF()
        left, top = viewport.to_view(x, y)
        right, bottom = viewport.to_view(x + width, y + height)
        return QRectF(left / ratio, top / ratio, (right - left) / ratio, (bottom - top) / ratio).toAlignedRect()
