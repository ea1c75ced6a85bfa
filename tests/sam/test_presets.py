"""The numbers of everything mode, written out: a preset that changes is another result."""

from __future__ import annotations

from app.sam.families import FAMILIES
from app.sam.presets import PRESETS, Preset


def test_the_released_preset_is_that_of_segment_anything():
    """Source: segment_anything/automatic_mask_generator.py, defaults of SamAutomaticMaskGenerator.__init__:
    points_per_side=32, pred_iou_thresh=0.88, stability_score_thresh=0.95, stability_score_offset=1.0,
    box_nms_thresh=0.7, crop_n_layers=0, crop_nms_thresh=0.7, crop_overlap_ratio=512 / 1500,
    min_mask_region_area=0."""
    assert PRESETS["released"] == Preset(
        points_per_side=(32,),
        min_predicted_iou=0.88,
        min_stability=0.95,
        stability_offset=1.0,
        max_box_overlap=0.7,
        max_crop_overlap=0.7,
        crop_overlap_share=512 / 1500,
        min_region_px=0,
        max_area_share=1.0,
        skip_found=False,
    )


def test_the_preset_of_the_paper():
    """Source: Segment Anything (Kirillov et al. 2023), appendix B: 32 x 32 points on the image, 16 x 16 on 2 x 2 crops,
    8 x 8 on 4 x 4 crops; predicted IoU above 0.88, stability 0.95 at offsets of 1, NMS at a box IoU of 0.7 within and
    across crops; masks that cover 95 % or more of the image go, and so do components and holes below 100 pixels."""
    assert PRESETS["paper"] == Preset(
        points_per_side=(32, 16, 8),
        min_predicted_iou=0.88,
        min_stability=0.95,
        stability_offset=1.0,
        max_box_overlap=0.7,
        max_crop_overlap=0.7,
        crop_overlap_share=512 / 1500,
        min_region_px=100,
        max_area_share=0.95,
        skip_found=False,
    )


def test_our_own_presets():
    """quick: for a window where somebody waits. starter: its scores are chances, see docs of the preset."""
    common = {
        "points_per_side": (24,), "stability_offset": 1.0, "max_box_overlap": 0.7, "max_crop_overlap": 0.7,
        "crop_overlap_share": 512 / 1500, "min_region_px": 100, "max_area_share": 0.95, "skip_found": True,
    }  # fmt: skip
    assert PRESETS["quick"] == Preset(**common, min_predicted_iou=0.88, min_stability=0.95)
    assert PRESETS["starter"] == Preset(**common, min_predicted_iou=0.5, min_stability=0.8)
    own = {"points_per_side": (16,), "max_box_overlap": 0.6}
    assert PRESETS["starter-quick"] == Preset(**common | own, min_predicted_iou=0.4, min_stability=0.65)
    assert set(PRESETS) == {"released", "paper", "quick", "starter", "starter-quick"}


def test_the_family_chooses():
    for name, family in FAMILIES.items():
        is_mine = name == "starter"
        assert family.presets.thorough == PRESETS["starter" if is_mine else "released"]
        assert family.presets.quick == PRESETS["starter-quick" if is_mine else "quick"]
