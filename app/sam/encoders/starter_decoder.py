"""The starter's prompt encoder and mask decoder: SAM's two-way transformer, half as wide, with fine features added."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.encoders.mask_quality import MaskQuality, evidence_of, with_single_answer
from app.sam.layers import MLP, RandomFourierEncoding
from app.sam.network import Features, PromptTensors
from app.sam.transformer import TwoWayTransformer, cells_of

UNIT_PX = 256.0
"""Input pixels that make one unit of the positional encoding, whatever the input size."""
_CLICK_RADIUS_PX = 8.0
_BOX_SOFTNESS_PX = 2.0
_BOX_LABELS = (2, 3)

WIDTH16, WIDTH8, WIDTH4 = 128, 64, 32
"""Channels of the features at strides 16, 8 and 4."""


class StarterDecoder(nn.Module):
    """Prompt encoder and mask decoder in one."""

    def __init__(self, *, sees_masks: bool) -> None:
        """Makes a decoder. sees_masks: a head looks at the masks to tell their IoU; earlier starters have none."""
        super().__init__()
        dim, dim8, dim4 = WIDTH16, WIDTH8, WIDTH4
        self.pe_layer = RandomFourierEncoding(dim)
        self.label_embed = nn.Embedding(5, dim)  # unused, outside, inside, box corners
        self.click_features8 = nn.Linear(dim8, dim)
        self.click_features4 = nn.Linear(dim4, dim)
        self.output_tokens = nn.Embedding(5, dim)  # IoU, single mask, three masks
        self.dense4 = nn.Conv2d(5, 16, 3, padding=1)
        self.dense8 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.dense16 = nn.Conv2d(32, dim, 3, stride=2, padding=1)
        self.dense8_out = nn.Conv2d(32, dim8, 1)
        self.dense4_out = nn.Conv2d(16, dim4, 1)
        self.transformer = TwoWayTransformer(dim, heads=4, mlp_dim=256, activation=nn.GELU)
        self.up8 = nn.Conv2d(dim, dim8, 1)
        self.refine8 = nn.Conv2d(dim8, dim8, 3, padding=1)
        self.up4 = nn.Conv2d(dim8, dim4, 1)
        self.refine4 = nn.Sequential(nn.Conv2d(dim4, dim4, 3, padding=1), nn.ReLU(), nn.Conv2d(dim4, dim4, 1))
        self.hypernetworks = nn.ModuleList(MLP([dim, dim, dim, dim4], F.gelu) for _ in range(4))
        self.mask_bias = nn.Linear(dim, 1)
        self.iou_head = MLP([dim, dim, dim, 4], F.gelu)
        self.quality: MaskQuality | None = None
        if sees_masks:
            self.see_masks()

    def see_masks(self) -> None:
        """Gives the decoder a new head that looks at the masks, which corrects nothing until it is taught."""
        self.quality = MaskQuality(WIDTH16, WIDTH4)

    def positions(self, height: int, width: int) -> Tensor:
        """(1, C, height, width) for a grid of stride 16."""
        return self.pe_layer.grid(height, width, 16 / UNIT_PX).permute(2, 0, 1)[None]

    def forward(self, features: Features, positions: Tensor, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        """Features of I images, B prompts: as many for each image, one image's after another's."""
        _, f8, f4 = features
        return self.answer(features, positions, _prompt_maps(prompt, f4.shape[-2:]), self._sparse(f8, f4, prompt))

    def answer(self, features: Features, positions: Tensor, maps: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        """Decodes prompts that are maps (B, 5, h, w) at stride 4 and tokens (B, N, C) already."""
        f16, f8, f4 = features
        dense4 = F.relu(self.dense4(maps))
        dense8 = F.relu(self.dense8(dense4))
        tokens = torch.cat([self.output_tokens.weight.expand(len(sparse), -1, -1), sparse], dim=1)
        image = cells_of(_plus(self.dense16(dense8), f16))
        tokens, cells = self.transformer(image, cells_of(positions), tokens)
        x = cells.transpose(1, 2).unflatten(2, positions.shape[-2:])
        x = F.relu(_plus(_doubled(self.up8(x)) + self.dense8_out(dense8), f8))
        x = F.relu(self.refine8(x))
        x = F.relu(_plus(_doubled(self.up4(x)) + self.dense4_out(dense4), f4))
        x = self.refine4(x)
        masks = tokens[:, 1:5]
        weights = torch.stack([head(masks[:, i]) for i, head in enumerate(self.hypernetworks)], dim=1)
        logits = (weights @ x.flatten(2)).unflatten(2, x.shape[-2:]) + self.mask_bias(masks)[..., None]
        expected = self.iou_head(tokens[:, 0])
        if self.quality is None:
            return logits, torch.sigmoid(expected)
        evidence = evidence_of(logits, x, tokens[:, :5])
        iou = torch.sigmoid(expected + self.quality(evidence.numbers))
        return (logits, iou) if self.training else with_single_answer(logits, iou, evidence.likeness)

    def _sparse(self, f8: Tensor, f4: Tensor, prompt: PromptTensors) -> Tensor:
        """Encodes a prompt as tokens: (B, N (+ 2 with a box), C)."""
        points = self.pe_layer(prompt.points / UNIT_PX) + self.label_embed(prompt.labels + 1)
        points = points + self.under(f8, f4, prompt.points)
        if prompt.box is None:
            return points
        corners = self.pe_layer(prompt.box.view(-1, 2, 2) / UNIT_PX)
        labels = torch.tensor(_BOX_LABELS, device=corners.device)
        return torch.cat([points, corners + self.label_embed(labels + 1)], dim=1)

    def under(self, f8: Tensor, f4: Tensor, points: Tensor) -> Tensor:
        """What the features say below points (B, N, 2): (B, N, C)."""
        return self.click_features8(_under(f8, points, stride=8)) + self.click_features4(_under(f4, points, stride=4))


def _plus(x: Tensor, features: Tensor) -> Tensor:
    """Adds every image's features (I, C, h, w) to what belongs to its prompts (B, C, h, w). Broadcasting: an index
    would have a slow backward, and a copy would cost memory traffic."""
    return (x.unflatten(0, (len(features), -1)) + features[:, None]).flatten(0, 1)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def _under(features: Tensor, points: Tensor, stride: int) -> Tensor:
    """Features (I, C, h, w) below points (B, N, 2) in input pixels -> (B, N, C), bilinear."""
    height, width = features.shape[-2:]
    x, y = points.unbind(-1)
    # not divided by a tensor of both: torch.export would take the size of its example for that of all images
    grid = torch.stack([x / (width * stride), y / (height * stride)], dim=-1) * 2 - 1
    grid = grid.view(len(features), -1, 1, 2)
    sampled = F.grid_sample(features.float(), grid, padding_mode="border", align_corners=False)
    return sampled[..., 0].transpose(1, 2).reshape(*points.shape[:2], features.shape[1])


def _prompt_maps(prompt: PromptTensors, size: torch.Size) -> Tensor:
    """The prompt as an image (B, 5, h, w) at stride 4: previous mask, is there one, clicks inside, outside, box."""
    batch, device = len(prompt.points), prompt.points.device
    ys, xs = centres(size, device)
    previous = has_previous = box = prompt.points.new_zeros(batch, *size)
    if prompt.logits is not None:
        previous, has_previous = prompt.logits.sigmoid(), torch.ones_like(previous)
    if prompt.box is not None:
        box = soft_box(prompt.box, ys, xs)
    inside, outside = (discs(prompt.points, prompt.labels == label, ys, xs) for label in (1, 0))
    # channels last, as the convolutions like it
    return torch.stack([previous, has_previous, inside, outside, box], dim=-1).permute(0, 3, 1, 2)


def centres(size: torch.Size, device: torch.device) -> tuple[Tensor, Tensor]:
    """The y (h,) and x (w,) of the centres of the cells at stride 4, in input pixels."""
    height, width = size
    ys, xs = (torch.arange(side, device=device) for side in (height, width))
    return (ys + 0.5) * 4, (xs + 0.5) * 4


def soft_box(box: Tensor, ys: Tensor, xs: Tensor) -> Tensor:
    """A box (B, 4) x0 y0 x1 y1 with soft edges: (B, h, w), 0 to 1. ys (h,), xs (w,): as `centres` returns them."""
    x0, y0, x1, y1 = (box / _BOX_SOFTNESS_PX).T[..., None]
    rows = (ys / _BOX_SOFTNESS_PX - y0).sigmoid() * (y1 - ys / _BOX_SOFTNESS_PX).sigmoid()
    columns = (xs / _BOX_SOFTNESS_PX - x0).sigmoid() * (x1 - xs / _BOX_SOFTNESS_PX).sigmoid()
    return rows[:, :, None] * columns[:, None, :]


def discs(points: Tensor, chosen: Tensor, ys: Tensor, xs: Tensor) -> Tensor:
    """A soft disc at every chosen point: (B, h, w), at most 1. points (B, N, 2) xy, chosen (B, N); ys (h,), xs (w,)."""
    rows = torch.exp(-(((points[..., 1, None] - ys) / _CLICK_RADIUS_PX) ** 2)) * chosen[..., None]
    columns = torch.exp(-(((points[..., 0, None] - xs) / _CLICK_RADIUS_PX) ** 2))
    return torch.einsum("bnh,bnw->bhw", rows, columns).clamp(max=1)
