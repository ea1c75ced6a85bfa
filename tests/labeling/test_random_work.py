"""Whatever a hurried person does in whatever order, while answers come when they come: nothing is lost or invented."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from app.problem import Problem


@pytest.mark.parametrize("seed", range(12))
def test_random_work_loses_nothing(desk, seed):
    dice = random.Random(seed)
    session, predictor = desk.session, desk.predictor()
    accepted = 0

    def click() -> None:
        session.editor.point(dice.randrange(64), dice.randrange(48))

    def accept() -> None:
        nonlocal accepted
        waiting, changed = (
            session.editor.is_waiting or session.editor.ring.is_turned,
            session.editor.draft.is_live and not session.editor.draft.is_unchanged,
        )
        is_new = session.editor.draft.resumed is None
        saved = session.acceptance.accept()
        if changed and is_new and (waiting or saved is not None):
            accepted += 1

    def resume() -> None:
        objects = session.objects.all()
        if objects and not session.editor.draft.is_live:
            session.editor.resume(dice.choice(objects).id)

    def box() -> None:
        session.editor.box(*(dice.randrange(64) for _ in range(4)))

    def travel() -> None:
        session.navigation.next(dice.choice([-1, 1]))
        desk.until(lambda: session.image.width)

    actions: list[Callable[[], object]] = [
        click, click, click, accept, accept, box, resume, session.editor.back, session.discard, predictor.hold,
        predictor.release, desk.pump, desk.pump, session.editor.next_candidate,
        travel, lambda: session.editor.choose_candidate(dice.randrange(4)),
    ]  # fmt: skip
    for _ in range(300):
        try:
            dice.choice(actions)()
        except Problem:  # nothing was found at an object accepted in advance: it is in the making again
            accepted -= 1
    predictor.release()
    desk.until(lambda: not session.editor.is_waiting and not session.acceptance.pending)
    saved = sum(len(desk.saved(number)) for number in range(5))
    assert saved == accepted > 0
    for _ in range(1000):
        session.discard()
        if desk.project.undo() is None:
            break
    assert sum(len(desk.saved(number)) for number in range(5)) == 0
