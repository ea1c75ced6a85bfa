"""The models of the catalogue in the menu: switch to one that is here, download one that is not."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.sam.catalog import Model, catalog, own_models, path_of, readable
from app.text import say, translation
from app.ui.model_state import ModelState


class ModelChoice(Protocol):
    """What the menu chooses among and acts on. Models fulfils it."""

    state: ModelState

    @property
    def runtime(self) -> str:
        """The name of the runtime that was chosen; "" for the best of this machine."""
        ...

    def load(self, name: str) -> None:
        """Switches to the model of that name."""
        ...

    def download(self, model: Model) -> None:
        """Downloads the model, then switches to it."""
        ...

    def choose_runtime(self, name: str) -> None:
        """Loads the model again for that runtime."""
        ...


class ModelMenu:
    """The menu of the models and of what they run on, filled anew whenever it is opened."""

    def __init__(self, menu: QMenu, models: ModelChoice) -> None:
        self._menu, self._models = menu, models
        self._group = QActionGroup(menu)
        self._runtimes = menu.addMenu(say("Run it by"))
        self._runtime_group = QActionGroup(self._runtimes)
        menu.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        for action in self._group.actions():
            self._menu.removeAction(action)
            self._group.removeAction(action)
        for model in (*catalog(), *own_models()):
            if model.supported:
                self._add(model)
        self._fill_runtimes()

    def _add(self, model: Model) -> None:
        models = self._models
        here = path_of(model).is_file()
        text = (
            model.title if here else say("Download {model} ({bytes})…", model=model.title, bytes=readable(model.bytes))
        )
        action = self._menu.addAction(text)
        action.setCheckable(here)
        action.setChecked(model.name == models.state.name)
        action.setToolTip(translation(model.note))
        action.triggered.connect(lambda: models.load(model.name) if here else models.download(model))
        self._group.addAction(action)

    def _fill_runtimes(self) -> None:
        """Once a model is loaded: only then torch, which knows them, is there."""
        self._runtimes.clear()
        self._runtimes.setEnabled(self._models.state.model is not None)
        if self._models.state.model is None:
            return
        from app.sam.runtime import runtimes

        here = runtimes()
        self._add_runtime("", say("The best of this computer ({here_1})", here_1=here[0].name))
        for runtime in here:
            self._add_runtime(runtime.name, f"{runtime.name}: {runtime.why}")

    def _add_runtime(self, name: str, text: str) -> None:
        action = self._runtimes.addAction(text)
        action.setCheckable(True)
        action.setChecked(name == self._models.runtime)
        action.triggered.connect(lambda: self._models.choose_runtime(name))
        self._runtime_group.addAction(action)
