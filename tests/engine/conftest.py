from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.engine.replies import ModelLoaded
from app.engine.requests import LoadModel
from app.engine.values import ImageRef
from app.engine.worker import Engine
from tests.engine.stepwise import Inbox, StepwisePredictor


@pytest.fixture
def predictor() -> StepwisePredictor:
    return StepwisePredictor()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def make_engine(inbox: Inbox) -> Iterator[Callable[..., Engine]]:
    """Engines that are stopped at the end; no thread may be left."""
    before = set(threading.enumerate())
    engines: list[Engine] = []

    def make(load_predictor: Callable, **options: object) -> Engine:
        engines.append(Engine(load_predictor, inbox.deliver, **options))
        engines[-1].start()
        return engines[-1]

    yield make
    assert all(engine.stop() for engine in engines)
    assert set(threading.enumerate()) <= before


@pytest.fixture
def engine(make_engine: Callable[..., Engine], predictor: StepwisePredictor, inbox: Inbox) -> Iterator[Engine]:
    """With its model loaded."""
    engine = make_engine(lambda name, on_progress: predictor)
    engine.submit(LoadModel("stepwise"))
    inbox.wait(ModelLoaded)
    yield engine
    predictor.release()


@pytest.fixture
def images(tmp_path: Path) -> list[ImageRef]:
    """Six images; the pixels of number i are (10 * i, 0, 0)."""
    refs = []
    for i in range(6):
        path = tmp_path / f"{i}.png"
        Image.fromarray(np.full((48, 64, 3), (10 * i, 0, 0), np.uint8)).save(path)
        refs.append(ImageRef(i, path))
    return refs
