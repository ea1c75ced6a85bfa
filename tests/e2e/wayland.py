"""A screen of Wayland without an X server (weston), and pictures of it. Nobody can type or click there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.screen import SCREENSHOTS, wait_for

MISSING = [name for name in ("weston", "weston-screenshooter") if not shutil.which(name)]
_NAME = "wayland-test"


class Compositor:
    def __init__(self, folder: Path) -> None:
        self.env = {"XDG_RUNTIME_DIR": str(folder), "WAYLAND_DISPLAY": _NAME, "QT_QPA_PLATFORM": "wayland"}

    def picture(self, name: str) -> Path:
        """Saves the whole screen under build/screenshots/."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            told = {**os.environ, **self.env}
            subprocess.run(["weston-screenshooter"], cwd=folder, env=told, check=True, capture_output=True, timeout=60)
            [taken] = Path(folder).glob("*.png")
            return Path(shutil.move(taken, SCREENSHOTS / f"{name}.png"))


@contextmanager
def compositor(width: int = 1440, height: int = 900) -> Iterator[Compositor]:
    """Runs one while the block runs."""
    with tempfile.TemporaryDirectory(prefix="wayland-") as folder:  # private, as Wayland wants it, and of a short name
        made = Compositor(Path(folder))
        command = ["weston", "--backend=headless-backend.so", "--use-pixman", "--debug", "--idle-time=0"]
        command += [f"--socket={_NAME}", f"--width={width}", f"--height={height}", "--no-config"]
        told = {**os.environ, "XDG_RUNTIME_DIR": folder}
        server = subprocess.Popen(command, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for((Path(folder) / _NAME).exists, 30, "weston did not start")
            yield made
        finally:
            server.terminate()
            server.wait(30)
