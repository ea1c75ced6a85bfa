"""What the window hears of long work, and tells the person of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.engine.replies import Failed, JobDone, JobProgress, Reply
from app.engine.requests import Job
from app.text import say
from app.ui.shell import Shell


def connect_jobs(shell: Shell, wrote: Callable[[], object], receive: Callable[[Reply], object]) -> None:
    """Lets the jobs hear what the engine says of them, and the person how they end.

    `wrote` is called when one has written to the project; `receive` gets what threads of jobs say.
    """
    jobs = shell.jobs
    shell.delivery.on(JobProgress, partial(shell.attempt, jobs.hear_progress), of=Job)
    shell.delivery.on(JobDone, partial(shell.attempt, jobs.hear_end))
    shell.delivery.on(Failed, partial(shell.attempt, jobs.hear_failure), of=Job)
    jobs.changed.connect(shell.show_lamp)
    jobs.arrived.connect(receive)
    jobs.wrote.connect(partial(shell.attempt, wrote))
    jobs.failed.connect(lambda sentence: shell.toast.show_text(sentence, bad=True))
    jobs.cancelled.connect(lambda: shell.toast.show_text(say("Cancelled.")))
    shell.status.cancel.clicked.connect(partial(_cancel, shell))


def _cancel(shell: Shell) -> None:
    """Whatever the lamp shows."""
    if shell.jobs.current is not None:
        shell.jobs.cancel_current()
    elif shell.workspace is not None:
        shell.workspace.session.everything.stop()
