"""A reply reaches those who asked for its kind, and nobody else."""

from __future__ import annotations

from app.engine.delivery import Delivery
from app.engine.replies import Failed, JobDone
from app.engine.requests import LoadModel, UnloadModel


def test_a_reply_reaches_those_who_asked_for_its_kind():
    delivery, heard = Delivery(), []
    delivery.on(JobDone, heard.append)
    assert delivery.deliver(JobDone(1, None))
    assert not delivery.deliver(Failed(LoadModel("a"), "No."))
    assert heard == [JobDone(1, None)]


def test_a_failure_reaches_who_asked_for_that_request_first():
    delivery, heard = Delivery(), []
    delivery.on(Failed, lambda reply: heard.append("any"))
    delivery.on(Failed, lambda reply: heard.append("load"), of=LoadModel)
    delivery.deliver(Failed(LoadModel("a"), "No."))
    delivery.deliver(Failed(UnloadModel(), "No."))
    assert heard == ["load", "any", "any"]


def test_who_has_left_hears_nothing_and_may_leave_twice():
    delivery, heard = Delivery(), []
    leave = delivery.on(JobDone, heard.append)
    leave()
    leave()
    assert not delivery.deliver(JobDone(1, None))
    assert not heard
