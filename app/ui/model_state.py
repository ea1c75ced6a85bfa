"""Which model is loaded, what it is doing, and the lamp that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.engine.delivery import Delivery
from app.engine.replies import Failed, JobProgress, ModelLoaded, ModelUnloaded
from app.engine.requests import LoadModel, Request
from app.labeling.session import Session
from app.sam.catalog import catalog
from app.text import say
from app.ui.jobs import Running
from app.ui.widgets.status import StatusRow

BUNDLED = "starter"


class ModelState(QObject):
    """Hears of the model that the engine has, and loads another one."""

    changed = Signal()
    loaded = Signal(str)
    """The name of the model."""
    preparable = Signal(object)
    """The ModelLoaded that could be faster."""

    def __init__(self, submit: Callable[[Request], None], delivery: Delivery) -> None:
        super().__init__()
        self._submit = submit
        self.model: ModelLoaded | None = None
        self._trouble = ""
        self._loading: float | None = None
        delivery.on(ModelLoaded, self._loaded)
        delivery.on(ModelUnloaded, self._unloaded)
        delivery.on(JobProgress, self._progressed, of=LoadModel)
        delivery.on(Failed, self._failed, of=LoadModel)

    @property
    def name(self) -> str:
        """The name of the loaded model; "" if there is none."""
        return self.model.name if self.model else ""

    def load(self, name: str) -> None:
        """Asks the engine for the model of that name."""
        self._loading, self._trouble = 0.0, ""
        self._submit(LoadModel(name))
        self.changed.emit()

    def _loaded(self, reply: ModelLoaded) -> None:
        self.model, self._loading = reply, None
        self.loaded.emit(reply.name)
        if reply.preparation is not None:
            self.preparable.emit(reply)
        self.changed.emit()

    def _unloaded(self, _reply: ModelUnloaded) -> None:
        self.model, self._loading = None, None
        self.changed.emit()

    def _progressed(self, reply: JobProgress) -> None:
        self._loading = reply.fraction
        self.changed.emit()

    def prepared(self, loaded: ModelLoaded, device: str) -> None:
        """Notes what that model runs on now."""
        if self.model is loaded:
            self.model = replace(loaded, device=device, preparation=None)
            self.changed.emit()

    def _failed(self, reply: Failed) -> None:
        """The model that was there stays; where there was none, the one in the box is taken."""
        self._loading = None
        if self.model is None and isinstance(reply.request, LoadModel) and reply.request.name != BUNDLED:
            self.load(BUNDLED)
        elif self.model is None:
            self._trouble = reply.sentence
        self.changed.emit()

    def show(self, row: StatusRow, session: Session | None, job: Running | None) -> None:
        """Shows the most important thing: a job, trouble, loading, encoding, or that the model is ready."""
        model = f"{title_of(self.model.name)} · {self.model.device}" if self.model else ""
        trouble = self._trouble or (session.place.failure.sentence if session and session.place.failure else "")
        progress = session.place.progress if session else None
        if job is not None:
            row.show_lamp("busy", model, job.title, job.fraction, cancellable=True)
        elif trouble:
            row.show_lamp("trouble", model, trouble)
        elif self._loading is not None or self.model is None:
            row.show_lamp("busy", model, say("Loading the model…"), self._loading or 0.0)
        elif progress is not None:
            left = say(" ({eta_s:.1f} s left)", eta_s=progress.eta_s) if progress.eta_s is not None else ""
            sentence = say("encoding {fraction:.0f} %", fraction=progress.fraction * 100) + left
            row.show_lamp("busy", model, sentence, progress.fraction)
        elif session is not None and session.everything.fraction is not None:
            fraction = session.everything.fraction
            found = say("looking for everything: {findings} found", findings=len(session.everything.findings))
            row.show_lamp("busy", model, found, fraction, cancellable=True)
        else:
            row.show_lamp("ready", model, say("ready"))


def title_of(name: str) -> str:
    """Returns the catalogue's title of the model; the name itself for a file of one's own."""
    return next((model.title for model in catalog() if model.name == name), name)
