"""A backup step by step, so that a test does something else in between."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from pathlib import Path

from app.project.safety.backup import back_up
from app.work import Work


def backup_steps(project: Path) -> Work[Path | None]:
    """`back_up` as steps of (pages done, all), for a lane that does other work in between; closing it ends the backup
    and leaves nothing. SQLite does not give a backup out of its hands half way: it runs on a thread, one step ahead."""
    told: queue.Queue[tuple[int, int] | None] = queue.Queue(1)
    stop, made = threading.Event(), list[Path]()

    def tell(done: int, total: int) -> None:
        if stop.is_set():
            raise _StoppedError
        told.put((done, total))

    def work() -> None:
        try:
            with suppress(_StoppedError):
                path = back_up(project, tell)
                made.extend([path] if path else [])
        finally:
            told.put(None)

    thread = threading.Thread(target=work, name="backup", daemon=True)
    thread.start()
    try:
        while (step := told.get()) is not None:
            yield step
    finally:
        stop.set()
        while thread.is_alive():
            with suppress(queue.Empty):
                told.get(timeout=0.01)
        thread.join()
    return made[0] if made else None


class _StoppedError(Exception):
    pass
