"""One open project on the screen: canvas, panels and the session behind them. It passes input on and draws state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from app.engine.requests import (
    Encoded,
    Failed,
    ImageRef,
    ModelLoaded,
    Outlined,
    Overviewed,
    RegionView,
    Reply,
    Request,
    Sharpen,
    Thumbnail,
    Thumbnailed,
    Tile,
    TraceOutlines,
    Viewed,
)
from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY, Acting, Command
from app.labeling.context import Context
from app.labeling.events import Changed, Notice, SessionEvent
from app.labeling.session import Session
from app.labeling.tools import TOOLS, Hand, Modifier, PointerEvent, Tool
from app.problem import Problem
from app.project.records import Annotation, Category, ChangeSet, ImageRecord
from app.project.steps import LongReplay
from app.project.store import Project
from app.ui import theme
from app.ui.again import Act, Again
from app.ui.canvas.canvas import Canvas
from app.ui.canvas.shapes import Look
from app.ui.canvas_view import CanvasView
from app.ui.history_view import HistoryView
from app.ui.keymap import shown_key, translated
from app.ui.panels.classes import ClassesPanel
from app.ui.panels.history import HistoryPanel
from app.ui.panels.images import ImagesPanel
from app.ui.panels.objects import ObjectsPanel
from app.ui.presenter import Presenter
from app.ui.widgets.candidates import CandidateStrip
from app.ui.widgets.images_folder import ImagesFolderBar
from app.ui.widgets.past import PastBar
from app.ui.widgets.toast import Toast

Submit = Callable[[Request], None]
_BAR_COMMANDS = [
    (icon, REGISTRY.commands[name])
    for icon, name in (
        ("undo", "edit.undo"), ("redo", "edit.redo"),
        ("zoom-out", "view.zoom_out"), ("fit", "view.fit"), ("zoom-in", "view.zoom_in"),
    )
]  # fmt: skip
_OPACITIES = (Look().opacity, 0.2, 0.65)
_BUTTONS = {Qt.MouseButton.LeftButton: "left", Qt.MouseButton.RightButton: "right"}


class Workspace(QWidget):
    lamp_changed = Signal()
    position_changed = Signal(object)
    """(x, y) of the image pixel under the mouse, or None"""
    work_changed = Signal()
    lengthy = Signal(object)
    """A Lengthy: the undo of thousands of changes."""
    command_wanted = Signal(object)
    """A Command whose button was clicked."""

    _is_filled = False  # Qt sends events before __init__ has ended, and after the project was found to be damaged

    def __init__(self, project: Project, session: Session, submit: Submit) -> None:
        super().__init__()
        self.project, self.session, self._submit = project, session, submit
        self.canvas = Canvas()
        self.view = CanvasView(self.canvas)
        self.hand = Hand(Context(session, self.view))
        session.closeups.visible = lambda: self.canvas.viewport.visible() if self.canvas.has_image else None
        self.images, self.classes, self.objects = ImagesPanel(), ClassesPanel(), ObjectsPanel()
        self.history, self.past_bar, self.folder_bar = HistoryPanel(), PastBar(), ImagesFolderBar()
        self.strip = CandidateStrip()
        self.toast = Toast(self.canvas)
        self.again = Again(session)
        self.again.told.connect(self.toast.show_problem)
        self._build()
        self.presenter = Presenter(
            session, submit, canvas=self.canvas, strip=self.strip, classes=self.classes, objects=self.objects
        )
        self.history_view = HistoryView(
            session, self.attempted, canvas=self.canvas, panel=self.history, bar=self.past_bar
        )
        self._connect()
        # What cannot be shown was done nevertheless
        session.subscribe(self.attempted(self._session_changed))
        project.subscribe(self.attempted(self._project_changed))

    def fill(self) -> None:
        """With what the project holds. Problem when it cannot be read."""
        self.reload_images()
        self.presenter.classes()
        self.presenter.objects()
        self.ask_for_images()
        self._is_filled = True
        self.again.look()

    def ask_for_images(self) -> None:
        """Whether they may be looked at, unless that is known."""
        self.folder_bar.ask(self.project.whereabouts, can_choose=not self.project.read_only)

    @property
    def acting(self) -> Acting:
        return Acting(self.session, self.view, self.hand)

    # --- layout --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._tool_bar())
        column.addWidget(self.folder_bar)
        column.addWidget(self.past_bar)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.strip)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.classes)
        right.addWidget(self.objects)
        right.addWidget(self.history)
        self.history.hide()
        right.setSizes([320, 480, 400])
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self.images, middle, right):
            self.splitter.addWidget(widget)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([230, 900, 250])
        self.splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _tool_bar(self) -> QWidget:
        bar = QWidget(objectName="panel")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(8, 4, 8, 4)
        self._tools = QButtonGroup(self)
        self._bar_buttons: list[QToolButton] = []
        for number, tool in enumerate(TOOLS):
            button = QToolButton(text=f"{tool.text}  {tool.key}", checkable=True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(f"{tool.text} ({tool.key})")
            button.clicked.connect(lambda _checked=False, t=tool: self.take(t))
            self._tools.addButton(button, number)
            row.addWidget(button)
        row.addStretch()
        for name, command in _BAR_COMMANDS:
            button = QToolButton(objectName=name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(f"{translated(command.text)} ({shown_key(command.keys[0])})")
            button.setAccessibleName(translated(command.text))
            button.clicked.connect(lambda _checked=False, c=command: self.command_wanted.emit(c))
            self._bar_buttons.append(button)
            row.addWidget(button)
        self._dress()
        self._show_tool()
        return bar

    def _dress(self) -> None:
        for number, tool in enumerate(TOOLS):
            self._tools.button(number).setIcon(theme.icon(tool.id))
        for button in self._bar_buttons:
            button.setIcon(theme.icon(button.objectName()))
        self.folder_bar.dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._is_filled:
            self._dress()
            self.attempted(self.presenter.classes)()
            self.canvas.set_look(self.canvas.look)
            self.history_view.dress()

    def _connect(self) -> None:
        canvas, session = self.canvas, self.session
        canvas.pressed.connect(lambda x, y, b, m: self._point(self.hand.press, x, y, m, _BUTTONS.get(b)))
        canvas.double_clicked.connect(lambda x, y, b, m: self._point(self.hand.double_click, x, y, m, _BUTTONS.get(b)))
        canvas.dragged.connect(lambda x, y, m: self._point(self.hand.move, x, y, m))
        canvas.released.connect(lambda x, y, m: self._point(self.hand.release, x, y, m, down=False))
        canvas.hovered.connect(self._hovered)
        canvas.left.connect(self._mouse_left)
        self.strip.chosen.connect(session.choose_candidate)
        self.images.chosen.connect(self.attempted(session.open_image))
        self.images.model.wanted.connect(self.attempted(self._ask_thumbnail))
        self.classes.chosen.connect(self._doing(session.set_category))
        self.classes.added.connect(self._changing(self._add_class))
        self.classes.renamed.connect(self._changing(session.classes.rename))
        self.classes.recolored.connect(self._changing(session.classes.recolor))
        self.classes.deleted.connect(self._changing(session.classes.delete))
        self.objects.chosen.connect(session.objects.select)
        self.objects.resumed.connect(self.attempted(session.resume))
        self.objects.hide_toggled.connect(self._doing(session.objects.toggle_hidden))
        self.objects.delete_wanted.connect(self._doing(session.objects.delete_selected))

    # --- input ---------------------------------------------------------------------------------------------------

    def attempted(self, action: Callable[..., object]) -> Callable[..., None]:
        """The action, with a Problem shown to the person; whatever was typed is shown as it really is again."""

        def attempt(*arguments: object) -> None:
            try:
                action(*arguments)
            except Problem as problem:
                self.toast.show_problem(str(problem))
                with suppress(Problem):  # of a damaged project: it was told
                    self.presenter.classes()

        return attempt

    def do(self, command: Command) -> None:
        """Now, or when no other program is in the way. Problem when it cannot be done."""
        self.again.attempt(Act(command.id, lambda: self._done(command), self.again.meant_now()))

    def _done(self, command: Command) -> None:
        command.run(self.acting)
        self.after_command()

    def _doing(self, action: Callable[..., object]) -> Callable[..., None]:
        """As `attempted`, and as `do`."""

        def do(*arguments: object) -> None:
            name = f"{action.__qualname__}{arguments}"
            self.again.attempt(Act(name, lambda: action(*arguments), self.again.meant_now()))

        return self.attempted(do)

    def _changing(self, action: Callable[..., object]) -> Callable[..., None]:
        """As `attempted`; not while the past is shown."""

        def change(*arguments: object) -> None:
            self.session.objects.must_be_now()
            action(*arguments)

        return self._doing(change)

    def take(self, tool: Tool) -> None:
        self.hand.take(tool)
        self._show_tool()
        self.canvas.setFocus()

    def _show_tool(self) -> None:
        self._tools.button(TOOLS.index(self.hand.tool)).setChecked(True)
        arrow = self.hand.tool.cursor == "arrow"
        self.canvas.setCursor(Qt.CursorShape.ArrowCursor if arrow else Qt.CursorShape.CrossCursor)

    def toggle_contour_only(self) -> None:
        self.canvas.set_look(replace(self.canvas.look, contour_only=not self.canvas.look.contour_only))

    def cycle_opacity(self) -> None:
        look = self.canvas.look
        following = _OPACITIES[(_OPACITIES.index(look.opacity) + 1) % len(_OPACITIES)]
        self.canvas.set_look(replace(look, opacity=following, contour_only=False))

    def after_command(self) -> None:
        """A command may have taken another tool or ended a gesture."""
        self._show_tool()
        self.presenter.gesture(self.hand.preview)

    def _point(
        self,
        act: Callable[[PointerEvent], None],
        x: float,
        y: float,
        modifiers: Qt.KeyboardModifier,
        button: str | None = "none",
        *,
        down: bool = True,
    ) -> None:
        if button is None:  # back, forward and other extra buttons
            return
        self.attempted(act)(PointerEvent(x, y, button, _names(modifiers), down))  # pyright: ignore[reportArgumentType]
        self.presenter.gesture(self.hand.preview)
        self._hovered(x, y)

    def _hovered(self, x: float, y: float) -> None:
        viewport = self.canvas.viewport
        inside = 0 <= x < viewport.image_width and 0 <= y < viewport.image_height
        self.position_changed.emit((int(x), int(y)) if inside else None)
        if inside and not self.hand.is_busy and self.hand.tool.previews:
            self.session.hover_at(x, y)
        else:
            self.session.hover.leave()

    def _mouse_left(self) -> None:
        self.position_changed.emit(None)
        self.session.hover.leave()

    def _add_class(self, name: str) -> None:
        self.session.set_category(self.session.classes.add(name).id)
        self.canvas.setFocus()

    # --- what arrives --------------------------------------------------------------------------------------------

    def receive(self, reply: Reply) -> None:
        """Any reply of the engine: the pictures are the workspace's, the rest is the session's."""
        self.attempted(self._show)(reply)
        if not isinstance(reply, Failed) or not isinstance(reply.request, Thumbnail | TraceOutlines):
            # the list marks it; opening the image tells why
            self.attempted(self._pass_on)(reply)

    def _pass_on(self, reply: Reply) -> None:
        session = self.session
        self.again.attempt(Act(str(id(reply)), lambda: session.receive(reply), give_up=lambda: session.give_up(reply)))

    def _show(self, reply: Reply) -> None:
        match reply:
            case Viewed(image=image) if self._is_shown(image):
                self.images.model.look_again(image.image_id)
                self.presenter.viewed(reply)
            case Overviewed(image=image) if self._is_shown(image):
                self.presenter.overviewed(reply)
            case Tile(image=image) if self._is_shown(image):
                self.canvas.tiles.show(reply.shrink, (reply.column, reply.row), reply.pixels)
            case Outlined(image=image) if self._is_shown(image):
                self.presenter.traced(reply)
            case Thumbnailed(image=image, pixels=pixels):
                if self._is_ours(image):
                    self.images.model.set_thumbnail(image.image_id, pixels)
            case Encoded(image=image):
                if self._is_ours(image):
                    self.images.model.set_ready(image.image_id)
            case ModelLoaded():
                self.images.model.forget_ready()
            case Failed(request=RegionView(image=image)) if self._is_shown(image):
                self.presenter.unreadable(image.name, reply.sentence)
            case Failed(request=Sharpen(image=image) as request) if self._is_shown(image):
                self.canvas.tiles.give_up(request.shrink, request.tiles)
            case Failed(request=Thumbnail(image=image)) if self._is_ours(image):
                self.images.model.set_unreadable(image.image_id)
            case _:
                pass

    def _is_shown(self, image: ImageRef) -> bool:
        return image.image_id == self.session.image_id and self._is_ours(image)

    def _is_ours(self, image: ImageRef) -> bool:
        """Ids are counted in each project anew: a late answer may be to a project that was closed."""
        return image.path.is_relative_to(self.project.root)

    def _session_changed(self, event: SessionEvent) -> None:
        match event:
            case LongReplay():
                self.lengthy.emit(event)
            case Notice(sentence=sentence, problem=True):
                self.toast.show_problem(sentence)
            case Notice(sentence=sentence, undoable=undoable):
                undo = self._doing(self.session.undo) if undoable else None
                self.toast.show_text(sentence, action=undo)
            case Changed(what="image"):
                self.images.show_current(self.session.image_id)
                self.work_changed.emit()
                self._image_changed()
            case Changed(what="proposal" | "category"):
                self.presenter.classes()
                self.presenter.draft()
            case Changed(what="selection"):
                self.presenter.selection()
            case Changed(what="past"):
                self.presenter.objects()
            case Changed(what="crosshair"):
                self.presenter.gesture(self.hand.preview)
                at = self.session.crosshair.at
                self.position_changed.emit((int(at[0]), int(at[1])) if at else None)
            case Changed(what="findings"):
                self.presenter.findings()
            case Changed(what="preview"):
                self.presenter.preview()
                return
            case Changed(what="progress"):
                self.canvas.show_encoded(self.session.progress.fraction if self.session.progress else 0.0)
        self.lamp_changed.emit()

    def _image_changed(self) -> None:
        if self.presenter.image_id not in (None, self.session.image_id):
            self.toast.pass_by()
        self.presenter.image_changed()

    def _project_changed(self, changes: ChangeSet) -> None:
        self.toast.pass_by()
        rows = [row for change in changes.changes for row in (change.before, change.after) if row is not None]
        images = {row.image_id for row in rows if isinstance(row, Annotation)}
        for row in rows:
            if isinstance(row, ImageRecord):
                self.images.model.update_image(self.project.image(row.id))
        counts = self.project.annotation_counts() if images else {}
        for image_id in images:
            self.images.model.set_count(image_id, counts.get(image_id, 0))
        if images or any(isinstance(row, Category) for row in rows):
            self.presenter.classes()
            self.presenter.objects()
        self.work_changed.emit()

    def reload_images(self) -> None:
        self.images.model.set_images(self.project.images(), self.project.annotation_counts())
        self.images.show_current(self.session.image_id)

    def _ask_thumbnail(self, image_id: int) -> None:
        if not self.project.whereabouts.is_settled:
            return
        record = self.project.image(image_id)
        self._submit(Thumbnail(ImageRef(image_id, self.project.image_path(record))))


def _names(modifiers: Qt.KeyboardModifier) -> frozenset[Modifier]:
    names: dict[Modifier, Qt.KeyboardModifier] = {
        "shift": Qt.KeyboardModifier.ShiftModifier,
        "ctrl": Qt.KeyboardModifier.ControlModifier,
        "alt": Qt.KeyboardModifier.AltModifier,
    }
    return frozenset(name for name, modifier in names.items() if modifiers & modifier)
