"""The classes of the project and the current one, which the next object gets."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from app.labeling.events import Changed, Notice, SessionEvent
from app.labeling.policies import Policies
from app.problem import Problem
from app.project.history.journal import Step
from app.project.palette import color_of
from app.project.records import PLACE, Annotation, Category, ChangeSet
from app.project.store import Project
from app.text import say

DEFAULT_NAME = "object"
"""Made with the first mask of a project without classes: every mask has one, as COCO wants it."""
_SETTING = "current_category"


class Classes:
    """Lists, chooses and changes the classes of a project."""

    def __init__(self, project: Project, tell: Callable[[SessionEvent], None]) -> None:
        self._project = project
        self._tell = tell
        self.policies = Policies(project, tell)
        """What becomes of the pixels that objects of a class share with others."""

    def all(self) -> list[Category]:
        """Returns all classes, in their order: as they were put, else as they were made. Digits follow it; files do
        not, as other programs know classes by their numbers."""
        return sorted(self._project.categories(), key=_place)

    @property
    def current(self) -> Category | None:
        """The one last chosen, or the first; None while the project has no classes."""
        categories = self.all()
        chosen = self._project.setting(_SETTING)
        return next((c for c in categories if c.id == chosen), categories[0] if categories else None)

    def choose(self, category_id: int) -> None:
        """Makes that class the current one, also when the project is opened again."""
        self._project.settings.keep(_SETTING, category_id)
        self._tell(Changed("category"))

    def nth(self, number: int) -> Category | None:
        """Returns the class with that digit, from 1; None when there are not so many."""
        categories = self.all()
        return categories[number - 1] if 1 <= number <= len(categories) else None

    def add(self, name: str) -> Category:
        """Adds a class, or returns the one that has this name already. Raises Problem for a name of nothing."""
        name = self._checked(name)
        same = self._named(name)
        if same is not None:
            return same
        with self._project.step(say("Add class")) as step:
            return self._new(step, name)

    def rename(self, category_id: int, name: str) -> ChangeSet:
        """Renames a class, as one step. Raises Problem when another has this name, or it is nothing."""
        name = self._checked(name)
        same = self._named(name)
        if same is not None and same.id != category_id:
            raise Problem(say("There is a class named {name} already.", name=name))
        with self._project.step(say("Rename class")) as step:
            step.put(replace(self._get(category_id), name=name))
        return step.changes

    def recolor(self, category_id: int, color: str) -> ChangeSet:
        """Changes the colour of a class to #rrggbb, as one step."""
        with self._project.step(say("Change colour")) as step:
            step.put(replace(self._get(category_id), color=color))
        return step.changes

    def move(self, category_id: int, by: int) -> ChangeSet:
        """Moves a class so many places down, or up where it is negative, as one step; not beyond the others."""
        with self._project.step(say("Move class")) as step:
            order = self.all()
            old = next(index for index, each in enumerate(order) if each.id == category_id)
            order.insert(min(max(old + by, 0), len(order) - 1), order.pop(old))
            for place, category in enumerate(order, start=1):
                if _place(category) != place:
                    step.put(replace(category, extra={**category.extra, PLACE: place}))
        return step.changes

    def delete(self, category_id: int) -> ChangeSet:
        """Deletes a class, as one step. Its objects stay, without a class."""
        category = self._get(category_id)
        with self._project.step(say("Delete class")) as step:
            step.delete(category)
        orphans = sum(isinstance(change.after, Annotation) for change in step.changes.changes)
        kept = say(" Objects without a class now: {orphans}.", orphans=orphans) if orphans else ""
        self._tell(Notice(say("Deleted class {category}.{kept}", category=category.name, kept=kept), step.id))
        return step.changes

    def for_accept(self, step: Step, category_id: int | None, *, keeps_none: bool = False) -> int | None:
        """Returns the id of a class that exists, for an object.

        It is the wanted one, else the current one, else a new one, made within the same step. keeps_none: the wanted
        one, else none.
        """
        found = self.for_new(category_id, keeps_none=keeps_none)
        if found is None and not keeps_none:
            found = self._new(step, DEFAULT_NAME)
        return found.id if found else None

    def for_new(self, category_id: int | None, *, keeps_none: bool = False) -> Category | None:
        """Returns the class that `for_accept` gives an object; None while the project has no classes."""
        wanted = next((c for c in self.all() if c.id == category_id), None)
        return wanted if wanted is not None or keeps_none else self.current

    def named_in(self, step: Step, name: str, color: str = "", supercategory: str = "") -> int:
        """Returns the id of the class of that name; one is made within the step when there is none.

        color: #rrggbb of a new one; "" for the next one of the palette.
        """
        same = self._named(name)
        if same is None:
            same = step.add(Category(0, name, color or color_of(len(self.all())), supercategory))
        return same.id

    def _new(self, step: Step, name: str) -> Category:
        return step.add(Category(id=0, name=name, color=color_of(len(self.all()))))

    def _get(self, category_id: int) -> Category:
        return next(c for c in self.all() if c.id == category_id)

    def _named(self, name: str) -> Category | None:
        """Returns the class of that name; without one, the first that differs in upper and lower case alone."""
        alike = [c for c in self.all() if c.name.casefold() == name.casefold()]
        return next((c for c in alike if c.name == name), alike[0] if alike else None)

    def _checked(self, name: str) -> str:
        if not name.strip():
            raise Problem(say("A class needs a name."))
        return name.strip()


def _place(category: Category) -> float:
    """Returns where a class was put; behind all others, if it was never. What a file says may be anything."""
    written = category.extra.get(PLACE)
    return written if isinstance(written, int) else float("inf")
