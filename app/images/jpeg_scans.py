"""The passes of a JPEG over its picture, counted without decoding it: by its markers alone.

What lies behind the end of the first picture is none of it: the film of a motion photo, a second picture, raw data of
a camera; nor is what the segments hold, such as a small copy of the picture.
"""

from __future__ import annotations

import re

from app.problem import Problem
from app.text import say

_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""Of a start, an end or a segment. Among the pixels others may stand, which have no length."""
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_MOST_SEGMENTS = 100_000


def scans_of(data: bytes) -> tuple[int, bool]:
    """Returns how many passes over the first picture of a JPEG file there are, and whether its end is there. Problem
    when it has more segments than any picture."""
    scans, at = 0, 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None or data[found.start() + 1] == _START:
            return scans, False
        at = found.end()
        marker = data[at - 1]
        if marker == _END:
            return scans, True
        scans += marker == _SCAN
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    raise Problem(say("the picture is damaged."))
