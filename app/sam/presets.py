"""Presets of everything mode: how many clicks, and which masks stay. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preset:
    """The settings of everything mode. points_per_side: of the grid on the whole image, then on the crops of each
    further layer."""

    points_per_side: tuple[int, ...] = (32,)
    min_predicted_iou: float = 0.88
    min_stability: float = 0.95
    stability_offset: float = 1.0
    max_box_overlap: float = 0.7
    """Non-maximum suppression (NMS) inside one crop."""
    max_crop_overlap: float = 0.7
    """Non-maximum suppression between crops."""
    crop_overlap_share: float = 512 / 1500
    min_region_px: int = 0
    max_area_share: float = 1.0
    skip_found: bool = False
    """No clicks inside small masks that were found already: quicker, and parts of them may be missed."""


PRESETS = {
    "released": Preset(),
    "paper": Preset(points_per_side=(32, 16, 8), min_region_px=100, max_area_share=0.95),
    "quick": Preset(points_per_side=(24,), min_region_px=100, max_area_share=0.95, skip_found=True),
    "starter": Preset(
        (24,), min_predicted_iou=0.5, min_stability=0.8, min_region_px=100, max_area_share=0.95, skip_found=True
    ),
    "starter-quick": Preset(
        (16,), min_predicted_iou=0.4, min_stability=0.65, max_box_overlap=0.6, min_region_px=100, max_area_share=0.95,
        skip_found=True,
    ),
}  # fmt: skip
"""released: the defaults of segment_anything's SamAutomaticMaskGenerator. paper: SAM, appendix B. starter: its
predicted IoU is the chance that a mask is meant, and seldom as high as that of larger models. starter-quick: for a
person who judges what is proposed; chosen on half of our own set of things (docs/decisions/043)."""


@dataclass(frozen=True)
class Presets:
    """What suits a family, where nobody chooses."""

    thorough: Preset = field(default=PRESETS["released"])
    """In the terminal, over many images."""
    quick: Preset = field(default=PRESETS["quick"])
    """In the window, where somebody waits."""
