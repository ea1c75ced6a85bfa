"""Looks for new and moved image files on a thread and a connection of its own: a folder may hold 100,000 of them, and
those that were moved are read to tell them from others."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.problem import Busy, Problem
from app.project.folder_scan import Scanned
from app.project.records import ImageRecord
from app.project.replaced import Replaced
from app.project.store import Project
from app.text import say
from app.work import Progress, Work, WorkThread, run

_LOOK_MS = 5
"""Between two looks at what was found."""
_REST_MS = 50
"""While the first image is shown: the two threads would take turns in Python, and each take twice as long."""
_PAUSE_MS = 1000
"""Before another scan, when another program kept the first one from being noted."""
_TELL_S = 0.15
"""The first ones at once; a list that grows is laid out anew each time."""
_PATIENCE_S = 5.0
"""With a scan that was stopped: it may be reading a large file from a slow disk."""


class _Scan:
    """One pass over the folder."""

    def __init__(self, project: Path, first: str) -> None:
        self.found = SimpleQueue[list[ImageRecord]]()
        """New images, in the project file since."""
        self.scanned = Scanned()
        """What it did to images that were known."""
        self.replaced: list[Replaced] = []
        self.mask_folders: list[str] = []
        """What it left out as no photos."""
        steps = partial(self._steps, project, first)
        self.thread = WorkThread[Progress, str]("scan", lambda tell: run(steps(), tell), Progress(0, 0))
        self.thread.start()

    def _steps(self, project: Path, first: str) -> Work[str]:
        sibling = Project.sibling_of(project, read_only=False)
        sibling.file.hurry()  # that it waits is told at once, and the keeper takes care of the log
        try:
            passed_over = yield from sibling.folder.scan(self.found.put, first=first)
            self.replaced = sibling.folder.replaced_in_scan()
            return passed_over
        finally:
            self.scanned, self.mask_folders = sibling.folder.scanned, sibling.folder.mask_folders
            sibling.close()

    def taken(self) -> list[ImageRecord]:
        """Takes what was found since the last time."""
        new: list[ImageRecord] = []
        try:
            while True:
                new += self.found.get_nowait()
        except Empty:
            return new


class Scanner(QObject):
    """Tells a window what a scan finds, while it finds it."""

    found = Signal(int, object)
    """So many new images, so far; those of them that are listed since, in no order."""
    ended = Signal(bool)
    """Whether there is more to be listed than was told: images whose files were moved."""
    left_out = Signal(str, object)
    """A sentence on files that were not looked at and could be, and the paths of folders that hold masks, not photos;
    either may be empty."""
    failed = Signal(str)
    waiting = Signal(str)
    """A sentence: it goes on by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._project: Project | None = None
        self._scan: _Scan | None = None
        self._first = ""
        self._count = self._before = self._listed = 0
        """So many images were found, so many before it had to begin anew, so many are in the list."""
        self.changed = set[int]()
        """The ids of images whose file lies elsewhere since, or was replaced where nothing depended on it."""
        self.replaced: list[Replaced] = []
        """Those whose file was replaced after labelling, as the last scan found them."""
        self._new: list[ImageRecord] = []
        self._told_at = 0.0
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._step)
        self._is_held = False
        self._rested = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rested.timeout.connect(self._go_on)

    @property
    def is_active(self) -> bool:
        """True while a folder is looked through."""
        return self._project is not None

    def start(self, project: Project, *, first: str = "") -> None:
        """Looks through the folder of the project, from the beginning. first: the path of what is waited for."""
        is_again = self._project is project
        self._end_scan()
        if is_again:
            self._tell()  # what was found until now is in the project, and not found again
        self._project, self._new, self._first = project, [], first
        self.changed, self.replaced = set(), []
        self._count = self._before = self._listed = 0
        self._told_at = 0.0
        self._begin()

    def hold(self, still: bool) -> None:
        """Goes on, or stands still until it shall go on."""
        self._is_held = still
        if self._scan is not None:
            self._scan.thread.hold(still)
        if still or self._project is None:
            self._timer.stop()
        else:
            self._timer.start()

    @contextmanager
    def held(self) -> Generator[None, None, None]:
        """Makes it stand still inside."""
        self.hold(True)
        try:
            yield
        finally:
            self.hold(False)

    def _rest(self) -> None:
        """Stands still for a moment: the window has all of Python for showing what was found first."""
        if self._scan is not None:
            self._scan.thread.hold(True)
            self._rested.start()

    def _go_on(self) -> None:
        if self._scan is not None and not self._is_held:
            self._scan.thread.hold(False)

    def stop(self) -> None:
        """Ends it; its connection is closed then."""
        self._timer.stop()
        self._end_scan()
        self._project = None

    def _begin(self) -> None:
        if self._project is None:
            return
        try:
            self._project.file.must_be_writable()
        except Problem as problem:
            self._fail(problem)
            return
        self._scan = _Scan(self._project.path, self._first)
        self._timer.start(_LOOK_MS)

    def _step(self) -> None:
        if self._scan is None:
            self._begin()
            return
        is_over = self._scan.thread.is_over  # asked first: all that it found is there then
        self._take()
        if not is_over:
            if self._new and monotonic() - self._told_at > _TELL_S:
                self._tell()
            return
        thread, scan = self._scan.thread, self._scan
        self._end_scan()
        try:
            self._finish(thread.result(), scan.mask_folders)
        except Busy as problem:
            self._begin_anew(problem)
        except Problem as problem:
            self._fail(problem)
        except Exception:  # a bug of ours, which is reported once
            self.stop()
            self.failed.emit(say("Looking for images ended early."))
            raise

    def _finish(self, passed_over: str, mask_folders: list[str]) -> None:
        self._tell()
        self.stop()
        self.left_out.emit(passed_over, mask_folders)
        self.ended.emit(self._listed < self._count or bool(self.changed))

    def _fail(self, problem: Problem) -> None:
        self._tell()
        self.stop()
        self.failed.emit(str(problem))

    def _begin_anew(self, problem: Busy) -> None:
        """What was added stays, and is passed over quickly."""
        if self._timer.interval() == _LOOK_MS:
            self.waiting.emit(problem.meanwhile)
        self._before = self._count
        self._timer.start(_PAUSE_MS)

    def _end_scan(self) -> None:
        """Takes what it found, and forgets it."""
        scan, project = self._scan, self._project
        if scan is None or project is None:
            return
        scan.thread.stop(_PATIENCE_S)
        self._take()
        self._scan = None
        self.changed |= scan.scanned.moved | scan.scanned.respelled | scan.scanned.gone.keys() | scan.scanned.renewed
        self.replaced = scan.replaced
        if scan.scanned.has_rewritten:
            project.image_table.forget()

    def _take(self) -> None:
        if self._scan is None or self._project is None:
            return
        new = self._scan.taken()
        self._project.image_table.include(new)
        self._listed += len(new)
        self._new += new
        added, _ = self._scan.thread.progress
        self._count = self._before + added

    def _tell(self) -> None:
        new, self._new = self._new, []
        if not self._told_at:
            self._rest()
        self._told_at = monotonic()
        self.found.emit(self._count, new)
