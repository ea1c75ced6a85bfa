"""The head that judges masks: what it is shown of them, and that it says nothing until it is taught."""

import torch

from app.sam.encoders.mask_quality import MASKS, MaskQuality, evidence_of, with_single_answer
from app.sam.encoders.starter import Starter, TrunkEncoder
from app.sam.network import PromptTensors
from tests.oracle import reference

SIDE = 40


def _shown(inside: torch.Tensor) -> dict[str, torch.Tensor]:
    """The evidence of masks (MASKS, SIDE, SIDE) bool, by name; the features tell the inside of the first."""
    logits = torch.where(inside, 20.0, -20.0)[None]
    fine = torch.stack([inside[0].float(), 1 - inside[0].float()])[None]
    tokens = torch.arange(1.0 + MASKS)[None, :, None].expand(1, -1, 3)
    found = evidence_of(logits, fine, tokens).numbers[0]
    sizes = {
        "of all": 3,
        "own": 3,
        "inside": 2,
        "around": 2,
        "shape": 12,
        "iou": MASKS,
        "within": MASKS,
        "which": MASKS,
    }
    return dict(zip(sizes, found.split(list(sizes.values()), dim=-1), strict=True))


def test_the_evidence_is_what_it_is_called():
    inside = torch.zeros(MASKS, SIDE, SIDE, dtype=torch.bool)
    inside[0, 10:30, 10:30] = True  # a square,
    inside[1, 10:30, 10:20] = True  # its left half,
    inside[2, :, :20] = True  # half of the image,
    inside[3] = True  # and all of it
    shown = _shown(inside)
    torch.testing.assert_close(shown["which"], torch.eye(MASKS))
    torch.testing.assert_close(shown["of all"], torch.zeros(MASKS, 3))
    torch.testing.assert_close(shown["own"][:, 0], torch.arange(1.0, 1 + MASKS))
    torch.testing.assert_close(shown["inside"][:, 0], torch.tensor([1, 1, 0.25, 0.25]), atol=1e-3, rtol=0)
    torch.testing.assert_close(shown["around"][0], torch.tensor([0.0, 1.0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(shown["iou"][0], torch.tensor([1, 0.5, 200 / 1000, 0.25]), atol=1e-3, rtol=0)
    torch.testing.assert_close(shown["within"][1], torch.tensor([1.0, 1.0, 1.0, 1.0]), atol=1e-3, rtol=0)
    area, cells, certain, stable, outline, filled, rows, columns, *borders = shown["shape"].T
    torch.testing.assert_close(area.exp(), torch.tensor([0.25, 0.125, 0.5, 1]), atol=1e-3, rtol=0)
    torch.testing.assert_close(cells.exp(), torch.tensor([400.0, 200, 800, 1600]), atol=0.1, rtol=0)
    torch.testing.assert_close(certain, torch.ones(MASKS), atol=1e-3, rtol=0)
    torch.testing.assert_close(stable, torch.ones(MASKS))
    torch.testing.assert_close(outline[0], torch.tensor(4.0), atol=1e-3, rtol=0)
    torch.testing.assert_close(filled, torch.ones(MASKS), atol=1e-3, rtol=0)
    torch.testing.assert_close(rows, torch.tensor([0.5, 0.5, 1, 1]), atol=1e-3, rtol=0)
    torch.testing.assert_close(columns, torch.tensor([0.5, 0.25, 0.5, 1]), atol=1e-3, rtol=0)
    torch.testing.assert_close(torch.stack(borders)[:, 2], torch.tensor([0.5, 0.5, 1, 0]), atol=1e-3, rtol=0)


def test_the_single_answer_stands_for_what_it_is_most_like_where_it_is_better():
    logits = torch.randn(3, MASKS, 5, 7)
    iou = torch.tensor([[0.8, 0.5, 0.7, 0.9], [0.6, 0.5, 0.7, 0.9], [0.8, 0.9, 0.8, 0.1]])
    likeness = torch.tensor([[1, 0.25, 0.9, 0.2]]).expand(3, MASKS, -1)
    found, predicted = with_single_answer(logits, iou, likeness)
    assert torch.equal(found[:, 0], logits[:, 0])
    assert torch.equal(found[0], logits[0, [0, 1, 0, 3]])
    assert torch.equal(found[1], logits[1])
    assert torch.equal(found[2], logits[2, [0, 1, 0, 3]])
    assert torch.equal(predicted, torch.tensor([[0.8, 0.5, 0.8, 0.9], [0.6, 0.5, 0.7, 0.9], [0.8, 0.9, 0.8, 0.1]]))


def test_nothing_is_a_number_where_nothing_is_a_mask():
    shown = _shown(torch.zeros(MASKS, SIDE, SIDE, dtype=torch.bool))
    assert all(torch.isfinite(part).all() for part in shown.values())


def test_a_head_that_was_not_taught_changes_nothing():
    torch.manual_seed(0)
    with_head, without = Starter(TrunkEncoder(), sees_masks=True).train(), Starter(TrunkEncoder()).eval()
    with_head.encoder.eval()
    reference.randomise(without)
    quality = with_head.decoder.quality
    assert quality is not None
    head = quality.state_dict()
    with_head.load_state_dict(without.state_dict() | {f"decoder.quality.{name}": value for name, value in head.items()})
    pixels = torch.randn(1, 3, 64, 96)
    prompt = PromptTensors(torch.tensor([[[20.0, 30.0]]]), torch.ones(1, 1, dtype=torch.long))
    with torch.inference_mode():
        features, positions = without.encode(pixels), without.positions((64, 96))
        (logits, iou), (own_logits, own_iou) = (
            each.decode(features, positions, prompt) for each in (without, with_head)
        )
        assert torch.equal(logits, own_logits)
        assert torch.equal(iou, own_iou)
        torch.nn.init.normal_(quality.layers.layers[-1].get_parameter("weight"))
        own_logits, own_iou = with_head.decode(features, positions, prompt)
    assert torch.equal(logits, own_logits)
    assert not torch.allclose(iou, own_iou, atol=1e-3)


def test_it_is_as_large_as_its_family_says():
    head = MaskQuality(128, 32)
    assert head.layers.layers[0].get_parameter("weight").shape == (128, 344)
