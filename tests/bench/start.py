"""The start of the program: until the window is on the screen, until the first click is answered, and what it takes of
the memory then. Each start is a process of its own, as `maskwright PHOTO` begins one, timed from before it is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench.rows import Row

ROOT = Path(__file__).parents[2]
STARTS = 5
_REST_MS = 2000
WINDOW_S, CLICK_S, MEMORY_MB = 1.0, 2.0, 350


def start_rows() -> list[Row]:
    """The first start fills caches, as it does for a person, and is not counted."""
    from app.paths import resource

    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        shutil.copy(resource("samples/coffee.png"), photos)
        runs = [measured(Path(folder), photos) for _ in range(STARTS + 1)][1:]
    window, click, memory = (median(run[name] for run in runs) for name in ("window_s", "click_s", "memory_mb"))
    torch = "" if any(run["torch"] for run in runs) else ", without torch"
    return [
        Row("start: window on the screen", window, "s", None, None, f"<= {WINDOW_S:g} s", window <= WINDOW_S),
        Row(f"start: first click answered{torch}", click, "s", None, None, f"<= {CLICK_S:g} s", click <= CLICK_S),
        Row("start: memory at rest", memory, "MB", None, None, f"<= {MEMORY_MB} MB", memory <= MEMORY_MB),
    ]


def measured(folder: Path, photos: Path) -> dict[str, float]:
    """Seconds until the window and the first answer, megabytes at rest, and whether torch was loaded. folder: for the
    person's own files, which stay for the next start."""
    environment = {**os.environ, "MASKWRIGHT_HOME": str(folder / "home"), "BEGAN": repr(time.time())}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")  # an installed program has it beside its files
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "tests.bench.start", str(photos)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _measure(photos: Path) -> None:
    from tests.bench.driver import program, resident_mb, until, wait

    began = float(os.environ["BEGAN"])
    with program(Path(os.environ["MASKWRIGHT_HOME"])) as window:
        from PySide6.QtCore import QCoreApplication

        QCoreApplication.processEvents()  # it is painted
        figures = {"window_s": time.time() - began}
        window.open_path(photos)
        until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
        session = window.workspace.session
        session.editor.point(300, 150)
        until(lambda: not session.editor.is_waiting and session.editor.ring.is_whole)
        figures["click_s"] = time.time() - began
        wait(_REST_MS)
        figures |= {"memory_mb": resident_mb(), "torch": "torch" in sys.modules}
    print(json.dumps(figures))


if __name__ == "__main__":
    _measure(Path(sys.argv[1]))
