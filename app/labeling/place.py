"""Where the session is: the project, the image that is shown, the model that answers, and how far both are."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Protocol

from app.engine.replies import Failed, JobProgress, ModelLoaded
from app.engine.values import ImageRef
from app.labeling.events import Notice, Tell
from app.problem import Problem
from app.project.history.restore import Past
from app.project.records import ImageRecord
from app.project.store import Project
from app.project.whereabouts import Unasked
from app.sam.closeup import Closeup
from app.sam.types import Size
from app.text import say

PAST = say("This is how the image was. {key:mask.discard}: back to now.")


class Answer(Protocol):
    """A reply of the model about an image."""

    @property
    def image(self) -> ImageRef:
        """The image, or the close-up of it, that was asked about."""
        ...

    @property
    def model_key(self) -> str:
        """The key of the model that answered."""
        ...


class Place:
    """The state that all parts of a session share. Each value is written by one part and read by all."""

    def __init__(self, project: Project, tell: Tell) -> None:
        self.project = project
        self._tell = tell
        self.image_id: int | None = None
        self.unreadable = ""
        """Why the image cannot be shown; "" when it can."""
        self.past: Past | None = None
        """What is shown instead of the objects of now; it cannot be changed."""
        self.model: ModelLoaded | None = None
        self.is_encoded = False
        self.failure: Failed | None = None
        """The model could not be loaded, or not encode this image."""
        self.progress: JobProgress | None = None
        """The progress of loading the model or of encoding this image, while it runs."""

    def enter(self, image_id: int, unreadable: str) -> None:
        """Makes another image the one that is shown: now, not read and not encoded yet."""
        self.image_id, self.unreadable, self.past = image_id, unreadable, None
        self.failure, self.progress, self.is_encoded = None, None, False

    def last_step(self) -> datetime | None:
        """Returns what is another one as soon as a step was made: the time of the newest."""
        with suppress(Problem):  # of a damaged project: who changes something is told
            return self.project.history.last
        return None

    def step_in_force(self) -> object:
        """Returns what is another one as soon as a step was made or undone, and the same again when it was undone or
        redone."""
        with suppress(Problem):
            return self.project.history.newest_in_force
        return None

    def writable(self) -> None:
        """Raises Problem while the past is shown: nothing can be changed there."""
        if self.past is not None:
            raise Problem(say("{past} Nothing can be changed there.", past=PAST))

    @property
    def image(self) -> ImageRecord | None:
        """The record of the image that is shown."""
        return None if self.image_id is None else self.project.image(self.image_id)

    @property
    def image_size(self) -> Size:
        """The (height, width) of the image; zeros while it is unknown."""
        image = self.image
        return (0, 0) if image is None else (image.height or 0, image.width or 0)

    def size(self) -> tuple[int, int] | None:
        """The (width, height) of an image that can be worked on, or None with a word to the person."""
        image = self.image
        if image is None:
            return None
        if self.unreadable:
            self._tell(Notice(self.unreadable, problem=True))
            return None
        if self.past is not None:
            self._tell(Notice(PAST))
            return None
        if image.width is None or image.height is None:
            self._tell(Notice(say("The image is still being read.")))
            return None
        return image.width, image.height

    @property
    def model_key(self) -> str:
        """The key of the loaded model; "" while none is."""
        return self.model.model_key if self.model else ""

    def ref(self, image_id: int, closeup: Closeup | None = None) -> ImageRef:
        """Names an image, or a part of it, to the engine. Raises Problem when it may not be looked at; whether links
        lead out on the way to it is found out by the thread that reads it: a drive may be slow."""
        name, places = self.project.image(image_id).path, self.project.whereabouts
        return ImageRef(image_id, places.named(name), closeup, partial(places.path_of, name))

    def ref_or_why_not(self, image_id: int) -> ImageRef | str:
        """Names an image to the engine, or says in a sentence why it may not be looked at."""
        try:
            return self.ref(image_id)
        except Unasked:
            return say("The image was not looked at yet.")
        except Problem as problem:
            return str(problem)

    def is_shown(self, image: ImageRef) -> bool:
        """True if that is the image now shown. The id alone is not enough: it may be of a project that was closed. It
        is asked of each answer: the drive is not."""
        if self.image_id is None:
            return False
        with suppress(Problem):
            path = self.project.whereabouts.named(self.project.image(self.image_id).path)
            return image.whole == ImageRef(self.image_id, path)
        return False

    def is_answer(self, reply: Answer) -> bool:
        """True if the reply is about the image now shown and comes from the model now loaded."""
        return reply.model_key == self.model_key and self.is_shown(reply.image)
