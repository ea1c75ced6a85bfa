"""A network compiled by OpenVINO: two to three times as fast as torch on a CPU, which it runs without."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.sam.manner import Manner
from app.sam.preprocess import Input, Prompts
from app.sam.runtime.blobs import Blobs
from app.sam.runtime.converted import ENCODER, PARTS, Manifest
from app.sam.runtime.execution import Maps
from app.sam.types import Embedding, Frame, OnProgress, Size

_Asked: TypeAlias = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Points and their labels."""
_LOOK_MS = 5
"""Between two looks whether an encode has ended: so long may a click wait inside one."""
_FIRST_GUESS_S = 1.0
_COMMON = (1, 2, 3)
"""So many clicks are what is asked for most: done once before they are."""
_NOTHING, _CORNERS = -1, (2, 3)
"""Labels of points that are no clicks."""


class Compiled:
    """An Execution by OpenVINO. Prompts are points with labels, a box its two corners."""

    def __init__(self, folder: Path, reads: Input, manifest: Manifest, blobs: Path, *, half: bool) -> None:
        """Compiles the files in a folder that conversion wrote, which takes a second or so the first time. reads: how
        an image becomes the input. blobs: the folder for what was compiled. RuntimeError when OpenVINO cannot do it."""
        import openvino

        kept, manner = Blobs(blobs, openvino.Core()), manifest.manner
        halves = {name: half and (name == ENCODER or not manner.decodes_exactly) for name in PARTS}
        compiled = [kept.compiled(folder / name, manifest.hash_of(name), _options(half=halves[name])) for name in PARTS]
        self.title = "OpenVINO bf16" if half else "OpenVINO"
        self.needs_tidying = manner.needs_tidying
        self._reads, self._manner = reads, manner
        self._encoder, self._seen, self._seen_with_logits, self._decoder = (
            each.create_infer_request() for each in compiled
        )
        self._encode_s: float | None = None
        self._ending: NDArray[np.float32] | None = None
        """What an abandoned encode reads until it has ended."""
        self._last: tuple[Embedding, Maps] | None = None
        """The one decoded last, as prompts without logits see it."""
        shapes = [output.partial_shape for output in compiled[0].outputs]
        self._has_many_sizes = any(shape.is_dynamic for shape in shapes)
        """Then an encode is never cancelled: OpenVINO (2026.4) would be left with the sizes of two images and refuse
        the next ones. The Starter's takes no longer than a tenth of a second."""
        self._warm_up(shapes)

    def frame(self, image_size: Size) -> Frame:
        """Returns how an image of that (height, width) lies in the input."""
        return self._reads.frame(image_size)

    def encode(self, image: NDArray[np.uint8], frame: Frame, on_progress: OnProgress) -> Maps:
        """Turns an image, RGB (H, W, 3), into features. What on_progress raises ends it."""
        pixels = self._reads.pixels(image, frame)
        self._let_end()
        began, batch = monotonic(), pixels[None]
        self._encoder.start_async([batch], share_inputs=True)
        try:
            while not self._encoder.wait_for(_LOOK_MS):
                on_progress(self._fraction(monotonic() - began))
        except BaseException:
            if not self._has_many_sizes:
                self._encoder.cancel()  # it ends behind the layer it is in; who is in a hurry does not wait for that
            self._ending = batch
            raise
        self._encode_s = monotonic() - began
        return tuple(output.data.copy() for output in self._encoder.output_tensors)

    def _let_end(self) -> None:
        if self._ending is not None:
            with suppress(RuntimeError):  # "cancelled"
                self._encoder.wait()
            self._ending = None

    def decode(self, embedding: Embedding, prompts: Prompts) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Returns logits (B, 4, h, w) and predicted IoU (B, 4) of B prompts on one image, one after another."""
        points, labels = _labelled(prompts, self._manner)
        answers = [
            self._decode_one(embedding, (points[i : i + 1], labels[i : i + 1]), prompts, i) for i in range(len(points))
        ]
        logits, iou = zip(*answers, strict=True)
        return np.concatenate(logits), np.concatenate(iou)

    def _decode_one(self, embedding: Embedding, asked: _Asked, prompts: Prompts, index: int) -> Maps:
        if prompts.logits is not None:
            return self._answer((*self._marked(embedding, prompts.logits[index : index + 1]), *asked))
        logits, iou = self._answer((*self._unmarked(embedding), *asked))
        if prompts.box is None or not self._manner.boxes_twice:
            return logits, iou
        return self._answer((*self._marked(embedding, logits[:, 0]), *asked))

    def _answer(self, inputs: tuple[NDArray[Any], ...]) -> Maps:
        return _inferred(self._decoder, inputs)

    def _marked(self, embedding: Embedding, logits: NDArray[np.float32]) -> Maps:
        return _inferred(self._seen_with_logits, (*embedding.features, np.ascontiguousarray(logits)))

    def _unmarked(self, embedding: Embedding) -> Maps:
        """The image as prompts without logits let it be seen, remembered for the next one on the same image."""
        if self._last is None or self._last[0] is not embedding:
            self._last = embedding, _inferred(self._seen, embedding.features)
        return self._last[1]

    def _fraction(self, elapsed_s: float) -> float:
        """OpenVINO does not say how far it is: by what the last one took."""
        if self._encode_s is None:
            return elapsed_s / (elapsed_s + _FIRST_GUESS_S)
        return min(0.99, elapsed_s / self._encode_s)

    def _warm_up(self, shapes: list[Any]) -> None:
        """The first prompt of each length takes 40 ms longer. What has many sizes is made ready by the first image."""
        if self._has_many_sizes:
            return
        seen = _inferred(self._seen, tuple(np.zeros(shape.to_shape(), np.float32) for shape in shapes))
        for count in _COMMON:
            clicks = Prompts(np.zeros((1, count, 2), np.float32), np.ones((1, count), np.int64))
            self._answer((*seen, *_labelled(clicks, self._manner)))


def _inferred(request: Any, inputs: tuple[NDArray[Any], ...]) -> Maps:
    # OpenVINO takes an array that lies in one piece as it is; one that may not be written to it would copy itself
    request.infer([np.ascontiguousarray(one) for one in inputs], share_inputs=True)
    return tuple(output.data.copy() for output in request.output_tensors)


def _labelled(prompts: Prompts, manner: Manner) -> _Asked:
    """Clicks and box of B prompts as points (B, N, 2) with labels (B, N)."""
    count = len(prompts.points)
    points, labels = [prompts.points], [prompts.labels]
    if prompts.box is not None:
        points.append(prompts.box.reshape(count, 2, 2))
        labels.append(np.tile(np.array(_CORNERS, np.int64), (count, 1)))
    elif manner.pads_clicks and prompts.points.shape[1]:
        points.append(np.zeros((count, 1, 2), np.float32))
        labels.append(np.full((count, 1), _NOTHING, np.int64))
    return np.concatenate(points, axis=1), np.concatenate(labels, axis=1)


def _options(*, half: bool) -> dict[str, Any]:
    options: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        "PERFORMANCE_HINT": "LATENCY",
    }
    threads = os.environ.get("OMP_NUM_THREADS", "")  # as for torch and numpy; else one for each core, its own choice
    if threads.isdecimal() and int(threads):  # several programs side by side: all would be bound to the first cores
        options |= {"INFERENCE_NUM_THREADS": int(threads), "ENABLE_CPU_PINNING": False}
    return options
