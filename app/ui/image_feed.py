"""Keeps the model of the images up to date with the project and with what the engine answers."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.replies import EmbeddingsFound, Encoded, Failed, ModelLoaded, Thumbnailed, Viewed
from app.engine.requests import FindEmbeddings, Thumbnail
from app.labeling.session import Session
from app.project.records import Annotation, ChangeSet, ImageRecord
from app.ui.image_model import ImageModel
from app.ui.replies import Replies

_AT_ONCE = 2000
"""So many images are looked for between two thumbnails."""


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
        self._finding: list[FindEmbeddings] = []
        """What was asked since the model was loaded."""
        model.wanted.connect(attempted(self._ask_thumbnail))
        session.project.subscribe(attempted(self._project_changed))
        replies.on(Viewed, self._viewed)
        replies.on(Thumbnailed, self._thumbnailed)
        replies.on(Encoded, self._encoded)
        replies.on(ModelLoaded, self._model_loaded)
        replies.on(EmbeddingsFound, self._embeddings_found)
        replies.on(Failed, self._not_thumbnailed, of=Thumbnail)

    def reload(self) -> None:
        """Reads all images of the project anew. Raises Problem when that cannot be done."""
        project = self._session.project
        self._model.set_images(project.images(), project.statistics.annotation_counts())
        self._find_embeddings(self._session.place.model_key)

    def follow(self) -> None:
        """Shows the images as they are now, when another connection has written. Raises Problem as `reload`."""
        project = self._session.project
        if self._model.follow(project.images(), project.statistics.annotation_counts()):
            self._find_embeddings(self._session.place.model_key)
        else:
            self.reload()

    def _model_loaded(self, reply: ModelLoaded) -> None:
        self._model.forget_ready()
        self._find_embeddings(reply.model_key)

    def _find_embeddings(self, model_key: str) -> None:
        """Asks which images have an embedding on the disk, as far as it is known what their files hold."""
        self._finding.clear()
        known = [(record.id, record.content_hash) for record in self._model.records if record.content_hash]
        for first in range(0, len(known) if model_key else 0, _AT_ONCE):
            request = FindEmbeddings(model_key, tuple(known[first : first + _AT_ONCE]))
            self._finding.append(request)
            self._replies.submit(request)

    def _embeddings_found(self, reply: EmbeddingsFound) -> None:
        """An answer to another project, or about another model, comes too late."""
        if any(request is reply.request for request in self._finding):
            self._model.set_ready(*reply.image_ids)

    def _ask_thumbnail(self, image_id: int) -> None:
        if self._session.project.whereabouts.is_settled:
            self._replies.submit(Thumbnail(self._session.place.ref(image_id)))

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
            self._note_hash(reply)

    def _note_hash(self, reply: Encoded) -> None:
        """An image that was encoded ahead was not looked at yet, and is to have its dot after a restart. Where there
        are objects, it is when the image is looked at that a replaced file is told of."""
        project, image_id = self._session.project, reply.image.image_id
        if self._model.row(image_id) < 0 or project.image(image_id).content_hash is not None:
            return
        if not project.annotations(image_id):
            project.image_table.note(image_id, content_hash=reply.content_hash)

    def _not_thumbnailed(self, reply: Failed) -> None:
        """The list marks it; opening the image tells why."""
        if isinstance(reply.request, Thumbnail) and self._replies.is_ours(reply.request.image):
            self._model.set_unreadable(reply.request.image.image_id)
