"""What the person chose for good: the colours, the preview, the close-ups."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.shell import Shell


class Preferences(QObject):
    """Changes a setting, what it is about, and tells the person."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window())
        self._shell, self._settings = shell, shell.settings

    def tell(self) -> None:
        """Tells the person if the settings were damaged, or are not kept."""
        if self._settings.kept_aside is not None:
            name, aside = self._settings.path.name, self._settings.kept_aside
            told = self.tr("{0} was damaged: the settings begin anew. What was there is kept as {1}.")
            self._shell.toast.show_text(told.format(name, aside), bad=True)
        elif not self._settings.are_kept:
            told = self.tr("The settings are not kept: {0} cannot be written.")
            self._shell.toast.show_text(told.format(self._settings.path), bad=True)

    def toggle_preview(self) -> None:
        """Switches the mask under the mouse on or off."""
        workspace = self._shell.workspace
        if workspace is not None:
            hover = workspace.session.hover
            hover.leave()
            hover.enabled = self._settings.preview = not hover.enabled
            shown = self.tr("The mask under the mouse is shown.") if hover.enabled else self.tr("Preview is off.")
            self._shell.toast.show_text(shown)

    def toggle_closeups(self) -> None:
        """Switches the closer look at small things on or off."""
        workspace = self._shell.workspace
        if workspace is not None:
            closeups = workspace.session.closeups
            closeups.enabled = self._settings.closeups = not closeups.enabled
            self._shell.toast.show_text(
                self.tr("Small things are looked at more closely.")
                if closeups.enabled
                else self.tr("Small things are seen as parts of the whole image.")
            )

    def choose_scheme(self, scheme: str) -> None:
        """Takes the colours "dark", "light" or "system"."""
        self._settings.scheme = scheme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.choose(app, scheme)
