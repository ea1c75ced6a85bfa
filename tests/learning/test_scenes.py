"""Scenes whose masks are exact, and the prompts and losses made of them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from app.images.reading import read_image
from app.learning.assets.cutouts import KeptCutout
from app.learning.scenes.compose import Composer
from app.learning.scenes.hierarchy import merged_scene
from app.learning.scenes.scene import ScenePool, scene_of, write_scenes
from app.learning.scenes.sprites import Sprites
from app.learning.scenes.textures import Textures
from app.learning.training.lessons import STRIDE, lesson
from app.learning.training.losses import ious, levels_loss, mask_losses
from app.learning.training.prompts import box_of, click_cell, correction_cell, nested_regions
from app.masks.metrics import iou
from app.paths import resource


@pytest.fixture(scope="module")
def photos():
    shipped = [read_image(resource(f"samples/{name}")).pixels for name in ("coffee.png", "chelsea.png")]
    scenes = [merged_scene(np.ascontiguousarray(image[:400:1, :500:1])) for image in shipped]
    assert all(scene is not None for scene in scenes)
    # composed scenes are cut out of photos of at least this side
    return [scene_of(np.resize(s.image, s.image.shape), [s.region(i) for i in range(len(s.members))]) for s in scenes]


def rectangle(y0, y1, x0, x1, size=64):
    region = np.zeros((size, size), np.bool_)
    region[y0:y1, x0:x1] = True
    return region


def test_a_scene_keeps_what_is_worth_learning():
    whole, part, other = rectangle(0, 60, 0, 30), rectangle(5, 25, 5, 25), rectangle(0, 60, 40, 60)
    speck, scattered = rectangle(0, 2, 0, 2), rectangle(0, 20, 0, 20) | rectangle(40, 60, 40, 60)
    twin = whole.copy()
    twin[0, 0] = False
    image = np.zeros((64, 64, 3), np.uint8)
    scene = scene_of(image, [whole, part, speck, other, scattered, twin, np.ones_like(whole)])
    assert scene is not None
    assert [scene.region(i).tolist() for i in range(len(scene.members))] == [r.tolist() for r in (whole, part, other)]
    assert scene_of(image, [whole]) is None


def test_of_too_many_overlaps_the_smallest_go_to_what_is_beside_them():
    """A chessboard of overlaps, all of different sizes, has more parts than a byte can tell apart."""
    sides = np.cumsum(np.arange(2, 22))
    stripes = [rectangle(a, b, 0, 260, 260) for a, b in zip(sides, sides[1:] + 2, strict=False)]
    regions = stripes + [stripe.T for stripe in stripes]
    scene = scene_of(np.zeros((260, 260, 3), np.uint8), regions, min_area=90)
    assert scene is not None
    assert scene.atoms.max() == 254
    found = [scene.region(index) for index in range(len(scene.members))]
    assert all(np.count_nonzero(region) >= 90 for region in found)
    for region in (*regions[12:19], *regions[31:38]):
        assert max(iou(region, other) for other in found) > 0.85


def test_scenes_come_back_from_their_file(tmp_path):
    image = np.full((64, 64, 3), (200, 100, 50), np.uint8)
    regions = [rectangle(0, 30, 0, 30), rectangle(10, 60, 10, 60), rectangle(40, 62, 2, 9)]
    scene = scene_of(image, regions)
    assert write_scenes(tmp_path / "a.scenes", [scene]) == 1
    pool = ScenePool(tmp_path)
    assert len(pool) == 1
    assert np.array_equal(pool[0].atoms, scene.atoms)
    assert np.array_equal(pool[0].members, scene.members)
    assert np.abs(pool[0].image.astype(int) - image).max() <= 3  # JPEG


def test_composed_scenes_are_the_same_for_the_same_seed(photos):
    composer = Composer(photos, [], size=256)
    one, two = (composer.scene(np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.image, two.image)
    assert np.array_equal(one.atoms, two.atoms)
    assert one.image.shape == (256, 256, 3)
    assert len(one.members) >= 2


class Discs:
    """Whole things: a disc whose upper half is one part."""

    def __len__(self):
        return 1

    def __getitem__(self, _index):
        y, x = np.mgrid[:100, :100]
        whole = (x - 50) ** 2 + (y - 50) ** 2 < 48**2
        rgba = np.dstack([np.where(y < 50, 250, 5), np.full_like(x, 5), np.where(y < 50, 5, 250), whole * 255])
        return KeptCutout(rgba.astype(np.uint8), (whole + 2 * (whole & (y < 50))).astype(np.uint16), 2)


def test_a_whole_thing_is_one_region_with_its_part_inside(photos):
    """And two that stand together are one region besides."""
    sprites, together = Sprites(Textures(photos), [], photos, Discs()), 0
    for seed in range(60):
        sprite = sprites._thing(np.random.default_rng(seed), 90)
        whole, *others = sprite.regions
        assert all(region.shape == sprite.alpha.shape == sprite.colour.shape[:2] for region in sprite.regions)
        assert all(not (other & ~whole).any() for other in others)
        assert np.count_nonzero(whole ^ (sprite.alpha > 0.5)) < 0.03 * whole.size
        if len(others) > 1:
            together += 1
            below, _, above, _ = others
            assert np.array_equal(below | above, whole)
            assert not (below & above).any()
    assert 2 <= together <= 25


def test_scenes_with_things_are_composed(photos):
    composer = Composer(photos, [], Discs(), size=256)
    scenes = [composer.scene(np.random.default_rng(seed)) for seed in range(8)]
    assert all(len(scene.members) >= 2 for scene in scenes)


def test_a_lesson_tells_how_much_of_each_cell_a_region_covers(photos):
    made = lesson(np.random.default_rng(0), photos, ((128, 2, 1.0),))
    assert made.images.shape == (2, 3, 128, 128)
    assert abs(made.images).max() <= 1
    for cover in made.covers:
        assert cover.shape[1:] == (128 // STRIDE, 128 // STRIDE)
        assert 0 <= cover.min() < 0.5 < cover.max() <= 1


def test_clicks_lie_inside_and_corrections_in_the_error():
    rng = np.random.default_rng(0)
    cover = rectangle(10, 40, 20, 50).astype(np.float32)
    mask = rectangle(10, 40, 30, 60)  # too far to the right
    for _ in range(50):
        x, y = click_cell(rng, cover)
        assert cover[y, x] == 1
        x, y, positive = correction_cell(rng, cover, mask)
        assert positive == (x < 30)
        assert bool(cover[y, x]) != bool(mask[y, x])
        x, y, positive = correction_cell(rng, cover, cover > 0)
        assert positive
        assert cover[y, x] == 1
        box = box_of(rng, cover) / STRIDE
        assert (abs(box - [20, 10, 50, 40]) <= 5.1).all()


@pytest.mark.parametrize(
    ("wanted", "areas"), [(0, [100, 400, 900]), (2, [100, 900, 1600]), (4, [100, 1600, 2500]), (None, [100, 900, 1600])]
)
def test_nested_regions_are_the_smallest_the_wanted_and_the_next(wanted, areas):
    covers = np.stack([rectangle(0, s, 0, s) for s in (10, 20, 30, 40, 50)]).astype(np.float32)
    nested, count = nested_regions(covers, 2, 2, wanted)
    assert count == 3
    assert [int(n.sum()) for n in nested] == areas


def test_regions_beside_the_click_are_not_nested():
    covers = np.stack([rectangle(0, s, 0, s) for s in (10, 20, 30, 40, 50)]).astype(np.float32)
    nested, count = nested_regions(covers, 35, 35, wanted=3)
    assert count == 2
    assert [int(n.sum()) for n in nested] == [1600, 2500, 0]


def test_mask_losses_are_those_of_the_plain_formulas():
    torch.manual_seed(0)
    logits, targets = torch.randn(2, 3, 50), torch.rand(2, 2, 50)
    losses = mask_losses(logits, targets)
    x, y = logits[1, 2], targets[1, 0]
    share = x.sigmoid()
    dice = 1 - (2 * (share * y).sum() + 1) / (share.sum() + y.sum() + 1)
    each = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    inside, outside = (y * F.softplus(-x)).sum() / y.sum(), ((1 - y) * F.softplus(x)).sum() / (1 - y).sum()
    assert losses[1, 2, 0] == pytest.approx(
        float(dice + 1.5 * (0.5 * each.mean() + 0.25 * (inside + outside))), rel=1e-4
    )


def test_a_larger_target_never_goes_to_an_earlier_token():
    small, large = torch.zeros(1, 100), torch.zeros(1, 100)
    small[:, :10], large[:, :60] = 1, 1
    nested = torch.stack([small, large, torch.zeros(1, 100)], dim=1)
    logits = (torch.cat([small, large, large])[None] - 0.5) * 20
    right = levels_loss(logits, nested, torch.tensor([2]))
    swapped = levels_loss(logits.flip(1), nested, torch.tensor([2]))
    assert right < 0.05 < swapped


def test_ious_are_of_the_masks_above_zero():
    logits = torch.tensor([[[5.0, 5, -5, -5], [-5, -5, -5, 5]]])
    assert ious(logits, torch.tensor([[1.0, 1, 1, 0]])).tolist() == [[pytest.approx(2 / 3), 0]]
