"""Words that the texts of several commands share."""

from __future__ import annotations

from collections.abc import Mapping

from app.text import say

WHERE: Mapping[str, str] = {"left": say("left"), "right": say("right"), "up": say("up"), "down": say("down")}
"""The directions, by the name that the ids of commands have."""
