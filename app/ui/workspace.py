"""One open project on the screen: the canvas with its bars and the session behind it. It passes input on.

The panels are docked around it by app.ui.docks; they and all other views listen for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from app.engine.requests import Request
from app.labeling.commands import REGISTRY, Acting
from app.labeling.context import Context
from app.labeling.events import Changed, LongWork, Notice, SessionEvent
from app.labeling.session import Session
from app.labeling.tools.hand import Hand
from app.problem import Problem
from app.project.records import Annotation, Category, ChangeSet
from app.project.steps import LongReplay
from app.project.store import Project
from app.ui import theme
from app.ui.again import Act, Again
from app.ui.canvas.canvas import Canvas
from app.ui.canvas_feed import CanvasFeed
from app.ui.canvas_view import CanvasView
from app.ui.command_buttons import CommandButtons
from app.ui.image_feed import ImageFeed
from app.ui.image_model import ImageModel
from app.ui.presenter import Presenter
from app.ui.replies import Replies
from app.ui.system_clipboard import SystemClipboard
from app.ui.tool_input import ToolInput
from app.ui.undo_offer import UndoOffer
from app.ui.widgets.candidates import CandidateStrip
from app.ui.widgets.images_folder import ImagesFolderBar
from app.ui.widgets.past import PastBar
from app.ui.widgets.replaced_bar import ReplacedBar
from app.ui.widgets.toast import Toast
from app.ui.widgets.tool_bar import ToolBar
from app.ui.widgets.tool_column import ToolColumn
from app.ui.worked_on import WorkedOn


class Workspace(QMainWindow):
    """Shows an open project. Docks of panels are put around its canvas."""

    lamp_changed = Signal()
    position_changed = Signal(object)
    """(x, y) of the image pixel under the mouse, or None"""
    hinted = Signal(str)
    """What can be done now."""
    work_changed = Signal()
    lengthy = Signal(object)
    """A LongReplay or LongWork: thousands of changes."""
    command_wanted = Signal(str)
    """The id of the command whose button was clicked."""
    reloaded = Signal()
    """Anything in the project may be different: it was written to by another connection."""
    dressed = Signal()
    """The colours of the theme, or the keys, are others now."""
    tool_shown = Signal()
    """A tool is in the hand, perhaps another one than before."""
    checked = Signal(object)
    """The findings of a check of the project that has ended."""
    finding_step = Signal(int)
    """+1 to the next finding, -1 to the previous one."""
    finding_decided = Signal(str)
    """The current finding is to be mended, or is fine: a FindingState."""
    photos_accepted = Signal(object)
    """The ids of images: the person says that their photos are right, which were replaced after labelling."""
    photos_are_right = Signal(object)
    """The ids of images: that is noted."""
    panel_toggled = Signal(str, bool)
    """The id of a panel that was opened or closed, and whether it is open."""

    is_live = False
    """While the project is open. Qt sends events before __init__ has ended, and after it was closed or not read."""

    def __init__(self, project: Project, session: Session, submit: Callable[[Request], None]) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)  # it lies inside the window, which has the menu
        self.project, self.session, self._colors = project, session, theme.colors()
        self.canvas = Canvas()
        self.view = CanvasView(self.canvas)
        self.hand = Hand(Context(session, self.view))
        session.copying.clipboard = SystemClipboard()
        session.closeups.visible = lambda: self.canvas.viewport.visible() if self.canvas.has_image else None
        self.tool_bar, self.past_bar, self.folder_bar = ToolBar(), PastBar(), ImagesFolderBar()
        self.tool_column = ToolColumn()
        self.replaced_bar = ReplacedBar()
        self.strip = CandidateStrip(self.canvas)
        self.toast = Toast(self.canvas, self, WorkedOn(session, self.canvas, self.strip))
        self.again = Again(session)
        self.again.told.connect(self.toast.show_problem)
        self.undo_offer = UndoOffer(
            self.toast, session.undo_stack, project.steps, lambda act, *arguments: self.doing(act)(*arguments)
        )
        self.buttons = CommandButtons(self.tool_bar, session, lambda: (self.acting,))
        self.panels: dict[str, QWidget] = {}
        """The widgets of the panels by their ids; app.ui.docks fills it."""
        self._build()
        self.images = ImageModel(self)
        self.replies = Replies(session, submit, self.again, self.attempted)
        self._feed = ImageFeed(self.images, session, self.replies, self.attempted)
        self.presenter = Presenter(
            session, submit, canvas=self.canvas, strip=self.strip, tell=self.hinted.emit,
            tool_hint=lambda: self.hand.hint(),
        )  # fmt: skip
        self.input = ToolInput(
            self.hand, session, canvas=self.canvas, presenter=self.presenter, bar=self.tool_bar,
            column=self.tool_column, attempted=self.attempted,
        )  # fmt: skip
        self._connect()
        CanvasFeed(session, self.replies, self.attempted, canvas=self.canvas, presenter=self.presenter)
        self.replies.pass_to_session()

    def fill(self) -> None:
        """Reads what the project holds. Raises Problem when it cannot be read."""
        self.reload_images()
        self.presenter.objects()
        self.ask_for_images()
        self.buttons.look()
        self.is_live = True
        self.again.look()

    def reload(self) -> None:
        """Reads all anew: another connection has written. Raises Problem when it cannot be read."""
        self.project.refresh()
        self._feed.follow()
        self.presenter.objects()
        self.reloaded.emit()
        self.work_changed.emit()

    def reload_images(self) -> None:
        """Lists the images anew. Raises Problem when they cannot be read."""
        self._feed.reload()

    def ask_for_images(self) -> None:
        """Asks whether the images may be looked at, unless that is known."""
        self.folder_bar.ask(self.project.whereabouts, can_choose=not self.project.read_only)

    @property
    def acting(self) -> Acting:
        """What the commands act on."""
        return Acting(self.session, self.view, self.hand)

    # --- layout --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tool_bar)
        column.addWidget(self.folder_bar)
        column.addWidget(self.replaced_bar)
        column.addWidget(self.past_bar)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.tool_column)
        row.addWidget(self.canvas, 1)
        column.addLayout(row, 1)
        self.setCentralWidget(middle)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # it hears so too when it is put into the window, and once for each widget around it when the theme changes
        if event.type() == QEvent.Type.PaletteChange and self.is_live and theme.colors() != self._colors:
            self._colors = theme.colors()
            self.dress()
            self.presenter.dress()
            self.canvas.marks.set_look(self.canvas.marks.look)
            self.dressed.emit()

    def dress(self) -> None:
        """Draws the bars in the colours in force, and names the keys in force."""
        self.tool_bar.dress()
        self.tool_column.dress()
        self.buttons.look()
        self.folder_bar.dress()
        self.replaced_bar.dress()

    def _connect(self) -> None:
        session = self.session
        self.strip.chosen.connect(session.editor.choose_candidate)
        self.strip.turned.connect(session.editor.next_candidate)
        self.tool_bar.command_wanted.connect(self.command_wanted)
        self.input.tool_shown.connect(self.tool_shown)
        self.input.position_changed.connect(self.position_changed)
        self.reloaded.connect(self.buttons.look)
        self.reloaded.connect(self.undo_offer.look)
        self.canvas.zoomed.connect(self.toast.dodge)
        session.on("proposal", "selection", "crosshair", do=self.toast.dodge)
        # What cannot be shown was done nevertheless
        session.on("image", do=self.attempted(self._image_changed))
        session.on("crosshair", do=self._crosshair_moved)
        session.subscribe(self.attempted(self._told))
        self.project.subscribe(self.attempted(self._project_changed))

    # --- input ---------------------------------------------------------------------------------------------------

    def attempted(
        self, action: Callable[..., object], otherwise: Callable[[], object] = lambda: None
    ) -> Callable[..., None]:
        """Returns the action, with a Problem shown to the person and `otherwise` done then."""

        def attempt(*arguments: object) -> None:
            try:
                action(*arguments)
            except Problem as problem:
                self.toast.show_problem(problem.sentence)
                otherwise()

        return attempt

    def do(self, id: str, arguments: Mapping[str, object] = MappingProxyType({})) -> None:
        """Runs the command now, or when no other program is in the way. Raises Problem when it cannot be done."""
        self.again.attempt(Act(id, lambda: self._done(id, arguments), self.again.meant_now()))

    def _done(self, id: str, arguments: Mapping[str, object]) -> None:
        REGISTRY.run(id, self.acting, **arguments)
        self.input.after_command()

    def doing(
        self, action: Callable[..., object], otherwise: Callable[[], object] = lambda: None
    ) -> Callable[..., None]:
        """Returns the action as `attempted` does; it waits while another program is in the way, as `do` does."""

        def do(*arguments: object) -> None:
            name = f"{action.__qualname__}{arguments}"
            self.again.attempt(Act(name, lambda: action(*arguments), self.again.meant_now()))

        return self.attempted(do, otherwise)

    def changing(
        self, action: Callable[..., object], otherwise: Callable[[], object] = lambda: None
    ) -> Callable[..., None]:
        """Returns the action as `doing` does; a Problem tells that nothing changes while the past is shown."""

        @wraps(action)  # two actions on one thing are two: see Act.name
        def change(*arguments: object) -> None:
            self.session.writable()
            action(*arguments)

        return self.doing(change, otherwise)

    # --- what arrives --------------------------------------------------------------------------------------------

    def _told(self, event: SessionEvent) -> None:
        match event:
            case LongReplay() | LongWork():
                self.lengthy.emit(event)
            case Notice(sentence=sentence, problem=True):
                self.toast.show_problem(sentence)
            case Notice(sentence=sentence, step_id=step_id):
                self.undo_offer.tell(sentence, step_id)
            case Changed(what="progress" | "model" | "image" | "findings"):  # the others say nothing of the lamp
                self.lamp_changed.emit()
            case _:
                pass

    def _image_changed(self) -> None:
        self.work_changed.emit()
        if self.presenter.image_id not in (None, self.session.image_id):
            self.toast.pass_by()
        self.presenter.image_changed()

    def _crosshair_moved(self) -> None:
        self.presenter.crosshair(self.hand.overlay)
        at = self.session.crosshair.at
        self.position_changed.emit((int(at[0]), int(at[1])) if at else None)

    def _project_changed(self, changes: ChangeSet) -> None:
        self.toast.pass_by()
        rows = [row for change in changes.changes for row in (change.before, change.after)]
        if any(isinstance(row, Annotation | Category) for row in rows):
            self.presenter.objects()
        self.work_changed.emit()
