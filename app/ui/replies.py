"""What the engine answers about the open project: who asked for that kind of reply gets it."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.delivery import Delivery, Handler
from app.engine.replies import Reply
from app.engine.requests import Request
from app.engine.values import ImageRef
from app.labeling.session import Session
from app.ui.again import Act, Again


class Replies:
    """Delivers replies to the views and to the session; it ends with the project, and so do all its handlers."""

    def __init__(
        self,
        session: Session,
        submit: Callable[[Request], None],
        again: Again,
        attempted: Callable[[Callable[..., object]], Callable[..., None]],
    ) -> None:
        """`attempted` wraps what may raise a Problem, so that the person is told and the other handlers go on."""
        self.submit = submit
        """Asks the engine for something."""
        self._session, self._again, self._attempted = session, again, attempted
        self._delivery = Delivery()

    def on(self, kind: type, do: Handler, *, of: type | None = None) -> Callable[[], None]:
        """Calls `do` with every reply of that kind from now on. Returns what ends it.

        `of` narrows it to replies to such a request, as `on(Failed, do, of=Thumbnail)`.
        """
        return self._delivery.on(kind, self._attempted(do), of=of)

    def pass_to_session(self) -> None:
        """Lets the session hear what it asks for: after the views that were there first."""
        for kind, of in self._session.kinds_of_replies():
            self.on(kind, self._pass_on, of=of)

    def receive(self, reply: Reply) -> None:
        """Delivers any reply of the engine, on the GUI thread."""
        self._delivery.deliver(reply)

    def is_shown(self, image: ImageRef) -> bool:
        """True for the image on the canvas."""
        return image.image_id == self._session.image_id and self.is_ours(image)

    def is_ours(self, image: ImageRef) -> bool:
        """True for an image of this project.

        Ids are counted in each project anew: a late answer may be to a project that was closed.
        """
        return image.path.is_relative_to(self._session.project.root)

    def _pass_on(self, reply: Reply) -> None:
        session = self._session
        self._again.attempt(
            Act(str(id(reply)), lambda: session.receive(reply), give_up=lambda: session.acceptance.give_up(reply))
        )
