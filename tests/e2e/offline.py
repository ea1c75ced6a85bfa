"""python -m tests.e2e.offline HOME PHOTOS MODEL: the real window, a click with the starter, then one with MODEL by what
runs it best here. Tells in JSON what ran each."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import app.sam  # noqa: F401  before torch
from tests.bench.driver import program, until

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def main(home: Path, photos: Path, model: str) -> None:
    with program(home) as window:
        window.open_path(photos)
        until(lambda: window.workspace is not None and window.workspace.session.place.is_encoded)
        ran = [_clicked(window)]
        window.models.load(model)
        until(lambda: window.models.state.name == model, f"{model} was never loaded")
        until(
            lambda: window.models.state.model is not None and window.models.state.model.preparation is None,
            "it was never ready",
        )
        ran.append(_clicked(window))
    print(json.dumps(ran))


def _clicked(window: MainWindow) -> str:
    """What ran the model that answered."""
    assert window.workspace is not None
    assert window.models.state.model is not None
    session = window.workspace.session
    session.discard()
    session.editor.point(200, 150)
    until(
        lambda: not session.editor.is_waiting and session.editor.ring.is_whole and session.editor.proposal is not None,
        "no answer came",
    )
    return window.models.state.model.device


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
