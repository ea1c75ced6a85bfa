"""The panel of classes: digit, colour, name, number of objects, overlap policy. Typing a new name makes a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup, QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QLabel,
    QLineEdit,
    QListWidgetItem,
    QMenu,
    QWidget,
)

from app.labeling.commands import REGISTRY
from app.labeling.policies import ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW, POLICIES, WORDS, Policy
from app.project.records import Annotation, Category, ChangeSet
from app.text import say, say_n
from app.ui.keymap import key_of
from app.ui.panel import Panel
from app.ui.shell import Shell
from app.ui.widgets.frame import frame
from app.ui.widgets.rows import ROW, ListRow, RowList
from app.ui.workspace import Workspace

_ICONS: Mapping[Policy, str] = MappingProxyType({NEW_CUTS_OLD: "cuts", OLD_CUTS_NEW: "is-cut", ALLOW: ""})


class ClassesPanel(QWidget):
    """Shows the field for a new class and the list of all. What the person does to a class is a signal."""

    chosen = Signal(int)
    unchosen = Signal()
    """The click that chose was the first of two, which are there to rename."""
    added = Signal(str)
    renamed = Signal(int, str)
    recolored = Signal(int, str)
    deleted = Signal(int)
    moved = Signal(int, int)
    """The id of a class, and by how many rows, down."""
    policy_chosen = Signal(int, object)
    """The id of a class and its overlap policy; None: that of the project."""

    def __init__(self) -> None:
        super().__init__()
        self._own: Mapping[int, Policy | None] = {}
        self._usual: Policy = ALLOW
        self.list = RowList(say("Classes"), editable=True)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.itemChanged.connect(self._renamed)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(ROW).id))
        self.list.itemDoubleClicked.connect(lambda _item: self.unchosen.emit())
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(ROW).id))
        self._empty = QLabel(say("No classes yet. Type a name above, or just accept a mask."), objectName="muted")
        self.new_name = QLineEdit(placeholderText=say("New class, then Enter"))
        self.new_name.setAccessibleName(say("Name of a new class"))
        self.new_name.returnPressed.connect(self._add)
        frame(self, self.new_name, self._empty, self.list)

    def show_classes(self, categories: Sequence[Category], counts: Counter[int | None], current: int | None) -> None:
        """Lists the classes. `counts` is by class id; `current` is the class of the next object."""
        commands = (f"class.{number}" for number in range(1, len(categories) + 1))
        keys = [key_of(id) if id in REGISTRY.commands else "" for id in commands]
        rows = [
            ListRow(c.id, c.name, c.color, str(counts[c.id]), key, icon=self._icon(c.id), selected=c.id == current)
            for c, key in zip(categories, keys, strict=True)
        ]
        self.list.show_rows(rows, self._description)
        self._empty.setVisible(not rows)

    def show_policies(self, own: Mapping[int, Policy | None], usual: Policy) -> None:
        """Shows the overlap policies with the classes that are listed next. own: by class id; usual: the project's."""
        self._own, self._usual = own, usual

    def _icon(self, category_id: int) -> str:
        return _ICONS[self._own.get(category_id) or self._usual]

    def _description(self, row: ListRow) -> str:
        pressed = say("key {key_name}", key_name=row.key) if row.key else say("no key")
        told = say_n(
            "{row} ({pressed}), {n} object",
            "{row} ({pressed}), {n} objects",
            int(row.detail),
            row=row.name,
            pressed=pressed,
        )
        policy = self._own.get(row.id) or self._usual
        return told if policy == ALLOW else f"{told}. {WORDS[policy]}"

    def _add(self) -> None:
        name = self.new_name.text().strip()
        if name:
            self.new_name.clear()
            self.added.emit(name)

    def _renamed(self, item: QListWidgetItem) -> None:
        self.renamed.emit(item.data(ROW).id, item.text().strip())

    def _open_menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is not None:
            menu = self.menu_of(item)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.mapToGlobal(at))

    def menu_of(self, item: QListWidgetItem) -> QMenu:
        """Returns the context menu of a row."""
        menu = QMenu(self)
        menu.addAction(say("Rename")).triggered.connect(lambda: self.list.editItem(item))
        menu.addAction(say("Change colour…")).triggered.connect(lambda: self._recolor(item.data(ROW)))
        self._add_policies(menu.addMenu(say("Overlaps")), item.data(ROW).id)
        row, id = self.list.row(item), item.data(ROW).id
        for text, by in ((say("Move up"), -1), (say("Move down"), 1), (say("Move to the top"), -row)):
            action = menu.addAction(text)
            action.setEnabled(by != 0 and 0 <= row + by < self.list.count())
            action.triggered.connect(partial(self.moved.emit, id, by))
        menu.addAction(say("Delete")).triggered.connect(lambda: self.deleted.emit(item.data(ROW).id))
        return menu

    def _add_policies(self, menu: QMenu, category_id: int) -> None:
        own, group = self._own.get(category_id), QActionGroup(menu)
        as_usual = say("As the project: {policy}", policy=WORDS[self._usual])
        choices: list[tuple[Policy | None, str]] = [(None, as_usual), *((each, str(WORDS[each])) for each in POLICIES)]
        for policy, text in choices:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(policy == own)
            group.addAction(action)
            action.triggered.connect(partial(self.policy_chosen.emit, category_id, policy))

    def _recolor(self, row: ListRow) -> None:
        """Begins at the colour that the class has."""
        color = QColorDialog.getColor(QColor(row.color), self, say("Colour of the class"))
        if color.isValid():
            self.recolored.emit(row.id, color.name())


