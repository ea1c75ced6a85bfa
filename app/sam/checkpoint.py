"""Checkpoint files: read without running code in them, recognised by keys and shapes, and loaded strictly."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from app.problem import Problem
from app.sam.families import recognise, some
from app.sam.family import Family
from app.sam.network import NetworkModule
from app.text import say

_LARGEST_BYTES = 8 << 30
_LARGEST_HEADER_BYTES = 16 << 20
"""Of the list of tensors; the largest SAM's is 0.1 MB."""
_DTYPES = {torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64}


def load_checkpoint(path: Path, family: Family | None = None) -> tuple[Family, NetworkModule]:
    """The family of a checkpoint file, and its network with the weights of the file. family: when it is known already.

    Problem with one sentence when the file is missing, damaged, unsafe, or not of a family that can be run."""
    state = read_state(path)
    family = family or recognise(state, path.name)
    kind = family.kind_of(state)
    assert kind.build is not None
    state = {renamed: tensor for key, tensor in state.items() if (renamed := kind.rename(key)) is not None}
    with torch.device("meta"):
        network = kind.build()
    _check(network.state_dict(), state, say("{file} looks like {family}", file=path.name, family=family.title))
    network.to_empty(device="cpu").load_state_dict(state)  # copies: the file may be moved or deleted afterwards
    return family, network.eval().requires_grad_(False)


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a .pth, .pt or .safetensors file, mapped from the disk. Runs no code of the file."""
    head = _head(path)
    if head.startswith(b"PK\x03\x04"):
        return _tensors(_read_zip(path), path.name)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= _LARGEST_HEADER_BYTES:
        return _tensors(_read_safetensors(path), path.name)
    if head.startswith(b"\x80"):
        raise Problem(say("{file} is a bare pickle, which may carry program code: it was not opened.", file=path.name))
    if _is_text(head):
        raise Problem(say("{file} is a text or web page, not a model: the download went wrong.", file=path.name))
    raise Problem(say("{file} is not a model file, or its beginning is damaged.", file=path.name))


def _head(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_file() and 0 < size <= _LARGEST_BYTES:
            with path.open("rb") as file:
                return file.read(512)
    except OSError as error:
        raise Problem(say("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror)) from error
    if not path.is_file():
        raise Problem(say("{file} is not a file.", file=path.name))
    raise Problem(
        say("{file} is empty.", file=path.name)
        if size == 0
        else say("{file} is too large for a model: {size} GB.", file=path.name, size=size >> 30)
    )


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head and sum(byte < 9 or 13 < byte < 32 for byte in head) == 0


def _read_zip(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except Exception as error:  # not only BadZipFile: a damaged directory can break zipfile anywhere
        raise Problem(say("{file} is incomplete or damaged: download it again.", file=path.name)) from error
    pickles = [m.file_size for m in members if m.filename.endswith("/data.pkl")]
    packed = any(m.compress_type != zipfile.ZIP_STORED for m in members)
    if len(pickles) != 1 or packed or pickles[0] > _LARGEST_HEADER_BYTES:
        raise Problem(say("{file} is an archive, but not a checkpoint of torch.", file=path.name))
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError as error:
        raise Problem(
            say("{file} carries more than tensors, perhaps program code: it was not loaded.", file=path.name)
        ) from error
    except Exception as error:  # a damaged index can break torch's unpickler anywhere
        raise Problem(say("{file} is damaged: download it again.", file=path.name)) from error


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise Problem(say("{file} is incomplete or damaged: download it again.", file=path.name)) from error


def _tensors(content: Any, file_name: str) -> dict[str, Tensor]:
    if isinstance(content, dict) and isinstance(content.get("model"), dict):
        content = content["model"]  # SAM 2 wraps its tensors; recognise() then gives it its name
    if not isinstance(content, dict) or not content or not all(isinstance(k, str) for k in content):
        raise Problem(say("{file_name} holds no tensors with names.", file_name=file_name))
    foreign = [key for key, value in content.items() if not _is_plain(value)]
    if foreign:
        raise Problem(say("{file_name} holds more than tensors: {some}.", file_name=file_name, some=some(foreign)))
    return content


def _is_plain(value: Any) -> bool:
    """A dense tensor that lies in the file; torch can also describe sparse, quantised and absent ones."""
    return (
        isinstance(value, Tensor)
        and value.device.type == "cpu"
        and value.layout == torch.strided
        and value.dtype in _DTYPES
    )


def _check(expected: Mapping[str, Tensor], state: Mapping[str, Tensor], subject: str) -> None:
    missing = [key for key in expected if key not in state]
    foreign = [key for key in state if key not in expected]
    if missing:
        raise Problem(say("{subject}, but lacks {some}.", subject=subject, some=some(missing)))
    if foreign:
        raise Problem(say("{subject}, but has foreign keys: {some}.", subject=subject, some=some(foreign)))
    for key, tensor in expected.items():
        if tensor.shape != state[key].shape:
            raise Problem(
                say(
                    "{subject}, but {key_name} is {shape} instead of {shape_2}.",
                    subject=subject,
                    key_name=key,
                    shape=tuple(state[key].shape),
                    shape_2=tuple(tensor.shape),
                )
            )
    broken = [key for key, tensor in state.items() if not bool(torch.isfinite(tensor.sum()))]
    if broken:
        raise Problem(
            say("{subject}, but has values that are not numbers: {some}.", subject=subject, some=some(broken))
        )
