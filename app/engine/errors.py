"""Any exception as a value: a sentence for the person, the traceback of a bug for its report."""

from __future__ import annotations

import traceback

from app.engine.replies import Failed
from app.engine.requests import Request
from app.problem import Problem
from app.text import say

_OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")
"""How torch says it, as a RuntimeError."""


class JobEndedError(BaseException):
    """Raised inside a job that was cancelled, or whose engine stops. No Exception: a job that goes on after errors does
    not go on after this."""


def failed(request: Request, error: Exception) -> Failed:
    """The answer to a request that raised: the sentence of a Problem, or a bug with its traceback."""
    if isinstance(error, Problem):
        return Failed(request, str(error))
    details = "".join(traceback.format_exception(error))
    if isinstance(error, MemoryError) or any(words in str(error).lower() for words in _OUT_OF_MEMORY):
        return Failed(request, say("Not enough memory. Close other programs, or choose a smaller model."), details)
    if isinstance(error, OSError):
        return Failed(request, f"{error.filename or say('A file')}: {error.strerror or error}.", details)
    return Failed(
        request,
        say("Something went wrong in the program ({name}: {error}).", name=type(error).__name__, error=error),
        details,
    )
