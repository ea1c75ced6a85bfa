"""What the person chose for good: the colours, the preview, the close-ups."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app import plugins
from app.labeling.keymap import KEYMAP
from app.text import say
from app.ui import language
from app.ui.dialogs.settings import show_settings
from app.ui.effects import take_effect
from app.ui.keymap_files import use_keymap
from app.ui.shell import Shell


class Preferences(QObject):
    """Changes a setting, what it is about, and tells the person."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window())
        self._shell, self._settings = shell, shell.settings
        self._keymap_note = ""

    def apply(self) -> None:
        """Lets all settings take effect, now and whenever one is changed."""
        language.name_keys(KEYMAP)
        self._keymap_note = use_keymap(self._settings.keymap)
        self._settings.use_places()
        self._settings.on(do=self._changed)

    def _changed(self, name: str) -> None:
        self._shell.attempt(take_effect, name, self._settings, self._shell.workspace)

    def tell(self) -> None:
        """Tells the person if the settings were damaged or are not kept, or if a plugin cannot be used."""
        told = self._found()
        if told:
            self._shell.toast.show_text(told, bad=True, stays=True)

    def _found(self) -> str:
        if self._settings.kept_aside is not None:
            name, aside = self._settings.path.name, self._settings.kept_aside
            return say(
                "{name} was damaged: the settings begin anew. What was there is kept as {aside}.",
                name=name,
                aside=aside,
            )
        if not self._settings.are_kept:
            return say("The settings are not kept: {path} cannot be written.", path=self._settings.path)
        return self._keymap_note or "\n".join(plugins.problems())

    def toggle_preview(self) -> None:
        """Switches the mask under the mouse on or off."""
        self._settings.preview = not self._settings.preview
        shown, hidden = say("The mask under the mouse is shown."), say("Preview is off.")
        self._shell.toast.show_text(shown if self._settings.preview else hidden)

    def toggle_closeups(self) -> None:
        """Switches the closer look at small things on or off."""
        self._settings.closeups = not self._settings.closeups
        closer = say("Small things are looked at more closely.")
        whole = say("Small things are seen as parts of the whole image.")
        self._shell.toast.show_text(closer if self._settings.closeups else whole)

    def choose_scheme(self, scheme: str) -> None:
        """Takes the colours "dark", "light" or "system"."""
        self._settings.scheme = scheme

    def show(self) -> None:
        """Opens the dialog of the settings."""
        show_settings(self._settings, self._shell.window())
