"""How far the engine is with the image now shown: read, encoded, with which model; and what went wrong on the way."""

from __future__ import annotations

from app.engine.replies import Encoded, Failed, JobProgress, ModelLoaded, ModelUnloaded, Viewed
from app.engine.requests import (
    Decode,
    DecodeHover,
    Encode,
    LoadModel,
    Propose,
    ReadPixels,
    RegionView,
    Sharpen,
    StopProposing,
    UnloadModel,
)
from app.labeling.bus import Bus
from app.labeling.closeups import Closeups
from app.labeling.decoding import Decoding
from app.labeling.events import Changed, Notice
from app.labeling.everything import Everything
from app.labeling.hover import Hover
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.project.identity import Stamp, likeness_of
from app.project.records import ImageRecord
from app.text import say, say_n

_TOLD = (RegionView, Sharpen, LoadModel, UnloadModel, Encode, Decode, DecodeHover, Propose, StopProposing, ReadPixels)
"""Requests whose failure is told here. Who asks for thumbnails and outlines hears of theirs."""


class Readiness:
    """Notes in the place what the engine tells about image and model, and warns of what the person should know."""

    def __init__(
        self,
        place: Place,
        *,
        objects: Objects,
        decoding: Decoding,
        everything: Everything,
        hover: Hover,
        closeups: Closeups,
        bus: Bus,
    ) -> None:
        self._place, self._objects, self._decoding = place, objects, decoding
        self._everything, self._hover, self._closeups, self._tell = everything, hover, closeups, bus.tell
        self._is_warned = False
        self._told = set[tuple[int, str]]()
        """Ids of images and what their files held instead of what was labelled, of which the person was told."""
        bus.replies.on(Viewed, self._viewed)
        bus.replies.on(Encoded, self._encoded)
        bus.replies.on(JobProgress, self._progressed, of=LoadModel)
        bus.replies.on(JobProgress, self._encoding, of=Encode)
        bus.replies.on(ModelLoaded, self._model_changed)
        bus.replies.on(ModelUnloaded, self._model_changed)
        for request in _TOLD:
            bus.replies.on(Failed, self._failed, of=request)

    # --- the image -----------------------------------------------------------------------------------------------

    def _viewed(self, reply: Viewed) -> None:
        if not self._place.is_shown(reply.image):
            return
        self._closeups.is_huge = reply.shrink > 1
        is_another = self._note(reply)
        self._tell(Changed("image"))
        if is_another:
            self._tell(Changed("photo"))
        self._warn_of_the_disk()

    def _note(self, reply: Viewed) -> bool:
        """Notes what reading the file told. Not of one that may be another than was labelled, which the person has to
        say, or may be that of another image, which a scan finds out; returns whether it is such a one."""
        project, image_id = self._place.project, reply.image.image_id
        record, (height, width) = project.image(image_id), reply.size
        like = likeness_of(record, Stamp(reply.size_bytes, reply.mtime_ns), reply.content_hash)
        if like == "other" and self._objects.count:
            self._warn_of_another_picture(reply)
        if like in ("other", "unknown") and (self._is_worked_on(record) or self._is_elsewhere(reply)):
            project.image_table.show_as(image_id, reply.size)
            return True
        project.image_table.note(
            image_id,
            width=width,
            height=height,
            content_hash=reply.content_hash,
            size_bytes=reply.size_bytes,
            mtime_ns=reply.mtime_ns,
        )
        return False

    def _is_worked_on(self, record: ImageRecord) -> bool:
        return bool(self._objects.count) or record.status != "open"

    def _is_elsewhere(self, reply: Viewed) -> bool:
        """Whether another image had this content: their files were exchanged."""
        images = self._place.project.images()
        return any(each.content_hash == reply.content_hash and each.id != reply.image.image_id for each in images)

    def _warn_of_another_picture(self, reply: Viewed) -> None:
        """Once of each picture."""
        seen = reply.image.image_id, reply.content_hash
        if seen not in self._told:
            self._told.add(seen)
            name, masks = reply.image.name, say_n("{n} mask", "{n} masks", self._objects.count)
            self._tell(
                Notice(
                    say("{name} was replaced after {masks} had been made on it: look at them.", name=name, masks=masks),
                    problem=True,
                )
            )

    def _warn_of_the_disk(self) -> None:
        """Once, until something could be written again."""
        unsaved = self._place.project.deferred.reason
        if unsaved and not self._is_warned:
            cause = unsaved.split(". ")[0].rstrip(".")
            self._tell(
                Notice(
                    say("{cause}. The images can be looked at; what was found out is saved later.", cause=cause),
                    problem=True,
                )
            )
        self._is_warned = bool(unsaved)

    def _encoded(self, reply: Encoded) -> None:
        if self._place.is_shown(reply.image):
            self._place.is_encoded, self._place.progress = True, None
            self._closeups.encode_ms = reply.encode_ms or self._closeups.encode_ms
            self._tell(Changed("progress"))

    def _encoding(self, reply: JobProgress) -> None:
        assert isinstance(reply.request, Encode)
        if self._place.is_shown(reply.request.image):
            self._progressed(reply)

    def _progressed(self, reply: JobProgress) -> None:
        self._place.progress = reply
        self._tell(Changed("progress"))

    # --- the model -----------------------------------------------------------------------------------------------

    def _model_changed(self, reply: ModelLoaded | ModelUnloaded) -> None:
        """The object in the making is asked again of the new model; the old one's logits mean nothing to it."""
        place, before = self._place, self._place.model_key
        place.model = reply if isinstance(reply, ModelLoaded) else None
        place.failure, place.progress, place.is_encoded = None, None, False
        if place.model_key != before:
            self._closeups.forget()
            self._closeups.encode_ms = 0.0
            self._hover.leave()
            self._everything.stop()
            if before and place.model:
                self._decoding.ask_new_model()
        self._tell(Changed("model"))

    # --- failures ------------------------------------------------------------------------------------------------

    def _failed(self, reply: Failed) -> None:
        """One trouble is told once; what the mouse asked for, and what another image lacks, is not told."""
        place, request = self._place, reply.request
        if isinstance(request, DecodeHover):
            return  # the mouse moves on
        if isinstance(request, RegionView | Encode | Propose) and not place.is_shown(request.image):
            return  # opening that image tells again
        said = place.unreadable or (place.failure.sentence if place.failure else "")
        if isinstance(request, RegionView):
            place.unreadable = reply.sentence
            self._tell(Changed("image"))
            return  # the canvas shows it
        if isinstance(request, LoadModel | Encode):
            place.failure, place.progress = reply, None
        if reply.sentence != said:
            self._tell(Notice(reply.sentence, problem=True, details=reply.details))
        self._tell(Changed("progress"))
