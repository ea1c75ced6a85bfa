"""The panel of accepted objects on the image: colour, class, score; choose, hide, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from app.project.records import Annotation, Category, ChangeSet
from app.text import say
from app.ui.class_colors import color_of
from app.ui.menus import Menus, add_named
from app.ui.panel import Panel
from app.ui.shell import Shell
from app.ui.splices import splices
from app.ui.widgets.frame import frame
from app.ui.widgets.rows import ICON_WIDTH, ROW, ListRow, RowDelegate, UniformList, asked_row
from app.ui.workspace import Workspace

_UNRATED = "–"
_Index = QModelIndex | QPersistentModelIndex
_ENTRIES = (
    "object.resume", "object.hide", "",
    "edit.copy", "edit.cut", "edit.duplicate", "",
    "object.to_front", "object.up", "object.down", "object.to_back", "object.cut_by_above", "",
    "object.delete",
)  # fmt: skip
"""Of the menu of an object."""
_NAME_PX = 320
"""Longer names of classes lose their middle."""
_FEW = 50
"""Rows that are told of one by one; of more, all between them."""
_ADDS, _REACHES = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
"""Held at a click: the one keeps what is selected, the other selects all from the last click to this one."""


class ObjectModel(QStringListModel):
    """Holds the objects as rows, which are made when they are looked at: of thousands, twenty are seen.

    Qt counts the rows, as those of a list of (empty) texts: a view asks how many there are twice for each row whenever
    one is inserted, which takes ten times as long where Python is asked.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._arriving: Sequence[Annotation] = ()
        # connected before any view is: it is told when the rows are those of the objects
        self.rowsRemoved.connect(self._removed)
        self.rowsInserted.connect(self._inserted)
        self._objects: list[Annotation] = []
        self._categories: Mapping[int, Category] = {}
        self._row_of: dict[int, int] | None = None
        self._selection: frozenset[int] = frozenset()

    def show(self, objects: Sequence[Annotation], categories: Mapping[int, Category]) -> None:
        """Takes the place of all rows. Only what is different is told on: the place one has scrolled to is kept."""
        is_recolored, self._categories = categories != self._categories, categories
        self._row_of = None
        for change in reversed(splices(self._objects, objects)):  # the rows before it stay what they are
            self._change(change.at, len(change.gone), change.new)
        if is_recolored:
            self._touch(0, len(objects) - 1)

    def _change(self, first: int, removed: int, new: Sequence[Annotation]) -> None:
        """So many rows give way to others."""
        if removed == len(new):
            self._objects[first : first + removed] = new
            self._touch(first, first + removed - 1)
            return
        if removed:
            self.removeRows(first, removed)
        if new:
            self._arriving = new
            self.insertRows(first, len(new))

    def _removed(self, _parent: _Index, first: int, last: int) -> None:
        del self._objects[first : last + 1]

    def _inserted(self, _parent: _Index, first: int, _last: int) -> None:
        self._objects[first:first] = self._arriving

    def select(self, ids: Sequence[int]) -> int | None:
        """Marks these objects. Returns the row of the last one (-1: it is not listed yet), or None where all of them
        were selected before."""
        before, self._selection = self._selection, frozenset(ids)
        changed = before ^ self._selection
        rows = [row for row in map(self._rows().get, changed) if row is not None] if changed else []
        if len(rows) > _FEW:
            self._touch(min(rows), max(rows))
        else:
            for row in rows:
                self._touch(row, row)
        return None if self._selection <= before else self._rows().get(ids[-1], -1)

    def between(self, start: int, end: int) -> list[int]:
        """Returns the ids from one object to another, both with them, in this order; the end alone where no start
        is."""
        row = self._rows()
        last = row[end]
        first = row.get(start, last)
        step = 1 if first <= last else -1
        return [self._objects[number].id for number in range(first, last + step, step)]

    def _rows(self) -> dict[int, int]:
        """The rows by the ids of their objects; each accept moves all of them."""
        if self._row_of is None:
            self._row_of = {annotation.id: row for row, annotation in enumerate(self._objects)}
        return self._row_of

    def _touch(self, first: int, last: int) -> None:
        if first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """What is in a row is not to be typed over."""
        return QAbstractListModel.flags(self, index)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.row(index.row()).name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._told(index.row())
        return self.row(index.row()) if role == ROW else None

    def _told(self, number: int) -> str:
        """What is known of an object, in words."""
        row, annotation = self.row(number), self._objects[number]
        is_rated = row.detail != _UNRATED
        parts = [row.name]
        parts += [say("predicted IoU {score:.2f}", score=annotation.provenance["predicted_iou"])] if is_rated else []
        parts += [say("{area:,} px", area=annotation.mask.area)]
        parts += [say("hidden")] if row.muted else []
        return ", ".join(parts)

    def row(self, number: int) -> ListRow:
        """Returns the row as it is painted: with what the model said of it, as in the strip of candidates."""
        annotation = self._objects[number]
        category = self._categories.get(annotation.category_id or 0)
        score = annotation.provenance.get("predicted_iou")
        return ListRow(
            annotation.id,
            category.name if category else say("no class"),
            color_of(annotation, self._categories),
            f"{score:.2f}" if isinstance(score, float) else _UNRATED,
            icon="eye-off" if annotation.hidden else "eye",
            muted=annotation.hidden,
            selected=annotation.id in self._selection,
        )


