"""The weights of a reference model, run as the program would run them on this machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import torch

from app.sam.load import load_predictor
from app.sam.predictor import Predictor
from app.work import run


def as_the_program_runs(model: torch.nn.Module, runtime: str | None = None) -> Predictor:
    """Ready, in the runtime of that name, else the best of this machine."""
    from app.sam.runtime import choose

    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("MASKWRIGHT_HOME")
        os.environ["MASKWRIGHT_HOME"] = folder  # nothing is left in the cache of who runs the bench
        try:
            checkpoint = Path(folder) / "bench.pth"
            torch.save(model.state_dict(), checkpoint)
            return ready(load_predictor(str(checkpoint), runtime=choose(runtime)))
        finally:
            os.environ.pop("MASKWRIGHT_HOME")
            if before is not None:
                os.environ["MASKWRIGHT_HOME"] = before


def ready(predictor: Predictor) -> Predictor:
    """After what makes it faster has been done."""
    if predictor.preparation is not None:
        run(predictor.preparation())
    return predictor
