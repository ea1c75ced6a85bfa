"""SAM-HQ: recognised, but not run yet."""

from __future__ import annotations

from app.sam.family import Family

FAMILY = Family(name="sam_hq", title="SAM-HQ", build=None, prefix="mask_decoder.hf_token")
