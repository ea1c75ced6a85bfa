"""The classes of a file and what they are in the project, which the person may rename, recolour or delete while an
import runs: each of its transactions looks at them anew."""

from __future__ import annotations

from msgspec.structs import replace

from app.formats.kit.class_numbers import joined
from app.formats.kit.report import Report
from app.project.history.journal import Step
from app.project.palette import color_of
from app.project.records import Category
from app.project.store import Project
from app.text import say


class ImportedClasses:
    """Finds the project's class for each class of a file, by the name that the file has for it."""

    def __init__(self, project: Project, report: Report) -> None:
        """Prepares an import. report: hears of a class that was deleted meanwhile."""
        self._project, self._report = project, report
        self._used: dict[str, Category] = {}
        """Those that the import has found or made, as they were last seen, by their names in the file."""
        self._count = len(project.categories())
        self._step: Step | None = None
        self._looked_at: set[str] = set()
        """In this transaction: nobody else writes while it lasts."""

    def find(self, step: Step, name: str) -> Category | None:
        """Returns the project's class that the file calls so, as it is now; None when there is none. One that the
        import has used already stays the one, whatever it is called since."""
        if step is not self._step:
            self._step, self._looked_at = step, set()
        if name not in self._looked_at:
            self._looked_at.add(name)
            self._look(step, name)
        return self._used.get(name)

    def merge(self, step: Step, category: Category) -> Category:
        """Returns the project's class of that name, with what a class of the file knows more of it; or makes it, with
        the id of that one unless it has none (0) or another class has it."""
        existing = self.find(step, category.name)
        if existing is None:
            is_free = category.id and step.now(category) is None
            color = category.color or color_of(self._count)
            merged = step.add(replace(category, id=category.id if is_free else 0, color=color))
            self._count += 1
        else:
            merged = _merged(existing, category)
            if merged != existing:
                step.put(merged)
        self._used[category.name] = merged
        return merged

    def _look(self, step: Step, name: str) -> None:
        used = self._used.pop(name, None)
        found = step.now(used) if used is not None else None
        if used is not None and found is None:
            self._report.warn(
                say("The class {name} was deleted during the import; what came after has it again.", name=name)
            )
        found = found or self._project.category_table.named(name)
        if found is not None:
            self._used[name] = found


def _merged(existing: Category, category: Category) -> Category:
    supercategory = existing.supercategory or category.supercategory
    extra = {**category.extra, **existing.extra, **joined(existing, category)}
    return replace(existing, supercategory=supercategory, extra=extra)
