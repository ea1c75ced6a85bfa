"""SAM 3: recognised, but not run yet."""

from __future__ import annotations

from app.sam.family import Family
from app.text import say

FAMILY = Family(name="sam3", title=say("SAM 3"), build=None, prefix="detector.")
