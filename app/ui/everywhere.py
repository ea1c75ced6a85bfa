"""Everything mode on all images that nobody has worked on, beside the work: what it finds waits there as proposals."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.job_model import JobModel, ModelChangedError
from app.engine.values import ImageRef
from app.problem import Problem
from app.project.records import KeptProposal
from app.text import say, say_n
from app.work import Work

if TYPE_CHECKING:
    from app.project.store import Project
    from app.ui.shell import Shell
    from app.ui.workspace import Workspace


@dataclass
class _Round:
    """The images of a project that are looked at, and how far that is."""

    workspace: Workspace
    waiting: deque[int]
    images: int
    root: Path
    """The folder of the images, which may be moved."""
    done: int = 0
    found: int = 0
    unreadable: list[int] = field(default_factory=list)
    """Their ids."""


class Everywhere:
    """Looks at one image after the other. Each is a job of its own, so that an export or an import that is wanted
    meanwhile comes after the image, and not after thousands; a kill takes nothing back."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._under_way: _Round | None = None

    def start(self) -> None:
        """Begins. Raises Problem when there is nothing to be done, or it is under way."""
        workspace = self._shell.workspace
        if workspace is None:
            return
        if self._under_way is not None and self._under_way.workspace is workspace:
            raise Problem(say("That is under way already: Cancel, at the bottom, ends it."))
        workspace.project.whereabouts.must_be_settled()
        waiting = _untouched(workspace.project)
        if not waiting:
            raise Problem(say("Each image is done, has objects, or was looked at."))
        self._look_at_next(_Round(workspace, deque(waiting), len(waiting), workspace.project.root))

    def _look_at_next(self, round_: _Round) -> None:
        session, project = round_.workspace.session, round_.workspace.project
        if project.root != round_.root:  # what could not be read where it was is looked at once more
            round_.root = project.root
            round_.waiting.extendleft(reversed(round_.unreadable))
            round_.done -= len(round_.unreadable)
            round_.unreadable.clear()
        while round_.waiting and not _is_untouched(project, round_.waiting[0]):  # somebody was there since
            round_.waiting.popleft()
            round_.done += 1
        if not round_.waiting:
            self._tell(round_)
            return
        image_id = round_.waiting.popleft()
        image = session.place.ref_or_why_not(image_id)
        number = round_.done + 1
        title = say("Looking for everything: image {number} of {images}", number=number, images=round_.images)
        steps, done = partial(_found_on, image, round_.done, round_.images), partial(self._keep, round_, image_id)
        self._under_way = round_
        self._shell.jobs.start(title, steps, done, uses_model=True, ended=partial(self._ended, round_))

    def _ended(self, round_: _Round) -> None:
        if self._under_way is round_:  # and not one in a project that was opened meanwhile
            self._under_way = None

    def _keep(self, round_: _Round, image_id: int, found: Sequence[KeptProposal] | None) -> None:
        """Keeps it, unless somebody works there by now. found: None where the image could not be read."""
        workspace, round_.done = round_.workspace, round_.done + 1
        if workspace is not self._shell.workspace:
            return
        project, everything = workspace.project, workspace.session.everything
        is_shown = workspace.session.image_id == image_id
        is_taken = is_shown and everything.is_running
        if found is None:
            round_.unreadable.append(image_id)
        elif found and not is_taken and _is_untouched(project, image_id):
            project.proposals.keep(image_id, found)
            round_.found += len(found)
            if is_shown and workspace.session.place.past is None:
                everything.enter()
        self._look_at_next(round_)

    def _tell(self, round_: _Round) -> None:
        told = say_n(
            "Looked for everything on {n} image; {found} proposed.",
            "Looked for everything on {n} images; {found} proposed.",
            round_.images,
            found=say_n("{n} thing is", "{n} things are", round_.found),
        )
        if round_.unreadable:
            missing = say_n("{n} image cannot be read.", "{n} images cannot be read.", len(round_.unreadable))
            told = f"{told} {missing}"
        self._shell.toast.show_text(told)


def _untouched(project: Project) -> list[int]:
    """The ids of the images without objects, proposals and a word of the person."""
    objects, proposals = project.statistics.annotation_counts(), project.proposals.image_ids()
    return [
        image.id
        for image in project.images()
        if image.status == "open" and not objects.get(image.id) and image.id not in proposals
    ]


def _is_untouched(project: Project, image_id: int) -> bool:
    """Returns whether the image is open, without objects and proposals."""
    is_open = project.image(image_id).status == "open"
    return is_open and not project.annotations(image_id) and not project.proposals.of_image(image_id)


def _found_on(image: ImageRef | str, before: int, images: int, model: JobModel) -> Work[list[KeptProposal] | None]:
    """On the engine's thread. image: a sentence when it may not be looked at. before: so many were looked at."""
    if isinstance(image, str):
        return None
    steps = model.everything(image)
    try:
        while True:
            try:
                done, all_ = next(steps)
            except StopIteration as end:
                found = end.value
                break
            yield round(1000 * (before + done / max(all_, 1))), 1000 * images
    except ModelChangedError:
        raise
    except Problem:
        return None
    scored = [(each.mask, each.predicted_iou, each.stability_score, each.point) for each in found]
    return [KeptProposal(0, image.image_id, *each, model.model_key) for each in scored]