class ClassesView:
    """Fills the panel from session and project, and does what the person wants."""

    def __init__(self, workspace: Workspace, panel: ClassesPanel) -> None:
        self._workspace, self._session, self._panel = workspace, workspace.session, panel
        self._unchoose: Callable[[], object] = lambda: None
        """Takes back what choosing a class did last."""
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        panel, session, workspace = self._panel, self._session, self._workspace
        refresh = workspace.attempted(self.refresh)
        panel.chosen.connect(workspace.doing(self._choose))
        panel.unchosen.connect(workspace.doing(lambda: self._unchoose()))
        for signal, action in (
            (panel.added, self._add),
            (panel.renamed, session.classes.rename),
            (panel.recolored, session.classes.recolor),
            (panel.deleted, session.classes.delete),
            (panel.moved, session.classes.move),
            (panel.policy_chosen, session.classes.policies.choose_for),
        ):
            signal.connect(workspace.changing(action, otherwise=refresh))  # what was typed is shown as it is again
        session.on("proposal", "category", do=refresh)
        session.project.subscribe(workspace.attempted(self._project_changed))
        workspace.reloaded.connect(refresh)
        workspace.dressed.connect(refresh)

    def refresh(self) -> None:
        """Shows the classes as they are now. Raises Problem when they cannot be read."""
        current = self._session.editor.category
        counts = self._session.project.statistics.category_counts()
        policies, categories = self._session.classes.policies, self._session.classes.all()
        self._panel.show_policies({each.id: policies.own(each) for each in categories}, policies.usual)
        self._panel.show_classes(categories, counts, current.id if current else None)

    def _project_changed(self, changes: ChangeSet) -> None:
        rows = [row for change in changes.changes for row in (change.before, change.after)]
        if any(isinstance(row, Annotation | Category) for row in rows):
            self.refresh()

    def _choose(self, category_id: int) -> None:
        self._unchoose = self._session.set_category(category_id)

    def _add(self, name: str) -> None:
        self._session.set_category(self._session.classes.add(name).id)


def _build(_shell: Shell, workspace: Workspace) -> ClassesPanel:
    panel = ClassesPanel()
    ClassesView(workspace, panel)
    return panel


PANEL = Panel("classes", say("Classes"), _build, lambda panel: panel.new_name, place=10)
