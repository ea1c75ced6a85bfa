"""SAM 3: recognised, but not run yet."""

from __future__ import annotations

from app.sam.family import Family

FAMILY = Family(name="sam3", title="SAM 3", build=None, prefix="detector.")
