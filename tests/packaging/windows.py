"""A Windows to install on: a wine of its own below a temporary folder, on a screen of its own."""

from __future__ import annotations

import configparser
import os
import subprocess
import time
from pathlib import Path, PureWindowsPath

LIMIT_S = 120
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"


class Windows:
    """Runs programs, and reads files and the registry, of one wine prefix."""

    def __init__(self, prefix: Path, display: str) -> None:
        self.disk = prefix / "drive_c"
        self.prefix = prefix
        self.env = {
            **os.environ,
            "WINEPREFIX": str(prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "DISPLAY": display,
            "LC_ALL": "C.UTF-8",
        }

    def start(self, *command: str | Path, **env: str) -> subprocess.Popen[bytes]:
        """Starts a program; one of the disk by the name that Windows has for it, as a person would."""
        words = [self.name(word) if isinstance(word, Path) and self.disk in word.parents else word for word in command]
        return subprocess.Popen(
            ["wine", *words], env={**self.env, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def run(self, *command: str | Path) -> int:
        """Runs a program to its end; returns its exit status."""
        return self.start(*command).wait(LIMIT_S)

    def name(self, path: Path) -> str:
        """Returns what Windows calls a file of its disk."""
        return str(PureWindowsPath("C:\\", *path.relative_to(self.disk).parts))

    def key(self, branch: str) -> dict[str, dict[str, str]]:
        """Returns the values below a key of the registry, by key and name; {} when there is no such key."""
        file = self.disk / "exported.reg"
        file.unlink(missing_ok=True)
        if self.run("reg", "export", branch, r"C:\exported.reg", "/y"):
            return {}
        text = file.read_text(encoding="utf-16").split("\n", 1)[1]
        parser = configparser.RawConfigParser(delimiters=["="], strict=False)
        parser.optionxform = str
        parser.read_string(text)
        return {name: {_plain(k): _plain(v) for k, v in parser.items(name)} for name in parser.sections()}

    def entry(self, branch: str = "HKCU", title: str = "Maskwright") -> dict[str, str]:
        """Returns what Apps tells of an installed program; {} when it does not know it."""
        keys = self.key(rf"{branch}\{UNINSTALL}\{title}")
        return next(iter(keys.values()), {})

    def end(self) -> None:
        """Ends all that runs in it."""
        subprocess.run(["wineserver", "-k"], env=self.env, check=False)
        subprocess.run(["wineserver", "-w"], env=self.env, check=False, timeout=LIMIT_S)


def _plain(text: str) -> str:
    """A name or text of a .reg file, without its quotes and the backslashes before those inside."""
    inside = text[1:-1] if text.startswith('"') else text
    return "" if text == "@" else inside.replace('\\"', '"').replace("\\\\", "\\")


def until(condition, limit_s: float = 30.0) -> None:
    """Waits for a condition; a silent uninstaller goes on in a copy of itself."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)