class ObjectsPanel(QWidget):
    """The list of objects, the topmost first. What the person does to one is a signal."""

    chosen = Signal(int)
    clicked = Signal(int, object)
    """With the keys that were held (Qt.KeyboardModifier)."""
    hide_toggled = Signal(int)
    resumed = Signal(int)
    delete_wanted = Signal()
    menu_wanted = Signal(int, QPoint)
    """A menu for an object, at a place on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ObjectModel(self)
        self.list = _ObjectList(self.model)
        self.list.setAccessibleName(say("Objects on this image"))
        self.list.eye_clicked.connect(self.hide_toggled)
        self.list.clicked.connect(lambda index: self.clicked.emit(index.data(ROW).id, self.list.held))
        self.list.doubleClicked.connect(lambda index: self.resumed.emit(index.data(ROW).id))
        self.list.delete_pressed.connect(self.delete_wanted)
        self.list.chosen_by_key.connect(self.chosen)
        self.list.menu_wanted.connect(self.menu_wanted)
        self._empty = QLabel(say("Click a thing in the image, then press {key:mask.accept}."), objectName="muted")
        frame(self, self._empty, self.list)

    def show_objects(
        self, objects: Sequence[Annotation], categories: Mapping[int, Category], *, can_begin: bool = True
    ) -> None:
        """Lists the objects of an image, the topmost first. `categories` is by class id. can_begin: there is something
        to be clicked on; the list tells how to begin where it is empty."""
        self.model.show(objects, categories)
        self.list.setVisible(bool(objects))
        self._empty.setVisible(can_begin and not objects)

    def show_selection(self, ids: Sequence[int]) -> None:
        """Marks these objects and scrolls to the last one."""
        row = self.model.select(ids)
        if row is not None:
            self.list.setCurrentIndex(self.model.index(row))
        elif not ids:
            self.list.setCurrentIndex(QModelIndex())


class _ObjectList(UniformList):
    """Tab and F6 come here."""

    eye_clicked = Signal(int)
    delete_pressed = Signal()
    chosen_by_key = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, model: ObjectModel) -> None:
        super().__init__()
        self.held = Qt.KeyboardModifier.NoModifier
        """The keys that were held when the mouse went down."""
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))

    def count(self) -> int:
        """Returns the number of rows."""
        return self.model().rowCount()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.held = event.modifiers()
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.RightButton:
            return  # the menu that follows tells what is chosen
        if index.isValid() and event.position().x() > self.viewport().width() - ICON_WIDTH:
            self.eye_clicked.emit(index.data(ROW).id)
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two clicks that add and remove open nothing, however quick they are."""
        if event.modifiers() & (_ADDS | _REACHES):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the menu of a row."""
        index, at = asked_row(self, event)
        if index.isValid():
            self.menu_wanted.emit(index.data(ROW).id, at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys walk through the objects; Delete deletes."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
            return
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        index = self.currentIndex()
        if index.isValid() and index.row() != before:
            self.chosen_by_key.emit(index.data(ROW).id)


class ObjectsView:
    """Fills the panel from session and project, and does what the person wants."""

    def __init__(self, menus: Menus, workspace: Workspace, panel: ObjectsPanel) -> None:
        self._menus, self._session, self._panel = menus, workspace.session, panel
        self._image_id: int | None = None
        self._start: int | None = None
        """The object that a click with Shift reaches from."""
        self._connect(workspace)
        self.refresh()

    def _connect(self, workspace: Workspace) -> None:
        panel, session = self._panel, self._session
        panel.chosen.connect(session.objects.select)
        panel.clicked.connect(self._clicked)
        panel.resumed.connect(workspace.attempted(session.editor.resume))
        panel.hide_toggled.connect(workspace.doing(session.objects.toggle_hidden))
        panel.delete_wanted.connect(workspace.doing(session.objects.delete_selected))
        panel.menu_wanted.connect(workspace.attempted(self._open_menu))
        self._classify = workspace.changing(session.objects.set_category)
        refresh = workspace.attempted(self.refresh)
        session.on("image", do=workspace.attempted(self._image_changed))
        session.on("past", do=refresh)
        session.on("selection", do=workspace.attempted(self._selected))
        session.project.subscribe(workspace.attempted(self._project_changed))
        workspace.reloaded.connect(refresh)

    def refresh(self) -> None:
        """Lists the objects as they are now, or were in the past that is shown. Raises Problem when they cannot be
        read."""
        objects, past = self._session.objects.all(), self._session.place.past
        categories = {c.id: c for c in (past.categories if past else self._session.classes.all())}
        self._panel.show_objects(objects[::-1], categories, can_begin=not self._session.place.unreadable)
        self._select()

    def _select(self) -> None:
        self._panel.show_selection(self._session.objects.selection)

    def _selected(self) -> None:
        self._start = next(reversed(self._session.objects.selection), None)
        self._select()

    def _clicked(self, id: int, held: Qt.KeyboardModifier) -> None:
        """Selects one or several, as in every list."""
        objects, start = self._session.objects, self._start
        if held & _REACHES and start is not None:
            reached = self._panel.model.between(start, id)
            kept = set(objects.selection).difference(reached) if held & _ADDS else ()
            objects.select(*(each for each in objects.selection if each in kept), *reached)
        else:
            start = id
            if held & _ADDS:
                objects.toggle(id)
            else:
                objects.select(id)
        self._start = start  # telling of the selection has moved it

    def _open_menu(self, id: int, at: QPoint) -> None:
        """Opens the menu of what is selected; of this object alone, where it was not selected with others."""
        if id not in self._session.objects.selection:
            self._session.objects.select(id)
        menu = self._menus.of(_ENTRIES, self._panel)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        classes = QMenu(say("Class"), menu)
        classes.aboutToShow.connect(partial(self._list_classes, classes))
        can_change = self._session.place.past is None and not self._session.editor.draft.is_live
        classes.setEnabled(can_change and bool(self._session.classes.all()))
        menu.insertMenu(menu.actions()[1], classes)
        menu.popup(at)

    def _list_classes(self, menu: QMenu) -> None:
        """Fills the menu when it is looked at: a stranger's project may have thousands."""
        if menu.isEmpty():
            for category in self._session.classes.all():
                entry = add_named(menu, category.name, _NAME_PX)
                entry.triggered.connect(lambda _checked=False, id=category.id: self._classify(id))

    def _image_changed(self) -> None:
        if self._image_id != self._session.image_id:
            self._image_id = self._session.image_id
            self._panel.show_objects([], {}, can_begin=False)  # also when the new ones cannot be read
        self.refresh()

    def _project_changed(self, changes: ChangeSet) -> None:
        rows = [row for change in changes.changes for row in (change.before, change.after)]
        if any(isinstance(row, Annotation | Category) for row in rows):
            self.refresh()


def _build(shell: Shell, workspace: Workspace) -> ObjectsPanel:
    panel = ObjectsPanel()
    ObjectsView(shell.menus, workspace, panel)
    return panel


PANEL = Panel("objects", say("Objects on this image"), _build, lambda panel: panel.list, place=20)
