"""A download in the window, from a real server on this computer that is slow."""

from __future__ import annotations

import pytest

from app.paths import models_dir
from app.sam.catalog import find
from tests.http_server import serving

MODEL = find("mobile_sam")


@pytest.fixture
def server(monkeypatch):
    with serving() as state:
        monkeypatch.setenv("MASKWRIGHT_MIRROR", state.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        state.content = bytes(MODEL.bytes)
        yield state


def test_a_slow_download_shows_its_progress_and_is_cancelled_within_a_second(window, server, qtbot):
    server.drip = (500, 0.01)
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: 0 < window.jobs.current.fraction < 0.005, timeout=10_000)
    window.jobs.cancel_all()
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=1000)
    assert (models_dir() / f"{MODEL.file}.part").stat().st_size > 0


def test_a_download_that_nobody_answers_is_cancelled_within_a_second(window, server, qtbot):
    server.is_silent = True
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: bool(server.paths), timeout=10_000)
    window.jobs.cancel_all()
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=1000)


def test_a_mirror_that_is_no_address_is_a_sentence(window, qtbot, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", "http://[::1")
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: "MASKWRIGHT_MIRROR is http://[::1" in window.toast.text(), timeout=10_000)
    assert window.jobs.current is None
