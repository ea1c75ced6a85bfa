"""What is done to models on threads of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.sam.catalog import Model
from app.work import Work, run


def downloaded(model: Model, tell: Callable[[float], None]) -> Path:
    """Downloads the model and returns its file. Raises Problem if it cannot be had."""
    from app.sam.download import download

    return download(model, lambda here, total: tell(here / max(total, 1)))


def imported(file: Path, tell: Callable[[float], None]) -> Model:
    """Copies the file to the person's models. Raises Problem if it is no model."""
    from app.sam.load import import_model  # brings torch, which the window did without so far

    return import_model(file, tell)


def prepared(steps: Callable[[], Work[str]], tell: Callable[[float], None]) -> str:
    """Runs the preparation of a model to its end and returns the device it runs on then."""
    return run(steps(), lambda progress: tell(progress.done / progress.total))
