"""EfficientViT-SAM: recognised, but not run yet."""

from __future__ import annotations

from app.sam.family import Family
from app.text import say

FAMILY = Family(name="efficientvit_sam", title=say("EfficientViT-SAM"), build=None, prefix="image_encoder.backbone.")
