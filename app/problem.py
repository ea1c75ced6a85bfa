"""The one exception whose text is meant for the person."""

_MOST_SHOWN = 300


def shortened(text: str) -> str:
    """What a stranger named something, fit for a sentence: nothing that moves a cursor, the middle of a long one left
    out."""
    shown = text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN // 2]}…{text[-_MOST_SHOWN // 2 :]}"
    return "".join(letter if letter.isprintable() else "�" for letter in shown)


class Problem(Exception):  # noqa: N818  a problem is what the person has, not what went wrong in the code
    """One clear sentence: what, which file, what now. Shown as it is; any other exception is our bug."""

    exit_status = 1
    """Of a command that it ends."""


class Trouble(Problem):
    """Of a command whose exit status 1 is an answer, as that of diff."""

    exit_status = 2
