"""What every test gets: folders of its own, no window on a real screen, garbage collected on this thread only."""

from __future__ import annotations

import gc
import os
import threading

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folders of the user are below a temporary one."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and not t.daemon]
    for thread in left:
        thread.join(5)
    assert not [t.name for t in left if t.is_alive()]


@pytest.fixture(autouse=True)
def garbage_is_collected_here():
    """As in the program: a collection on a worker thread may destroy Qt objects there and crash."""
    gc.disable()
    yield
    counts, thresholds = gc.get_count(), gc.get_threshold()
    if counts[0] > thresholds[0]:
        gc.collect(1 if counts[1] > thresholds[1] else 0)
