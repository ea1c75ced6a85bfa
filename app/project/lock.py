"""One window writes to a project. The system lets go of the lock when the program dies, however it dies."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from filelock import FileLock, Timeout

from app.project.journal import author


class ProjectLock:
    def __init__(self, project: Path) -> None:
        self._lock = FileLock(str(project) + ".lock")

    def take(self) -> bool:
        """False when another window has it, or when no lock can be made there."""
        try:
            self._lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        return True

    def release(self) -> None:
        self._lock.release()


def holder() -> str:
    """Who we are, for the sentence in the second window."""
    return f"{author()} on {platform.node() or 'this computer'} (process {os.getpid()})"
