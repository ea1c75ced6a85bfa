"""Commands between objects: Boolean operations, their order, the pixels that nobody has, and the overlap policy."""

from __future__ import annotations

from app.labeling.actions.conditions import has_chosen, has_image, has_selection
from app.labeling.between import EXCLUSIVE_OR, INTERSECT, SUBTRACT, UNION, Operation
from app.labeling.commands import Acting, command
from app.labeling.policies import POLICIES, WORDS, Policy
from app.text import say


def _nothing_chosen(_: Acting) -> str:
    return say("Select two objects first: with Shift, a click adds one to those that are selected.")


def _nothing_selected(_: Acting) -> str:
    return say("Select an object first.")


def _operation_command(name: str, operation: Operation, text: str, key: str) -> None:
    @command(f"object.{name}", text=text, keys=key, menu="Object", when=has_chosen, why_not=_nothing_chosen)
    def combine(c: Acting) -> None:
        """Combines the objects that are selected, or the mask in the making with them."""
        c.session.between.combine(operation)


_operation_command("union", UNION, say("Union"), "U")
_operation_command("subtract", SUBTRACT, say("Subtract the others from the first"), "Shift+U")
_operation_command("intersect", INTERSECT, say("Intersect"), "Ctrl+U")
_operation_command("exclusive_or", EXCLUSIVE_OR, say("Exclusive or"), "Ctrl+Shift+U")


@command(
    "object.cut_by_above", text=say("Cut by what lies above"), keys="Ctrl+Shift+F", menu="Object", when=has_selection,
    why_not=_nothing_selected,
)  # fmt: skip
def cut_by_above(c: Acting) -> None:
    """Takes from the selected objects what others above them cover."""
    c.session.between.cut_by_above()


@command(
    "object.fill_under",
    text=say("Fill under: what nobody has"),
    keys="Ctrl+F",
    menu="Object",
    when=has_image,
)
def fill_under(c: Acting) -> None:
    """Leaves to the mask in the making what no object has; without one, it is all that no object has."""
    c.session.between.fill_under()


@command(
    "object.to_front",
    text=say("Bring to front"),
    keys=("Ctrl+Shift+]", "Ctrl+Shift+}"),
    menu="Object",
    when=has_selection,
    why_not=_nothing_selected,
)
def to_front(c: Acting) -> None:
    """Lays the selected objects on all others."""
    c.session.stacking.to_front()


@command(
    "object.up",
    text=say("Bring forward"),
    keys="Ctrl+]",
    menu="Object",
    when=has_selection,
    repeatable=True,
    why_not=_nothing_selected,
)
def up(c: Acting) -> None:
    """Lays the selected objects on the next one that covers some of them."""
    c.session.stacking.up()


@command(
    "object.down",
    text=say("Send backward"),
    keys="Ctrl+[",
    menu="Object",
    when=has_selection,
    repeatable=True,
    why_not=_nothing_selected,
)
def down(c: Acting) -> None:
    """Lays the selected objects under the next one that they cover some of."""
    c.session.stacking.down()


@command(
    "object.to_back",
    text=say("Send to back"),
    keys=("Ctrl+Shift+[", "Ctrl+Shift+{"),
    menu="Object",
    when=has_selection,
    why_not=_nothing_selected,
)
def to_back(c: Acting) -> None:
    """Lays the selected objects under all others."""
    c.session.stacking.to_back()


def _policy_command(policy: Policy, key: str) -> None:
    def is_chosen(c: Acting) -> bool:
        return c.session.classes.policies.usual == policy

    id = f"overlap.{policy.replace(' ', '_')}"

    @command(id, text=WORDS[policy], keys=key, menu="Object", checked=is_chosen)
    def choose(c: Acting) -> None:
        """Makes this the project's policy, for each class that has none of its own."""
        c.session.classes.policies.choose(policy)


for _number, _policy in enumerate(POLICIES, start=1):
    _policy_command(_policy, f"Ctrl+Alt+{_number}")
