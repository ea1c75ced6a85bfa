"""A picture decoded in a process of its own: some decoders let no other thread run until they are done, and the window
would not answer for seconds. Starting one takes half a second, so that small pictures are not worth it."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from app.problem import Problem
from app.text import say

FROM_PIXELS = 500_000
"""Of wavelets, so many take a tenth of a second."""
FROM_BYTES = 64 << 20
"""Of a library that copies all of its numbers at once."""
_LOOK_S = 0.5
_MOST_S = 300.0


def is_worth(size: tuple[int, int]) -> bool:
    """Whether a picture (width, height) is better decoded in another process; never in one that is another already."""
    return not multiprocessing.current_process().daemon and size[0] * size[1] >= FROM_PIXELS


def decoded(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of a whole file, whose cost was looked at before. Problem as decoding.decoded."""
    context = multiprocessing.get_context("spawn")  # a fork would carry over the locks of other threads
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), name="picture", daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send_bytes(data)
        said = _said(ours)
        if isinstance(said, str):
            raise Problem(said)
        pixels: NDArray[np.uint8] = np.empty(said, np.uint8)
        for band in pixels:
            ours.recv_bytes_into(band.reshape(-1))  # rows are next to each other
        return pixels
    except (EOFError, BrokenPipeError, ConnectionError) as error:
        raise Problem(say("the picture is damaged, or there is not enough memory for it.")) from error
    finally:
        process.kill()
        process.join()
        ours.close()


def _said(ours: Connection) -> tuple[int, int, int] | str:
    waited = 0.0
    while not ours.poll(_LOOK_S):
        waited += _LOOK_S
        if waited > _MOST_S:
            raise Problem(say("it takes minutes to be read."))
    return ours.recv()


def _work(theirs: Connection) -> None:
    """Decodes a picture in the other process. It sends its shape and rows, or the sentence of a Problem, through the
    pipe."""
    from pathlib import Path

    from app.images import decoding

    try:
        with decoding.sentences(Path("picture")):
            pixels = decoding.decoded(theirs.recv_bytes())
    except Problem as problem:
        theirs.send(str(problem).removeprefix("picture: "))
        return
    theirs.send(pixels.shape)
    for band in np.ascontiguousarray(pixels):
        theirs.send_bytes(band.reshape(-1))
