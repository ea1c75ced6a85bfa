"""The models in the window: which one is loaded, the menu to change it, downloads, and the lamp that tells of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from app.engine.replies import ModelLoaded
from app.engine.requests import Submit
from app.sam.catalog import Model
from app.text import say
from app.ui import model_jobs
from app.ui.dialogs import files
from app.ui.dialogs.download import DownloadDialog
from app.ui.model_menu import ModelMenu
from app.ui.model_state import ModelState, title_of
from app.ui.shell import Shell


class Models(QObject):
    """Loads, downloads, imports and prepares models. What is loaded is remembered for the next start."""

    def __init__(self, shell: Shell, engine: Submit) -> None:
        super().__init__(shell.window())
        self._shell = shell
        self.state = ModelState(engine.submit, shell.delivery)
        self.state.changed.connect(shell.show_lamp)
        self.state.loaded.connect(self._loaded)
        self.state.preparable.connect(self._prepare)
        self._menu: ModelMenu | None = None
        self._leave: Callable[[], None] = lambda: None
        """Ends what makes a model faster."""

    def fill(self, menu: QMenu) -> ModelMenu:
        """Puts the models and what they run on into that menu, anew whenever it is opened."""
        self._menu = ModelMenu(menu, self)
        return self._menu

    def load(self, name: str) -> None:
        """Switches to the model of that name."""
        self.state.load(name)

    def download(self, model: Model) -> None:
        """Downloads the model on a thread, then switches to it."""
        title = say("Downloading {model}", model=model.title)
        self._shell.jobs.start_thread(
            title,
            lambda tell: model_jobs.downloaded(model, tell),
            lambda _path: self.load(model.name),
            failed=partial(self._not_downloaded, model),
        )

    def _not_downloaded(self, model: Model, sentence: str) -> None:
        """What a toast says is gone before one has noted the folder."""
        window = self._shell.window()
        if not window.isVisible():  # it was closed while the download was under way
            return
        for dialog in window.findChildren(DownloadDialog):
            dialog.close()
        dialog = DownloadDialog(model, sentence, window)
        dialog.again_wanted.connect(partial(self.download, model))
        dialog.show()

    def ask_file(self) -> None:
        """Asks for a model file and imports it."""
        file = files.ask_model(self._shell.window())
        if file is not None:
            self.import_file(file)

    def import_file(self, file: Path) -> None:
        """Copies the file to the person's models once it is known to be a model, and switches to it."""
        title = say("Importing {file}", file=file.name)
        self._shell.jobs.start_thread(
            title, lambda tell: model_jobs.imported(file, tell), lambda model: self.load(model.name)
        )

    @property
    def runtime(self) -> str:
        """The name of the runtime that was chosen; "" for the best of this machine."""
        return self._shell.settings.runtime

    def choose_runtime(self, name: str) -> None:
        """Loads the model again for that runtime; embeddings stay good."""
        self._shell.settings.runtime = name
        self.load(self.state.name or self._shell.settings.model)

    def show_lamp(self) -> None:
        """Shows in the status row what the program is doing."""
        workspace = self._shell.workspace
        self.state.show(self._shell.status, workspace.session if workspace else None, self._shell.jobs.current)

    def _loaded(self, name: str) -> None:
        """The one before is not made faster any more: who goes to and fro would start it again each time."""
        self._shell.settings.model = name
        self._leave()

    def _prepare(self, loaded: ModelLoaded) -> None:
        """Once for each model; the torch runtime serves meanwhile."""
        title = say("Making {loaded} faster on this computer", loaded=title_of(loaded.name))
        steps = loaded.preparation
        if steps is not None:
            work = partial(model_jobs.prepared, steps)
            self._leave = self._shell.jobs.start_thread(title, work, partial(self.state.prepared, loaded))
