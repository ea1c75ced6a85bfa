"""The batch lane: one job at a time, a step at a time, so that a click never waits for more than a step."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from app.engine.errors import JobEndedError, failed
from app.engine.progress import Throttle
from app.engine.replies import JobDone, JobProgress, Reply
from app.engine.requests import Job
from app.work import Work

if TYPE_CHECKING:
    from app.engine.job_model import JobModel


class RunningJob:
    """A job that has begun, and tells how it goes. Not thread-safe."""

    def __init__(self, job: Job, deliver: Callable[[Reply], None], model: JobModel | None = None) -> None:
        """Prepares a job without running any of it. model: what its steps may use, for a job that uses a model."""
        self.job = job
        self._deliver = deliver
        self._model = model
        self._steps: Work[Any] | None = None
        self._throttle = Throttle()
        self._began = monotonic()

    def step(self) -> bool:
        """Does one step. False when the job has ended, well or badly."""
        try:
            if self._steps is None:
                self._steps = self.job.steps() if self._model is None else self.job.steps(self._model)
            done, total = next(self._steps)
        except StopIteration as end:
            self._deliver(JobDone(self.job.id, end.value))
            return False
        except JobEndedError:
            self._deliver(JobDone(self.job.id, None, cancelled=True))
            return False
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._deliver(failed(self.job, error))
            return False
        self._report(done / total if total else 0.0)
        return True

    def cancel(self) -> None:
        """Ends the job. Closing its generator runs its `finally`, so that no half-made file stays behind."""
        try:
            if self._steps is not None:
                self._steps.close()
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._deliver(failed(self.job, error))
        else:
            self._deliver(JobDone(self.job.id, None, cancelled=True))

    def _report(self, fraction: float) -> None:
        if self._throttle.is_due():
            elapsed = monotonic() - self._began
            eta_s = elapsed / fraction * (1 - fraction) if fraction > 0 else None
            self._deliver(JobProgress(self.job, fraction, eta_s))
