"""The one exception whose text is meant for the person."""

import re

from app.text import say

_MOVING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What moves a cursor, or turns the direction of reading."""


def shortened(text: str, *, most: int = 300) -> str:
    """What a stranger named something, fit for a sentence: nothing that moves a cursor, the middle of a long one left
    out. most: so many characters."""
    shown = text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"
    return _MOVING.sub("�", shown)


class Problem(Exception):  # noqa: N818  a problem is what the person has, not what went wrong in the code
    """One clear sentence: what, which file, what now. Shown as it is; any other exception is our bug."""

    exit_status = 1
    """Of a command that it ends."""

    @property
    def sentence(self) -> str:
        """The sentence itself, which knows its key where `say` made it."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


PARTIAL = 3
"""The exit status of a command that did its work, but left something out, which it told. 0 is all, 1 nothing (or the
answer no), 2 a wrong call."""


class Busy(Problem):
    """Another program has hold of the file for a moment: the same may work soon."""

    def __init__(self, what: str) -> None:
        super().__init__(say("{what} The change was not saved; try again.", what=what))
        self.meanwhile = say("{what} The change is not saved yet; it is tried again by itself.", what=what)


class Trouble(Problem):
    """A problem that ends a command with the status 2, because its exit status 1 is an answer, as that of diff."""

    exit_status = 2
