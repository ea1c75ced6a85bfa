"""A real project, a real engine with its threads, a small predictor: everything but the window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.engine.replies import Reply
from app.engine.requests import LoadModel, Request
from app.engine.worker import Engine
from app.labeling.commands import Acting
from app.labeling.events import LongWork, Notice, SessionEvent
from app.labeling.session import Session
from app.labeling.tools.hand import Hand
from app.project.store import Project
from app.work import run
from tests.engine.stepwise import PATIENCE_S, StepwisePredictor


class Desk:
    """One session at work. Replies arrive when the test pumps them, as the event loop of the window does."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.predictors: dict[str, StepwisePredictor] = {}
        self.requests: list[Request] = []
        self.events: list[SessionEvent] = []
        self.now_s = 1000.0
        self._replies: list[Reply] = []
        self._arrived = threading.Condition()
        self.engine = Engine(lambda name, on_progress: self.predictor(name), self._deliver)
        self.session = Session(project, self, clock=lambda: self.now_s)
        self.session.subscribe(self.events.append)

    def predictor(self, name: str = "first") -> StepwisePredictor:
        return self.predictors.setdefault(name, StepwisePredictor(name))

    def submit(self, request: Request) -> None:
        self.requests.append(request)
        self.engine.submit(request)

    def _deliver(self, reply: Reply) -> None:
        with self._arrived:
            self._replies.append(reply)
            self._arrived.notify()

    def pump(self) -> None:
        """One reply at a time, as signals come: one that raises a Problem leaves the others to be heard."""
        while self.pump_one():
            pass

    def pump_one(self) -> bool:
        """False when there was none."""
        with self._arrived:
            if not self._replies:
                return False
            reply = self._replies.pop(0)
        self.session.receive(reply)
        return True

    def until(self, condition: Callable[[], object]) -> None:
        """Pumps replies until the condition holds, and not one more."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            with self._arrived:
                self._arrived.wait_for(lambda: self._replies, 0.1)
            self.pump_one()

    def until_answered(self) -> None:
        self.until(lambda: not self.session.editor.is_waiting and self.session.editor.ring.is_whole)

    def work_beside(self) -> None:
        """Does what is long and was told last, as the window does beside itself."""
        work = next(event for event in reversed(self.events) if isinstance(event, LongWork))
        self.events.remove(work)
        sibling = Project.sibling_of(self.project.path, read_only=False)
        try:
            outcome = run(work.work(sibling))
        finally:
            sibling.close()
        work.done(outcome)

    def notices(self) -> list[str]:
        return [e.sentence for e in self.events if isinstance(e, Notice)]

    def open(self, number: int = 0) -> None:
        """The image of that number, read and encoded."""
        self.session.navigation.open(self.project.images()[number].id)
        self.until(lambda: self.session.place.is_encoded and self.session.image.width)

    def open_unencoded(self, number: int = 0) -> None:
        """The image of that number, where no model is there to encode it."""
        self.session.navigation.open(self.project.images()[number].id)
        self.until(lambda: self.session.image.width)

    def click(self, x: float = 30, y: float = 20, *, positive: bool = True) -> None:
        self.session.editor.point(x, y, positive=positive)
        self.until_answered()

    def accept_one(self, x: float = 30, y: float = 20) -> int:
        """The id of a new object."""
        self.click(x, y)
        changes = self.session.acceptance.accept()
        assert changes is not None
        return changes.changes[-1].after.id

    def saved(self, number: int = 0):
        return self.project.annotations(self.project.images()[number].id)


class TestView:
    """Notes what the commands ask of the canvas."""

    __test__ = False

    def __init__(self) -> None:
        self.scale = 1.0
        self.calls: list[tuple[object, ...]] = []

    def zoom_in(self) -> None:
        self.calls.append(("zoom_in",))

    def zoom_out(self) -> None:
        self.calls.append(("zoom_out",))

    def fit(self) -> None:
        self.calls.append(("fit",))

    def zoom_to(self, bbox: tuple[float, float, float, float]) -> None:
        self.calls.append(("zoom_to", bbox))

    def pan(self, dx: float, dy: float) -> None:
        self.calls.append(("pan", dx, dy))

    def hide_masks(self, hidden: bool) -> None:
        self.calls.append(("hide_masks", hidden))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Five images of 64 x 48."""
    folder = tmp_path / "images"
    folder.mkdir()
    for i in range(5):
        Image.fromarray(np.full((48, 64, 3), (10 * i, 0, 0), np.uint8)).save(folder / f"{i}.png")
    project = Project.create(tmp_path / "test.maskwright", folder)
    for _ in project.folder.scan():
        pass
    yield project
    project.close()


@pytest.fixture
def empty_desk(project: Project) -> Iterator[Desk]:
    """No model is loaded and no image is open."""
    desk = Desk(project)
    desk.engine.start()
    yield desk
    for predictor in desk.predictors.values():
        predictor.release()
    assert desk.engine.stop()


@pytest.fixture
def desk(empty_desk: Desk) -> Desk:
    """The model is loaded and the first image is open and encoded."""
    empty_desk.submit(LoadModel("first"))
    empty_desk.open()
    return empty_desk


@pytest.fixture
def acting(desk: Desk) -> Acting:
    view = TestView()
    context = Acting(desk.session, view, Hand.__new__(Hand))
    hand = Hand(context)
    return Acting(desk.session, view, hand)
