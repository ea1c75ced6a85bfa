"""SAM 2: recognised, but not run yet."""

from __future__ import annotations

from app.sam.family import Family
from app.text import say

FAMILY = Family(name="sam2", title=say("SAM 2"), build=None, prefix="image_encoder.trunk.")
