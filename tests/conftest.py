"""What every test gets: folders of its own, no window on a real screen, garbage collected on this thread only, and one
thread to compute with where tests run side by side."""

from __future__ import annotations

import gc
import os
import shutil
import threading
from typing import ClassVar

import pytest
from hypothesis import settings

from app import text
from app.paths import resource

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Two programs that compute with two threads each on two cores wait for each other: five times as slow as with one each.
# Before torch, numpy and OpenCV are loaded, here and in the programs that tests start.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(name, "1")

from app.sam import checksum
from app.sam.checksum import digest_of
from app.sam.runtime import compiled
from app.sam.runtime.blobs import Blobs

settings.register_profile("busy", deadline=None)  # beside other tests an example may wait; the timeout is pytest's
settings.load_profile("busy")


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


class _Remembered(Blobs):
    """What was compiled in this process stays: each home is new, and a second of the processor a window too much."""

    _made: ClassVar[dict[object, object]] = {}

    def compiled(self, file, sha256, options):
        what = (sha256, *sorted(options.items()))
        if what not in self._made:
            self._made[what] = super().compiled(file, sha256, options)
        return self._made[what]


_digests: dict[tuple[str, int, int], str] = {}


def _remembered_digest(path, on_progress=None):
    """Of what ships: no test changes it where it lies, and each home would hash it anew."""
    if not path.is_relative_to(resource("models")):
        return digest_of(path, on_progress)
    status = path.stat()
    stamp = (str(path), status.st_size, status.st_mtime_ns)
    if stamp not in _digests:
        _digests[stamp] = digest_of(path, on_progress)
    return _digests[stamp]


@pytest.fixture(autouse=True)
def models_are_read_once(request, monkeypatch):
    """Beside the tests of compiling and hashing themselves."""
    if "sam" not in request.path.parts:
        monkeypatch.setattr(compiled, "Blobs", _Remembered)
        monkeypatch.setattr(checksum, "digest_of", _remembered_digest)


@pytest.fixture(autouse=True)
def tools_are_as_at_the_start(request):
    """How they are set is the process's."""
    if not {"labeling", "ui"} & set(request.path.parts):
        yield
        return
    from app.labeling.tools.registry import TOOLBOX

    before = [(option, option.value) for tool in TOOLBOX.all() for option in tool.options]
    yield
    for option, value in before:
        option.set(value)


@pytest.fixture(autouse=True)
def keys_have_their_first_names(monkeypatch):
    """A window names them by its keymap, for the process."""
    monkeypatch.setattr(text, "_key_of", text._key_of)


def pytest_collection_modifyitems(items):
    """Groups of tests that one process runs come first, and real programs: what is left then fills the other process,
    which would wait for a long group at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None and "e2e" not in item.path.parts)


@pytest.fixture
def photos(tmp_path):
    """A folder with a copy of the sample photos."""
    folder = tmp_path / "photos"
    shutil.copytree(resource("samples"), folder, ignore=shutil.ignore_patterns("*.md"))
    return folder


@pytest.fixture
def mine(tmp_path):
    """The starter with one weight changed: a checkpoint of one's own, that no catalogue knows."""
    from safetensors.torch import load_file, save_file  # brings torch, which most tests do without

    state = load_file(resource("models/starter.safetensors"))
    state["decoder.output_tokens.weight"].view(-1)[0] += 0.1
    path = tmp_path / "mine.safetensors"
    save_file(state, path)
    return path


def drained(steps):
    """What a generator of progress returns; progress never goes backwards nor beyond all."""
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            dones = [done for done, _ in seen]
            assert dones == sorted(dones)
            assert all(done <= total for done, total in seen)
            return end.value
