"""Converts a checkpoint, once, to the files that OpenVINO compiles: in a process of its own, which ends with it, so
that torch does not stay in the memory of the window."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from app.problem import Problem
from app.sam.family import Family
from app.sam.runtime.converted import DECODER, ENCODER, SEEN, SEEN_WITH_LOGITS, Converted
from app.text import say
from app.work import Work

_LOOK_S = 0.05
"""Between two looks at the other process: so long a cancel may wait."""
_STEPS = 4
"""Of a conversion: read, encoder, decoder, kept."""


def conversion(checkpoint: Path, family: Family, converted: Converted) -> Work[None]:
    """Waits for a process that converts: (steps done, all). Closing it ends that process. Problem when it fails."""
    context = multiprocessing.get_context("spawn")  # a fork would carry over the locks of torch's threads
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, checkpoint, family, converted), daemon=True)
    process.start()
    theirs.close()
    done, total = 0, _STEPS
    try:
        while done < total:
            if ours.poll(_LOOK_S):
                message = ours.recv()
                if isinstance(message, str):
                    raise Problem(message)
                done = message
            yield done, total
    except EOFError as error:
        raise Problem(say("The model could not be made faster: the process that did it ended.")) from error
    finally:
        process.kill()
        process.join()
        ours.close()


def _work(connection: Connection, checkpoint: Path, family: Family, converted: Converted) -> None:
    """Converts a checkpoint in the other process. It sends the numbers of steps done, or the sentence of a Problem,
    through the pipe."""
    with suppress(OSError, AttributeError):  # Windows has no nice
        os.nice(10)
    try:
        convert(checkpoint, family, converted, connection.send)
    except Problem as problem:
        connection.send(str(problem))
    except Exception as error:
        connection.send(
            say("The model could not be made faster: {name}: {error}", name=type(error).__name__, error=error)
        )
        raise


def convert(
    checkpoint: Path, family: Family, converted: Converted, tell: Callable[[int], None], *, half: bool = False
) -> None:
    """Converts a checkpoint in this process and keeps the result; tells the steps that are done. half: the weights as
    float16, half as large. Takes ten seconds or more. Problem or OSError when it cannot be kept."""
    import torch

    from app.sam.checkpoint import load_checkpoint
    from app.sam.runtime.choice import EXACT
    from app.sam.runtime.eager import rearranged

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of torch.export, about code that is not ours
    _, network = load_checkpoint(checkpoint, family)
    tell(1)
    graph = rearranged(network, EXACT).graph()
    assert graph is not None

    def make(folder: Path) -> None:
        # torch.export runs the network on shapes only: a traced ViT-B takes a minute instead of ten seconds
        save = partial(_save, half=half)
        save(graph.encoder, folder / ENCODER)
        tell(2)
        save(graph.seen, folder / SEEN)
        save(graph.seen_with_logits, folder / SEEN_WITH_LOGITS)
        save(graph.decoder, folder / DECODER)
        tell(3)

    with torch.no_grad():
        converted.write(graph.manner, make)
    tell(_STEPS)


def _save(part: Callable, file: Path, *, half: bool) -> None:
    import openvino
    import torch

    made = part()
    program = torch.export.export(made.module, made.inputs, dynamic_shapes=made.dynamic_shapes)
    openvino.save_model(openvino.convert_model(program), file, compress_to_fp16=half)
