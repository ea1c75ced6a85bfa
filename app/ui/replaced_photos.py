"""The photos of the open project that were replaced after labelling: told until the person says that they are right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from app.labeling.events import Notice
from app.project.accepting import accept
from app.project.replaced import Replaced
from app.text import say_n
from app.ui.workspace import Workspace


def connect(workspace: Workspace) -> None:
    """Lets the bar of a project lead to the photos, and notes what the person says of them."""
    bar = workspace.replaced_bar
    bar.next_wanted.connect(workspace.attempted(partial(_go_on, workspace)))
    bar.accepted.connect(lambda: workspace.photos_accepted.emit(bar.image_ids))
    workspace.photos_accepted.connect(workspace.changing(partial(_accept, workspace)))


def show(workspace: Workspace, replaced: Sequence[Replaced]) -> None:
    """Shows the bar with these photos; hides it when there are none."""
    workspace.replaced_bar.ask(replaced, can_accept=not workspace.project.read_only)


def _accept(workspace: Workspace, image_ids: Collection[int]) -> None:
    scaled = accept(workspace.project, image_ids)
    show(workspace, [each for each in workspace.replaced_bar.photos if each.image_id not in image_ids])
    workspace.photos_are_right.emit(tuple(image_ids))
    told = say_n("{n} photo is right as it is.", "{n} photos are right as they are.", len(image_ids))
    if scaled:
        told = say_n("{told} {n} mask was scaled.", "{told} {n} masks were scaled.", scaled, told=told)
    workspace.session.tell(Notice(told))


def _go_on(workspace: Workspace) -> None:
    """Opens the next one, or the first."""
    ids, here = workspace.replaced_bar.image_ids, workspace.session.image_id
    after = ids[ids.index(here) + 1 :] if here in ids else ids
    workspace.session.navigation.open((after or ids)[0])
