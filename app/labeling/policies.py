"""The overlap policy: what becomes of the pixels that a new object shares with those that are there.

The project has one for all classes, and each class may have one of its own, which the project file holds beside its
name: to choose it is a step like a new colour. The class of the object that is accepted decides
(docs/decisions/029-overlaps.md).
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from msgspec.structs import replace

from app.labeling.events import Changed, SessionEvent
from app.project.records import OVERLAP, Category, ChangeSet
from app.project.store import Project
from app.text import say

Policy: TypeAlias = Literal["new cuts old", "old cuts new", "allow"]
NEW_CUTS_OLD: Policy = "new cuts old"
OLD_CUTS_NEW: Policy = "old cuts new"
ALLOW: Policy = "allow"
POLICIES: tuple[Policy, ...] = get_args(Policy)
WORDS = MappingProxyType(
    {
        NEW_CUTS_OLD: say("New objects cut old ones"),
        OLD_CUTS_NEW: say("Old objects cut new ones"),
        ALLOW: say("Objects may overlap"),
    }
)
"""What the policies are called, for people."""
_SETTING = "overlap_policy"


class Policies:
    """Knows the policy of each class, and changes it."""

    def __init__(self, project: Project, tell: Callable[[SessionEvent], None]) -> None:
        self._project, self._tell = project, tell

    @property
    def usual(self) -> Policy:
        """The policy of all classes that have none of their own; objects may overlap until another one is chosen."""
        return _policy(self._project.setting(_SETTING)) or ALLOW

    def choose(self, policy: Policy) -> None:
        """Makes this the policy of all classes that have none of their own. Raises Problem when it cannot be written.

        It is a setting of the project, which undo does not touch.
        """
        self._project.set_setting(_SETTING, policy)
        self._tell(Changed("category"))

    def own(self, category: Category) -> Policy | None:
        """Returns the policy of the class itself; None when it follows the project."""
        return _policy(category.extra.get(OVERLAP))

    def of(self, category: Category | None) -> Policy:
        """Returns the policy for an object of that class, or of none."""
        return (self.own(category) if category else None) or self.usual

    def choose_for(self, category_id: int, policy: Policy | None) -> ChangeSet:
        """Gives a class a policy of its own, as one step; None: it follows the project."""
        with self._project.step(say("Change overlap policy")) as step:
            category = next(each for each in self._project.categories() if each.id == category_id)
            others = {key: value for key, value in category.extra.items() if key != OVERLAP}
            extra = others if policy is None else {**others, OVERLAP: policy}
            step.put(replace(category, extra=extra))
        return step.changes


def _policy(written: object) -> Policy | None:
    """What a file says may be anything."""
    return next((policy for policy in POLICIES if policy == written), None)
