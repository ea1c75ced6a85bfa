"""The window opens, and a click is answered, without torch, where the model comes compiled."""

import shutil

import pytest

from app.paths import resource
from app.sam.runtime import choose
from tests.bench import start


@pytest.mark.slow
@pytest.mark.skipif(not choose().compiled, reason="OpenVINO does not serve this machine, or not as the best")
def test_a_click_in_the_window_is_answered_without_torch(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(resource("samples/coffee.png"), photos)
    figures = start.measured(tmp_path, photos)
    assert 0 < figures["window_s"] < figures["click_s"]
    assert not figures["torch"]
