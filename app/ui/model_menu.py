"""The models of the catalogue in the menu: switch to one that is here, import a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.sam.catalog import Model, catalog, own_models, path_of

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class ModelMenu:
    def __init__(self, menu: QMenu, window: MainWindow) -> None:
        self._menu, self._window = menu, window
        self._group = QActionGroup(menu)
        menu.aboutToShow.connect(self._fill)

    def title(self, name: str) -> str:
        """How the catalogue calls it; the name itself for a file of one's own."""
        return next((model.title for model in catalog() if model.name == name), name)

    def _fill(self) -> None:
        for action in self._group.actions():
            self._menu.removeAction(action)
            self._group.removeAction(action)
        for model in (*catalog(), *own_models()):
            if model.supported:
                self._add(model)

    def _add(self, model: Model) -> None:
        here = path_of(model).is_file()
        text = model.title if here else self._menu.tr("{0} (not on this computer)").format(model.title)
        action = self._menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(model.name == self._window.model_name)
        action.setEnabled(here)
        action.setToolTip(model.note)
        action.triggered.connect(lambda: self._window.load_model(model.name))
        self._group.addAction(action)
