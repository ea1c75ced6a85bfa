"""The one exception whose text is meant for the person."""


class Problem(Exception):
    """One clear sentence: what, which file, what now. Shown as it is; any other exception is our bug."""
