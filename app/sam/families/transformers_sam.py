"""A SAM in the layout of transformers: recognised, but not run yet."""

from __future__ import annotations

from app.sam.family import Family
from app.text import say

FAMILY = Family(
    name="transformers_sam", title=say("a SAM in the layout of transformers"), build=None, prefix="vision_encoder."
)
