"""Keeps the model of the images up to date with the project and with what the engine answers."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.replies import Encoded, Failed, ModelLoaded, Thumbnailed, Viewed
from app.engine.requests import Thumbnail
from app.engine.values import ImageRef
from app.labeling.session import Session
from app.project.records import Annotation, ChangeSet, ImageRecord
from app.ui.image_model import ImageModel
from app.ui.replies import Replies


class ImageFeed:
    """Subscribes to all that says something of an image, and asks for the thumbnails that are looked for."""

    def __init__(
        self,
        model: ImageModel,
        session: Session,
        replies: Replies,
        attempted: Callable[[Callable[..., object]], Callable[..., None]],
    ) -> None:
        """`attempted` wraps what may raise a Problem, so that the person is told."""
        self._model, self._session, self._replies = model, session, replies
        model.wanted.connect(attempted(self._ask_thumbnail))
        session.project.subscribe(attempted(self._project_changed))
        replies.on(Viewed, self._viewed)
        replies.on(Thumbnailed, self._thumbnailed)
        replies.on(Encoded, self._encoded)
        replies.on(ModelLoaded, lambda _reply: model.forget_ready())
        replies.on(Failed, self._not_thumbnailed, of=Thumbnail)

    def reload(self) -> None:
        """Reads all images of the project anew. Raises Problem when that cannot be done."""
        project = self._session.project
        self._model.set_images(project.images(), project.statistics.annotation_counts())

    def _ask_thumbnail(self, image_id: int) -> None:
        project = self._session.project
        if project.whereabouts.is_settled:
            path = project.image_path(project.image(image_id))
            self._replies.submit(Thumbnail(ImageRef(image_id, path)))

    def _project_changed(self, changes: ChangeSet) -> None:
        rows = [row for change in changes.changes for row in (change.before, change.after) if row is not None]
        project = self._session.project
        for row in rows:
            if isinstance(row, ImageRecord):
                self._model.update_image(project.image(row.id))
        images = {row.image_id for row in rows if isinstance(row, Annotation)}
        counts = project.statistics.annotation_counts() if images else {}
        for image_id in images:
            self._model.set_count(image_id, counts.get(image_id, 0))

    def _viewed(self, reply: Viewed) -> None:
        if self._replies.is_shown(reply.image):
            self._model.look_again(reply.image.image_id)

    def _thumbnailed(self, reply: Thumbnailed) -> None:
        if self._replies.is_ours(reply.image):
            self._model.set_thumbnail(reply.image.image_id, reply.pixels)

    def _encoded(self, reply: Encoded) -> None:
        if self._replies.is_ours(reply.image):
            self._model.set_ready(reply.image.image_id)

    def _not_thumbnailed(self, reply: Failed) -> None:
        """The list marks it; opening the image tells why."""
        if isinstance(reply.request, Thumbnail) and self._replies.is_ours(reply.request.image):
            self._model.set_unreadable(reply.request.image.image_id)
