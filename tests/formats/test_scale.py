"""A small share of what the bench measures with a million masks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.scale_data import MASKS_OF_AN_IMAGE, make

ROOT = Path(__file__).parents[2]


def figures(what, folder):
    command = [sys.executable, "-m", "tests.bench.scale", what, str(folder)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def test_formats_are_read_without_what_only_draws_polygons():
    command = "import sys; from app.formats.registry import formats; formats(); print('PIL.ImageFont' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False"], "megabytes of fonts for each import"


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the most memory of a process")
def test_memory_of_import_and_export_does_not_grow_with_the_masks(tmp_path):
    peaks = {}
    for images in (100, 2000):
        folder = tmp_path / str(images)
        folder.mkdir()
        file = make(folder, images)
        peaks[images] = [figures(what, folder)["peak_mb"] for what in ("new", "import", "export")]
        exported = json.loads((folder / "out.json").read_bytes())
        assert len(exported["annotations"]) == images * MASKS_OF_AN_IMAGE
        assert exported["annotations"] == json.loads(file.read_bytes())["annotations"]
    # 20,000 masks are 6 MB of JSON and 40 MB of records; an image is a few hundred bytes
    assert all(large < small + 25 for small, large in zip(*peaks.values(), strict=True))
