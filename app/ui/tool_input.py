"""The pointer on the canvas works the hand: what it draws, tells and asks for is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.labeling.session import Session
from app.labeling.tools.base import Tool
from app.labeling.tools.hand import Hand
from app.labeling.tools.pointer import PointerEvent
from app.ui.canvas.canvas import Canvas
from app.ui.canvas.cursors import cursor_of
from app.ui.presenter import Presenter
from app.ui.widgets.tool_bar import ToolBar
from app.ui.widgets.tool_column import ToolColumn


class ToolInput(QObject):
    """Carries the pointer to the hand, and keeps cursor, options, read-out and overlay as the tool has them."""

    tool_shown = Signal()
    """A tool is in the hand, perhaps another one than before, or set otherwise."""
    position_changed = Signal(object)
    """The image pixel (x, y) under the mouse; None outside the image."""

    def __init__(
        self,
        hand: Hand,
        session: Session,
        *,
        canvas: Canvas,
        presenter: Presenter,
        bar: ToolBar,
        column: ToolColumn,
        attempted: Callable[..., Callable[..., None]],
    ) -> None:
        """Begins with what is in the hand. attempted: makes an action show its Problem to the person."""
        super().__init__(canvas)
        self._hand, self._session, self._attempted = hand, session, attempted
        self._canvas, self._presenter = canvas, presenter
        self._bar, self._column = bar, column
        self._image_id = session.image_id
        self._connect()
        self.show_tool()

    def _connect(self) -> None:
        pointer, hand = self._canvas.pointer, self._hand
        hand.given_back = self.after_command
        pointer.pans_with_ctrl = lambda: hand.pans_with_ctrl
        pointer.turns_tool = self._turned
        pointer.pressed.connect(self._pressed)
        pointer.double_clicked.connect(lambda e: self._point(hand.double_click, e))
        pointer.dragged.connect(lambda e: self._point(hand.move, e))
        pointer.released.connect(lambda e: self._point(hand.release, e))
        pointer.hovered.connect(self._hovered)
        pointer.left.connect(self._left)
        self._column.taken.connect(self._attempted(self.take))
        self._bar.option_changed.connect(self.show_tool)
        self._canvas.zoomed.connect(self._show_readout)
        self._session.on("image", "past", do=self._image_changed)
        self._session.on("proposal", "selection", do=self._object_changed)
        self._session.on("edges", do=self._edges_found)

    def take(self, tool: Tool) -> None:
        """Takes the tool into the hand."""
        self._hand.take(tool)
        self.show_tool()
        self._canvas.setFocus()

    def show_tool(self) -> None:
        """Shows which tool is in the hand, and how it is set."""
        tool = self._hand.tool
        self._column.show_tool(tool)
        self._bar.show_tool(tool)
        self._canvas.setCursor(cursor_of(tool.cursor, self._canvas.devicePixelRatioF()))
        self._presenter.overlay(self._hand.overlay)
        self._show_readout()
        self.tool_shown.emit()

    def after_command(self) -> None:
        """Shows that a command took another tool, set it, or ended a gesture."""
        self.show_tool()
        self._hand.look()
        self._presenter.gesture(self._hand.overlay)

    def _object_changed(self) -> None:
        self._hand.look_again()
        self._presenter.overlay(self._hand.overlay)
        self._show_readout()

    def _edges_found(self) -> None:
        """The way that a polygon goes is known now, though the mouse rests."""
        self._hand.look()
        self._presenter.overlay(self._hand.overlay)

    def _show_readout(self) -> None:
        """Shows what the tool tells, and how it is set: a drag sets the tolerance of the wand."""
        self._bar.options.show_options(self._hand.tool.options)
        self._bar.show_readout(self._hand.readout())
        self._presenter.candidates.tell_hint()

    def _pressed(self, e: PointerEvent) -> None:
        """Who takes the mouse is not at the crosshair any more."""
        if self._session.crosshair.at is not None:
            self._session.crosshair.hide()
        self._point(self._hand.press, e)

    def _point(self, act: Callable[[PointerEvent], None], e: PointerEvent) -> None:
        self._attempted(act)(e)
        self._tell_position(e)
        if not self._hand.is_staying:  # a gesture that stays had it as a press already
            self._hand.hover(e)
        self._presenter.gesture(self._hand.overlay)
        self._show_readout()

    def _hovered(self, e: PointerEvent) -> None:
        self._tell_position(e)
        self._hand.hover(e)
        self._presenter.overlay(self._hand.overlay)

    def _tell_position(self, e: PointerEvent) -> None:
        viewport = self._canvas.viewport
        inside = 0 <= e.x < viewport.image_width and 0 <= e.y < viewport.image_height
        self.position_changed.emit((int(e.x), int(e.y)) if inside else None)

    def _turned(self, e: PointerEvent, steps: float) -> bool:
        is_meant = self._hand.wheel(e, steps)
        if is_meant:
            self.show_tool()
            self._hovered(e)
        return is_meant

    def _left(self) -> None:
        self.position_changed.emit(None)
        self._hand.leave()
        self._presenter.overlay(self._hand.overlay)

    def _image_changed(self) -> None:
        """A gesture belongs to the image that it was begun on."""
        if self._session.image_id != self._image_id:
            self._image_id = self._session.image_id
            self._hand.cancel()
            self._presenter.gesture(self._hand.overlay)
