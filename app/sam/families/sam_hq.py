"""SAM-HQ: recognised, but not run yet."""

from __future__ import annotations

from app.sam.family import Family
from app.text import say

FAMILY = Family(name="sam_hq", title=say("SAM-HQ"), build=None, prefix="mask_decoder.hf_token")
