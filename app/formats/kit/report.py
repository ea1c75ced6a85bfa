"""What an import or export did, passed over, left out and lost: the numbers. `describe` makes sentences of them.

There are three verbs, by how much it matters: `leave_out` (an object, file, folder or link is not there), `warn` (it is
there, but the person should look at it) and `remark` (it is as it should be, and good to know: what is nothing by the
rules of the format, or came in otherwise than it stands there). What a format has no room for is told by `lose`.
`explain` sees to it that a report of nothing has a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from app.formats.kit.fields import Of
from app.formats.kit.overflow import Overflow
from app.problem import Problem
from app.tally import SHOWN, Tally
from app.text import say
from app.work import Work

UNCLASSIFIED = "object"
"""The class of what has none: most formats want one."""
MAX_SENTENCES = 500
"""A report holds so many sentences; a million broken objects must not make a million of them."""
MAX_PLACES = 1000
"""A report holds so many places where something was lost, for each kind of it."""
BOX_ALONE = say("it is a box without a mask; its mask is the rectangle.")
"""Of an object, in a remark."""


def several_classes(name: str) -> str:
    """Returns the sentence on a class that has the name of another class of the file."""
    return say("The file has several classes named {name}; they became one.", name=name)


class Nowhere(Problem):
    """What a file tells lies on no image of the project, or on no pixel of it: there is nothing that could come in."""


@dataclass
class Report:
    """What was done, what was left out, and why."""

    done: str
    """What the numbers say: "Imported" or "Exported"."""
    images: int = 0
    """Those of the file that were found in the project (import), or written (export)."""
    categories: int = 0
    annotations: int = 0
    unchanged: int = 0
    """Annotations that were there already."""
    skipped: int = 0
    """Annotations left out."""
    joined: int = 0
    """Annotations that the file tells as several shapes of one group."""
    nowhere: int = 0
    """Of what was skipped or left out: what lies on no image of the project, or on no pixel of it."""
    left_out: int = 0
    """Files, folders and links left out, in which there may be annotations; and images that were not written."""
    unchosen: int = 0
    """Images that were left out because the person wants only some of them."""
    unchosen_objects: int = 0
    """Annotations on those."""
    files: int = 0
    """Image files that were put beside."""
    file_bytes: int = 0
    """What those take on the disk: nothing, when they are links."""
    problems: list[str] = field(default_factory=list[str])
    """One sentence each, the first MAX_SENTENCES."""
    problem_count: int = 0
    tally: Tally = field(default_factory=Tally)
    """All of them, by their kinds."""
    remarks: Tally = field(default_factory=Tally)
    """What is good to know of what was read, by its kinds: boxes that became masks, void pixels."""
    nothing: str = ""
    """Why nothing came in: a sentence, where there is no other reason."""
    unclassified: int = 0
    """Objects that were given a class because the format wants one."""
    losses: dict[str, int] = field(default_factory=dict[str, int])
    """What the format cannot hold ("attributes"), and of how many objects it was left out."""
    class_losses: dict[str, int] = field(default_factory=dict[str, int])
    """What it cannot hold of classes."""
    image_losses: dict[str, int] = field(default_factory=dict[str, int])
    """What it cannot hold of images."""
    kept_by: dict[str, str] = field(default_factory=dict[str, str])
    """Of what was lost as the options are now: the option with which it is kept."""
    places: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Where each of these was lost ("cat.png, object 5"): the first MAX_PLACES of each."""

    def __post_init__(self) -> None:
        self.overflow = Overflow()
        """The problems and places that are too many to be kept here."""

    def warn(self, sentence: str) -> None:
        """Keeps what the person should look at: what is there, but otherwise than one would think."""
        self.problem_count += 1
        self.tally.add(sentence)
        self._keep(sentence)

    def _keep(self, sentence: str) -> None:
        if len(self.problems) < MAX_SENTENCES:
            self.problems.append(sentence)
        else:
            self.overflow.add("", sentence)

    @property
    def is_partial(self) -> bool:
        """Tells whether something was left out that could have come in, or been written."""
        return self.skipped + self.left_out > self.nowhere

    def leave_out(
        self, sentence: str, cause: Problem | None = None, *, of: Literal["object", "file"] = "object"
    ) -> None:
        """Counts an object that is left out; or a file, folder or link with all that is in it. sentence: which, and
        why."""
        if of == "object":
            self.skipped += 1
        else:
            self.left_out += 1
        self.nowhere += isinstance(cause, Nowhere)
        self.warn(sentence)

    def remark(self, what: str, place: str, n: int = 1) -> None:
        """Counts what is good to know of n things in a place. what: the same for all of its kind."""
        self.remarks.note(what, place, what, n)

    def explain(self, name: str) -> None:
        """Finds a reason for an import of nothing where none is told. name: of the file or folder."""
        if not (self.annotations or self.unchanged or self.skipped or self.left_out or self.nothing):
            told = self.problem_count or self.remarks.kinds
            self.nothing = (
                say("Nothing in {name} became an object.", name=name)
                if told
                else say("There are no objects in {name}.", name=name)
            )

    def refusal(self, sentence: str) -> Problem:
        """Makes the Problem that ends an import which found nothing of its format, with what was left out before."""
        return Problem(" ".join([sentence, *self.problems[:SHOWN]]))

    def join(self, part: Report) -> None:
        """Adds what was left out in a part of the work, and why."""
        self.skipped += part.skipped
        self.joined += part.joined
        self.left_out += part.left_out
        self.nowhere += part.nowhere
        self.remarks.join(part.remarks)
        self.problem_count += part.problem_count
        self.tally.join(part.tally)
        for sentence in part.problems:
            self._keep(sentence)
        for what, place in part.overflow:
            self.overflow.add(what, place)

    def lose(self, what: str, place: str, of: Of = "object") -> None:
        """Counts that the object, class or image at place ("cat.png, object 5") was written without its what, since
        the format has no room for it."""
        losses = self.losses_of(of)
        losses[what] = losses.get(what, 0) + 1
        if losses[what] <= MAX_PLACES:
            self.places.setdefault(what, []).append(place)
        else:
            self.overflow.add(what, place)

    def advise(self, what: str, option: str) -> None:
        """Tells by which option ("masks=kept") the format would have room for what was lost."""
        self.kept_by[what] = option

    def losses_of(self, of: Of) -> dict[str, int]:
        """Returns what was lost of objects, classes or images, and of how many."""
        return {"object": self.losses, "class": self.class_losses, "image": self.image_losses}[of]


Steps: TypeAlias = Work[Report]
"""Yields (done, all) between two pieces of work; closing it cancels."""
