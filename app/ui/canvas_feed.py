"""Keeps the canvas up to date with the session and with what the engine answers about the image on it."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.replies import Failed, Outlined, Overviewed, Tile, Viewed
from app.engine.requests import RegionView, Sharpen
from app.labeling.session import Session
from app.ui.canvas.canvas import Canvas
from app.ui.presenter import Presenter
from app.ui.replies import Replies


class CanvasFeed:
    """Subscribes the canvas and the presenter, which draws on it, to all that changes what is seen."""

    def __init__(
        self,
        session: Session,
        replies: Replies,
        attempted: Callable[[Callable[..., object]], Callable[..., None]],
        *,
        canvas: Canvas,
        presenter: Presenter,
    ) -> None:
        """`attempted` wraps what may raise a Problem: what cannot be shown was done nevertheless."""
        self._session, self._replies, self._canvas, self._presenter = session, replies, canvas, presenter
        session.on("proposal", "category", do=attempted(presenter.draft))
        session.on("selection", do=attempted(presenter.selection))
        session.on("past", do=attempted(presenter.objects))
        session.on("findings", "carried", "past", do=attempted(presenter.findings))
        session.on("preview", "category", do=attempted(presenter.preview))
        session.on("progress", do=self._show_progress)
        self._listen_to_replies()

    def _listen_to_replies(self) -> None:
        on, presenter = self._replies.on, self._presenter
        on(Viewed, self._if_shown(presenter.viewed))
        on(Overviewed, self._if_shown(presenter.overviewed))
        on(Outlined, self._if_shown(presenter.traced))
        on(Tile, self._if_shown(self._show_tile))
        on(Failed, self._show_unreadable, of=RegionView)
        on(Failed, self._give_up_tiles, of=Sharpen)

    def _if_shown(self, show: Callable[..., object]) -> Callable[..., None]:
        """Only what is about the image on the canvas."""

        def show_it(reply: Viewed | Overviewed | Outlined | Tile) -> None:
            if self._replies.is_shown(reply.image):
                show(reply)

        return show_it

    def _show_tile(self, reply: Tile) -> None:
        self._canvas.tiles.show(reply.shrink, (reply.column, reply.row), reply.pixels)

    def _show_unreadable(self, reply: Failed) -> None:
        request = reply.request
        if isinstance(request, RegionView) and self._replies.is_shown(request.image):
            self._presenter.unreadable(request.image.name, reply.sentence)

    def _give_up_tiles(self, reply: Failed) -> None:
        request = reply.request
        if isinstance(request, Sharpen) and self._replies.is_shown(request.image):
            self._canvas.tiles.give_up(request.shrink, request.tiles)

    def _show_progress(self) -> None:
        self._canvas.marks.show_encoded(self._session.place.progress.fraction if self._session.place.progress else 0.0)
