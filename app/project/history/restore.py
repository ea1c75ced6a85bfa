"""What was, brought back: objects as they were are the objects again, in one step that can be undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from app.project.history.journal import Step
from app.project.records import Annotation, Category, ChangeSet
from app.project.store import Project
from app.text import say, say_n


@dataclass(frozen=True)
class Past:
    """An image when a step was the last one."""

    image_id: int
    step_id: int
    """0: before the first."""
    objects: tuple[Annotation, ...]
    """By id."""
    categories: tuple[Category, ...]
    """The classes of then."""


def past_of(project: Project, image_id: int, step_id: int) -> Past:
    """Returns an image as of a step; step_id 0 is before the first one that is known."""
    objects, categories = (
        project.history.annotations_as_of(image_id, step_id),
        project.history.categories_as_of(step_id),
    )
    return Past(image_id, step_id, tuple(objects), tuple(categories))


@dataclass(frozen=True)
class BroughtBack:
    """What bringing objects back has changed."""

    changes: ChangeSet
    came: int
    """Objects that were gone or different."""
    went: int
    """Objects that came later."""

    def __str__(self) -> str:
        """Tells the person how many objects came back and how many went."""
        if not self.came and not self.went:
            return say("Nothing is different from then.")
        went = say(", {objects} that came later went", objects=_objects(self.went)) if self.went else ""
        return say("Brought back {objects}{went}.", objects=_objects(self.came), went=went)


def bring_back(project: Project, past: Past, *, only: Collection[int] = ()) -> BroughtBack:
    """The objects of then become those of now, in one step. only: ids of those to be brought back, while all others
    stay as they are. A class that was deleted comes back too, unless there is one of its name."""
    wanted = [then for then in past.objects if not only or then.id in only]
    with project.step(say_n("Bring back the object", "Bring back the objects", len(only))) as step:
        if not only:
            there = {then.id for then in past.objects}
            for later in project.annotations(past.image_id):
                if later.id not in there:
                    step.delete(later)
        classes = _classes_for(step, wanted, past.categories, project.categories())
        for then in wanted:
            step.put(replace(then, category_id=classes.get(then.category_id or 0)))
    rows = [change for change in step.changes.changes if isinstance(change.before or change.after, Annotation)]
    went = sum(change.after is None for change in rows)
    return BroughtBack(step.changes, len(rows) - went, went)


def _classes_for(
    step: Step, objects: Sequence[Annotation], then: Sequence[Category], now: Sequence[Category]
) -> dict[int, int]:
    """Returns the id that each class of then has now, and brings back those that the objects need and that are gone."""
    found = {category.id: category.id for category in now}
    by_name = {category.name: category.id for category in now}
    alike = {category.name.casefold(): category.id for category in reversed(now)}
    used = {each.category_id for each in objects}
    for category in then:
        if category.id in used and category.id not in found:
            same = by_name.get(category.name, alike.get(category.name.casefold()))
            if same is None:
                step.put(category)
                by_name[category.name] = alike[category.name.casefold()] = category.id
            found[category.id] = category.id if same is None else same
    return found


def _objects(number: int) -> str:
    return say_n("{n} object", "{n} objects", number)
