"""Does the window keep breathing while the files of a moved folder are read? A 10 ms timer on the GUI thread."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from tests.bench.driver import program, until
from tests.bench.rows import Row

IMAGES = 1000
SIZE_BYTES = 16 << 20
BEAT_MS = 10
FIRST_S = 0.5
"""In which the window is painted for the first time."""
ROOT = Path(__file__).parents[2]


def scan() -> list[Row]:
    """A process of its own: the figure is of a fresh window."""
    command = [sys.executable, "-m", "tests.bench.scan"]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    opening, gap, seconds = map(float, said[-3:])
    title = f"a moved folder of {IMAGES} images of {SIZE_BYTES >> 20} MB"
    return [
        Row(f"{title}: the window's first paint", opening, "ms", None, None, "", True),
        Row(f"{title}: longest gap of a {BEAT_MS} ms timer after it", gap, "ms", None, None, "<= 50 ms", gap <= 50),
        Row(f"{title}: all are found", seconds, "s", None, None, "", True),
    ]


def main() -> None:
    """Prints the longest gaps in milliseconds, at first and later, and the seconds until all were found."""
    with tempfile.TemporaryDirectory() as folder:
        project = moved_folder(Path(folder) / "photos", IMAGES, SIZE_BYTES)
        with program(Path(folder) / "home") as window:
            until(lambda: window.models.state.model)
            print(*(f"{each:.1f}" for each in _measured(window, project)))


def moved_folder(folder: Path, number: int, size_bytes: int) -> Path:
    """A project whose images, sparse files of one content, lie in another folder below its own since it was made."""
    from app.images.reading import file_hash
    from app.project.store import Project

    before = folder / "before"
    before.mkdir(parents=True)
    for each in range(number):
        with (before / f"{each}.png").open("wb") as file:
            os.truncate(file.fileno(), size_bytes)
    path = folder / "photos.maskwright"
    with closing(Project.create(path, folder)) as project:
        list(project.folder.scan())
        content_hash = file_hash(before / "0.png")
        with project.steps.in_bulk():
            for record in project.images():
                project.image_table.note(record.id, content_hash=content_hash)
    before.rename(folder / "after")
    return path


def _measured(window, project: Path) -> tuple[float, float, float]:
    """To make the window and to paint it for the first time is another thing than to read files: it is told apart."""
    from PySide6.QtCore import QTimer

    ended: list[float] = []
    window.projects.scanning.scanner.ended.connect(lambda _moved: ended.append(time.perf_counter()))
    window.open_path(project)
    until(lambda: window.workspace is not None)
    began = time.perf_counter()
    beats = [began]
    timer = QTimer(interval=BEAT_MS)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    until(lambda: time.perf_counter() - began > FIRST_S)
    assert not ended
    painted = len(beats)
    until(lambda: ended)
    timer.stop()
    paths = [record.path for record in window.workspace.project.images()]
    assert len(paths) == IMAGES
    assert all(path.startswith("after/") for path in paths)
    gaps = [1000 * (after - before) for before, after in pairwise(beats)]
    return max(gaps[: painted - 1]), max(gaps[painted - 1 :]), ended[0] - began


if __name__ == "__main__":
    main()
