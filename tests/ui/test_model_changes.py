"""Who goes from one model to another leaves nothing of the first at work."""

from __future__ import annotations

import multiprocessing

import pytest

from app.sam.runtime import choose
from tests.bench.driver import until


@pytest.mark.skipif(not choose().compiled, reason="OpenVINO does not serve this machine")
def test_a_model_that_is_left_is_not_made_faster_any_more(window, mine):
    """Each time that one came back it was begun anew beside those before: six processes, half a gigabyte each."""
    window.models.import_file(mine)
    until(lambda: window.models.state.name == "mine")
    assert "mine" in window.jobs.current.title
    window.models.load("starter")
    until(lambda: window.models.state.name == "starter")
    assert window.jobs.current is None
    until(lambda: not multiprocessing.active_children())
    assert window.toast.text() == ""
