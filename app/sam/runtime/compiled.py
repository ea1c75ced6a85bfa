"""A network compiled by OpenVINO: two to three times as fast as torch on a CPU."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import torch
from torch import Tensor

from app.sam.network import Features, Graph, PromptTensors
from app.sam.runtime.eager import features_of
from app.sam.types import Embedding, OnProgress

ENCODER, DECODER = "encoder.xml", "decoder.xml"
_LOOK_MS = 5
"""Between two looks whether an encode has ended: so long may a click wait inside one."""
_FIRST_GUESS_S = 1.0


class Compiled:
    """An Execution. The prompt is embedded by torch, so is the rare prompt that was not compiled decoded."""

    def __init__(self, folder: Path, graph: Graph, *, half: bool) -> None:
        """Compiles the two files in a folder that conversion wrote, which takes a second or so. graph: of the network
        they were made of; its encoder is not used."""
        import openvino

        core = openvino.Core()
        options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        }
        encoder, decoder = (core.compile_model(folder / name, "CPU", options) for name in (ENCODER, DECODER))
        self.title = "OpenVINO bf16" if half else "OpenVINO"
        self._encoder, self._decoder = encoder.create_infer_request(), decoder.create_infer_request()
        self._graph = graph
        self._encode_s: float | None = None
        self._ending: Tensor | None = None
        """What an abandoned encode reads until it has ended."""
        self._last: tuple[Embedding, tuple[Tensor, ...]] | None = None
        """The one decoded last, as prompts without logits see it."""
        self._warm_up()

    def encode(self, pixels: Tensor, on_progress: OnProgress) -> Features:
        """Turns pixels (3, H, W) into features. What on_progress raises ends it."""
        self._let_end()
        began, batch = monotonic(), pixels[None].contiguous()
        self._encoder.start_async([batch.numpy()], share_inputs=True)
        try:
            while not self._encoder.wait_for(_LOOK_MS):
                on_progress(self._fraction(monotonic() - began))
        except BaseException:
            self._encoder.cancel()  # it ends behind the layer it is in; who is in a hurry does not wait for that
            self._ending = batch
            raise
        self._encode_s = monotonic() - began
        return tuple(torch.from_numpy(output.data.copy()) for output in self._encoder.output_tensors)

    def _let_end(self) -> None:
        if self._ending is not None:
            with suppress(RuntimeError):  # "cancelled"
                self._encoder.wait()
            self._ending = None

    def decode(self, embedding: Embedding, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        """Returns logits (B, 4, h, w) and predicted IoU (B, 4) of B prompts on one image."""
        asked = self._graph.asked(prompt)
        if asked is None:
            network = self._graph.network
            positions = network.positions(embedding.frame.padded_size)
            return network.decode(features_of(embedding), positions, prompt)
        count = len(prompt.points)
        seen = (one.expand(count, *[-1] * (one.ndim - 1)) for one in self._seen(embedding, prompt))
        rows = zip(*(one.split(1) for one in (*seen, *asked)), strict=True)
        logits, iou = zip(*(self._decode_one(row) for row in rows), strict=True)
        return torch.cat(logits), torch.cat(iou)

    def _seen(self, embedding: Embedding, prompt: PromptTensors) -> tuple[Tensor, ...]:
        """The image as the prompts let it be seen, in the order the decoder works in. Without logits that does not
        depend on the prompt, and is remembered for the next one on the same image."""
        if prompt.logits is not None:
            return self._graph.seen(features_of(embedding), prompt)
        if self._last is None or self._last[0] is not embedding:
            self._last = embedding, self._graph.seen(features_of(embedding), prompt)
        return self._last[1]

    def _decode_one(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        self._decoder.infer([one.contiguous().numpy() for one in inputs], share_inputs=True)
        logits, iou = (torch.from_numpy(self._decoder.get_output_tensor(i).data.copy()) for i in (0, 1))
        return logits, iou

    def _fraction(self, elapsed_s: float) -> float:
        """OpenVINO does not say how far it is: by what the last one took."""
        if self._encode_s is None:
            return elapsed_s / (elapsed_s + _FIRST_GUESS_S)
        return min(0.99, elapsed_s / self._encode_s)

    def _warm_up(self) -> None:
        """The first prompt of each length takes 40 ms longer."""
        for inputs in self._graph.common():
            self._decode_one(inputs)
