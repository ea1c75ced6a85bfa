"""The look for new images in the open project, and what the window shows of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject

from app.project.records import ImageRecord
from app.text import say, say_n
from app.ui.scanner import Scanner
from app.ui.shell import Shell
from app.ui.workspace import Workspace


class Scanning(QObject):
    """Lists what the scanner finds; the first image is looked at while the others are still being found."""

    def __init__(self, shell: Shell, show_work: Callable[[], object]) -> None:
        super().__init__(shell.window())
        self._shell, self._show_work = shell, show_work
        self.scanner = Scanner()
        self.scanner.found.connect(partial(shell.attempt, self._found))
        self.scanner.ended.connect(partial(shell.attempt, self._ended))
        self.scanner.passed_over.connect(lambda sentence: shell.toast.show_text(sentence))
        self.scanner.failed.connect(self._failed)
        self.scanner.waiting.connect(lambda sentence: shell.toast.show_problem(sentence))

    def start(self) -> None:
        """Looks for new images, if they may be looked at; else that is asked."""
        workspace = self._shell.workspace
        if workspace is not None and not workspace.project.whereabouts.is_settled:
            workspace.ask_for_images()
        elif workspace is not None:
            self.scanner.start(workspace.project)

    def stop(self) -> bool:
        """Stops looking; returns whether it was under way."""
        was_active = self.scanner.is_active
        self.scanner.stop()
        return was_active

    def _found(self, number: int, new: Sequence[ImageRecord]) -> None:
        workspace = self._shell.workspace
        if workspace is not None:
            workspace.images.add_images(new)
            open_first_image(workspace)
            self._shell.status.show_work(say_n("{n} image found…", "{n} images found…", number), "")

    def _ended(self, has_moved: bool) -> None:
        workspace = self._shell.workspace
        if workspace is None:
            return
        if has_moved:
            workspace.reload_images()
        workspace.images.look_again()
        open_first_image(workspace)
        if not workspace.project.images():
            where = say(
                "There are none in {folder}. Put some there and press {key:file.rescan}, or open another folder.",
                folder=workspace.project.root,
            )
            workspace.canvas.show_message(say("No images here"), where)
        self._show_work()

    def _failed(self, sentence: str) -> None:
        self._show_work()
        self._shell.toast.show_text(sentence, bad=True)


def open_first_image(workspace: Workspace) -> None:
    """Opens the image the person was at, else the first; nothing when one is open."""
    if workspace.session.image_id is not None:
        return
    images = workspace.project.images()
    last = workspace.project.setting("last_image")
    known = {record.id for record in images}
    if images:
        workspace.session.navigation.open(last if last in known else images[0].id)
