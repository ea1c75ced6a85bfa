"""A project: one SQLite file with the images (by path and content hash), classes, annotations and every change."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from app.project.annotation_table import AnnotationTable
from app.project.category_table import CategoryTable
from app.project.deferred import Deferred
from app.project.finding_table import FindingTable
from app.project.history.history import History
from app.project.history.journal import Step
from app.project.image_folder import ImageFolder
from app.project.image_table import ImageTable
from app.project.open_file import OpenFile
from app.project.opening import create_file, open_file, open_sibling
from app.project.proposals import Proposals
from app.project.records import Annotation, Category, ChangeSet, ImageRecord
from app.project.safety.wal import LOCK
from app.project.settings import ProjectSettings
from app.project.statistics import Statistics
from app.project.steps import ChangeListener, Steps
from app.project.whereabouts import Whereabouts

__all__ = ["Project", "Step"]


class Project:
    """Belongs to the thread that opened it, or took its file over. Changes go through `step`, which journals them."""

    def __init__(self, file: OpenFile) -> None:
        self.file = file
        self.read_only_reason = file.read_only_reason
        """Why nothing can be changed; "" when it can."""
        self.notes = file.notes
        """Sentences on what was found at opening, for the person."""
        try:
            self.deferred = Deferred(file)
            self.settings = ProjectSettings(file, self.deferred)
            self.steps = Steps(file, self.refresh)
            self.history = History(file)
            self.image_table = ImageTable(file, self.deferred)
            self.category_table = CategoryTable(file, self.steps.is_in_step)
            self.annotation_table = AnnotationTable(file, self.steps.is_in_step)
            self.proposals, self.findings = Proposals(file), FindingTable(file)
            self.statistics = Statistics(file)
            self.folder = ImageFolder(file, self.settings, self.image_table)
            self.settings.keep_later(file.holder)
        except BaseException:
            file.close()
            raise
        self._tables = (self.image_table, self.category_table, self.annotation_table, self.statistics)
        for table in self._tables:
            self.steps.subscribe(table.changed)
        file.when_opened_again(self._go_on)

    # --- opening and closing -------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, images_dir: Path) -> Project:
        """Makes a new project file at path for the images below images_dir, which are not touched. Problem when there
        is a file already, no such folder, or no right to write."""
        project = cls(create_file(path, images_dir))
        try:
            project.whereabouts.settle()  # who makes it says where its images are
        except BaseException:
            project.close()
            raise
        return project

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Project:
        """Opens it for writing when possible, else read-only with the reason. Problem when it is no project at all."""
        return cls(open_file(path, read_only=read_only))

    @classmethod
    def sibling_of(cls, path: Path, *, read_only: bool) -> Project:
        """Opens another connection to a project that this program has open for writing: for another thread, which makes
        it, uses it and closes it. A writing one keeps its transactions short, so that nobody waits for it."""
        return cls(open_sibling(path, read_only=read_only))

    def close(self) -> None:
        """Brings what lies in the log into the file, wherever that is now. Safe to call twice."""
        try:
            self.proposals.close()
            self.deferred.save()
            self.deferred.forget()
        finally:
            self.file.close()  # or its lock would be kept

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.file.path

    @property
    def read_only(self) -> bool:
        """True if nothing can be changed."""
        return bool(self.read_only_reason)

    def refresh(self) -> None:
        """Forgets what was remembered: another connection has written."""
        for table in self._tables:
            table.forget()

    def _go_on(self) -> None:
        """The file was opened again, perhaps elsewhere."""
        if self.file.lock is not None:
            self.settings.keep(LOCK, self.file.lock.name)
        self.folder.stay()
        self.refresh()

    # --- changes -------------------------------------------------------------------------------------------------

    def subscribe(self, listener: ChangeListener) -> None:
        """Tells the listener of every step, undo and redo after its commit, on this thread."""
        self.steps.subscribe(listener)

    def step(self, name: str, *, into: int | None = None) -> AbstractContextManager[Step]:
        """Opens one undoable change, see `Steps.step`."""
        self.proposals.flush()  # the step may decide about one that is on its way to the file
        return self.steps.step(name, into=into)

    def undo(self) -> ChangeSet | None:
        """Undoes the last step; None when there is nothing to undo."""
        self.proposals.flush()
        return self.steps.undo()

    def redo(self) -> ChangeSet | None:
        """Does the step again that was undone last; None when there is nothing to redo."""
        self.proposals.flush()
        return self.steps.redo()

    @property
    def undo_label(self) -> str | None:
        """The name of the step that `undo` would undo; None when there is nothing."""
        return self.steps.undo_label

    @property
    def redo_label(self) -> str | None:
        """The name of the step that `redo` would do again; None when there is nothing."""
        return self.steps.redo_label

    # --- what is in it -------------------------------------------------------------------------------------------

    @property
    def whereabouts(self) -> Whereabouts:
        """Where its images are, and whether they may be looked at."""
        return self.folder.whereabouts

    @property
    def root(self) -> Path:
        """The folder of the images."""
        return self.folder.root

    def image_path(self, record: ImageRecord) -> Path:
        """Returns the file of an image, to be looked at; Problem when it may not be."""
        return self.folder.path_of(record)

    def images(self) -> list[ImageRecord]:
        """Returns the images in the order of their paths, 2 before 10."""
        return self.image_table.all()

    def image(self, image_id: int) -> ImageRecord:
        """Returns the image with that id; KeyError when there is none."""
        return self.image_table.get(image_id)

    def categories(self) -> list[Category]:
        """Returns the classes by id."""
        return self.category_table.all()

    def annotations(self, image_id: int) -> list[Annotation]:
        """Returns the objects of the image by id."""
        return self.annotation_table.of_image(image_id)

    def annotation(self, annotation_id: int) -> Annotation | None:
        """Returns the object with that id; None when there is none."""
        return self.annotation_table.get(annotation_id)

    def setting(self, key: str, default: Any = None) -> Any:
        """Returns the setting with that key, or the default when it was never set."""
        return self.settings.get(key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """Writes a setting: anything JSON holds. Not undoable. Nothing happens in a read-only project."""
        self.settings.set(key, value)
