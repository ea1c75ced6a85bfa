"""The look for new images in the open project, and what the window shows of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from app.project.links import normal
from app.project.mask_folders import ALL_IMAGES, told
from app.project.records import ImageRecord
from app.project.respelled import is_one_file, one_spelling
from app.text import say, say_n
from app.ui import looking, replaced_photos
from app.ui.bookmark import LAST_IMAGE
from app.ui.scanner import Scanner
from app.ui.shell import Shell
from app.ui.workspace import Workspace

_TOLD = "mask_folders_told"
"""Setting: the folders of masks that the person knows to be left out."""


class Scanning(QObject):
    """Lists what the scanner finds; the first image is looked at while the others are still being found."""

    def __init__(self, shell: Shell, show_work: Callable[[], object]) -> None:
        super().__init__(shell.window())
        self._shell, self._show_work = shell, show_work
        self._photo: Path | None = None
        """The file that the person pointed at, until its image is found."""
        self._was_unreadable = False
        """Whether the image that is shown could not be read when the look began."""
        self.scanner = Scanner()
        self.scanner.found.connect(partial(shell.attempt, self._found))
        self.scanner.ended.connect(partial(shell.attempt, self._ended))
        self.mask_folders: list[str] = []
        """What the last look left out, since it holds no photos."""
        self.scanner.left_out.connect(partial(shell.attempt, self._tell_left_out))
        self.scanner.failed.connect(self._failed)
        self.scanner.waiting.connect(lambda sentence: shell.toast.show_problem(sentence))

    def start(self) -> None:
        """Looks for new images, if they may be looked at; else that is asked."""
        workspace, self.mask_folders = self._shell.workspace, []
        if workspace is not None and not workspace.project.whereabouts.is_settled:
            workspace.ask_for_images()
        elif workspace is not None:
            self._was_unreadable = bool(workspace.session.place.unreadable)
            first = "" if self._photo is None else _path_within(workspace.project.root, self._photo) or ""
            self.scanner.start(workspace.project, first=first)

    def take_all(self) -> None:
        """Takes the masks beside the photos as images of the project too, from now on."""
        workspace = self._shell.workspace
        if workspace is not None:
            workspace.project.set_setting(ALL_IMAGES, True)
            self.start()

    def look_at_photo(self) -> None:
        """Finds out what became of the photo of the image that is shown: its file is another one."""
        workspace = self._shell.workspace
        if workspace is None or workspace.project.read_only or self.scanner.is_active:
            return
        if workspace.session.image_id not in workspace.replaced_bar.image_ids:
            self.start()

    def want(self, photo: Path | None) -> None:
        """Notes the file whose image is to be opened first; None for that where the person was."""
        self._photo = photo

    def show(self, photo: Path) -> None:
        """Opens the image in that file; when it is not in the project yet, as soon as it is found."""
        workspace = self._shell.workspace
        self.want(photo)
        if workspace is not None and not workspace.project.read_only and self._wanted(workspace) is None:
            self.start()
        self.open_first_image()

    def open_first_image(self) -> None:
        """Opens the image that the person pointed at; else, when none is open, the one where the work was, or the
        first."""
        workspace = self._shell.workspace
        if workspace is None:
            return
        wanted = self._wanted(workspace, by_any_spelling=not self.scanner.is_active)
        if wanted is not None:
            self.want(None)
            workspace.session.navigation.open(wanted)
        elif self._photo is not None and self.scanner.is_active:
            return
        elif self._photo is not None:
            name = self._photo.name
            self.want(None)
            self._shell.toast.show_text(say("{name} is none of the images of this project.", name=name), bad=True)
        _open_where_one_was(workspace)

    def _wanted(self, workspace: Workspace, *, by_any_spelling: bool = False) -> int | None:
        """The id of the image in the file that the person pointed at. by_any_spelling: also under a name that is not
        the one in the folder, where the disk opens it so."""
        path = None if self._photo is None else _path_within(workspace.project.root, self._photo)
        if path is None:
            return None
        project = workspace.project
        exact = next((record.id for record in project.images() if record.path == path), None)
        if exact is not None or not by_any_spelling or self._photo is None:
            return exact
        spelling = one_spelling(path)
        alike = (each for each in project.images() if one_spelling(each.path) == spelling)
        return next((each.id for each in alike if is_one_file(self._photo, project.root / each.path)), None)

    def stop(self) -> bool:
        """Stops looking; returns whether it was under way."""
        was_active = self.scanner.is_active
        self.scanner.stop()
        return was_active

    def _found(self, number: int, new: Sequence[ImageRecord]) -> None:
        workspace = self._shell.workspace
        if workspace is not None:
            workspace.images.add_images(new)
            self.open_first_image()
            self._shell.status.show_work(say_n("{n} image found…", "{n} images found…", number), "")

    def _ended(self, has_moved: bool) -> None:
        workspace = self._shell.workspace
        if workspace is None:
            return
        if has_moved:
            workspace.reload_images()
        workspace.images.look_again()
        if workspace.session.image_id in self.scanner.changed:  # it was opened before that was known
            looking.open_anew(workspace)
        elif self._was_unreadable:
            looking.look_again(workspace)
        replaced_photos.show(workspace, self.scanner.replaced)
        self.open_first_image()
        if not workspace.project.images():
            where = say(
                "There are none in {folder}. Put some there and press {key:file.rescan}, or open another folder.",
                folder=workspace.project.root,
            )
            workspace.canvas.show_message(say("No images here"), where)
        self._show_work()

    def _tell_left_out(self, passed_over: str, mask_folders: list[str]) -> None:
        """Tells what was passed over, and of folders of masks once: until others are found."""
        workspace, self.mask_folders = self._shell.workspace, mask_folders
        if workspace is None:
            return
        if not mask_folders or workspace.project.setting(_TOLD) == mask_folders:
            if passed_over:
                self._shell.toast.show_text(passed_over)
            return
        workspace.project.settings.keep(_TOLD, mask_folders)
        sentence = "\n".join([*([passed_over] if passed_over else []), told(mask_folders)])
        take_all = partial(self._shell.attempt, self.take_all)
        self._shell.toast.show_text(sentence, action=take_all, label=say("Show them as images"))

    def _failed(self, sentence: str) -> None:
        self._show_work()
        self._shell.toast.show_text(sentence, bad=True)


def _open_where_one_was(workspace: Workspace) -> None:
    if workspace.session.image_id is not None:
        return
    images = workspace.project.images()
    last = workspace.project.setting(LAST_IMAGE)
    known = {record.id for record in images}
    if images:
        workspace.session.navigation.open(last if last in known else images[0].id)


def _path_within(root: Path, file: Path) -> str | None:
    """The path of the image in that file, as a project with its images below root has it. None: it lies elsewhere."""
    return _below(normal(root), normal(file)) or _below(root.resolve(), file.resolve())  # a drive is asked last


def _below(folder: Path, file: Path) -> str | None:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else None
