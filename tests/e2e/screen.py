"""A virtual screen with a real mouse and keyboard (Xvfb, xdotool), and pictures of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
# Grabs the whole screen with a Qt program of its own: what is really there, not what our window thinks it drew.
_GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
assert app.primaryScreen().grabWindow(0).save(sys.argv[1])
"""


class Screen:
    def __init__(self, number: int) -> None:
        self.env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}

    def xdotool(self, *arguments: object) -> str:
        command = ["xdotool", *map(str, arguments)]
        return subprocess.run(command, env=self.env, check=True, capture_output=True, text=True).stdout

    def click(self, x: float, y: float, button: int = 1) -> None:
        self.xdotool("mousemove", round(x), round(y), "click", button)

    def drag(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A press, several moves and a release, as a hand does it."""
        self.xdotool("mousemove", round(x0), round(y0), "mousedown", 1)
        for step in range(1, 9):
            self.xdotool("mousemove", round(x0 + (x1 - x0) * step / 8), round(y0 + (y1 - y0) * step / 8))
        self.xdotool("mouseup", 1)

    def key(self, *keys: str) -> None:
        for key in keys:
            self.xdotool("key", key)

    def window(self, name: str, timeout_s: float = 60) -> str:
        """The id of the visible window whose title contains name."""
        found = wait_for(lambda: self._search(name), timeout_s, f"no window named {name}")
        return found.split()[0]

    def _search(self, name: str) -> str:
        command = ["xdotool", "search", "--onlyvisible", "--name", name]
        return subprocess.run(command, env=self.env, check=False, capture_output=True, text=True).stdout

    def picture(self, name: str) -> Path:
        """Saves the whole screen under build/screenshots/."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        subprocess.run([sys.executable, "-c", _GRAB, str(path)], env=self.env, check=True, capture_output=True)
        return path


@contextmanager
def screen(width: int = 1440, height: int = 900, *options: str) -> Iterator[Screen]:
    """Runs an X server while the block runs. options: of Xvfb."""
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    command += ["-noreset", *options]  # a server that is left by all begins anew, and who comes just then finds none
    server = subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as answer:
            number = int(answer.readline())
        yield Screen(number)
    finally:
        server.terminate()
        server.wait(10)


def wait_for(condition: Callable[[], T], timeout_s: float, otherwise: str) -> T:
    """Asks until the answer is true; AssertionError(otherwise) after timeout_s."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(otherwise)
