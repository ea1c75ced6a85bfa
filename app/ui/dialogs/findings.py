"""What the check of a project found, grouped by kind. Each finding leads to its object; it goes when that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout

from app.images.pages import shown
from app.masks.boxes import bbox_around
from app.masks.validity import FaultKind
from app.project.quality.checks import Finding
from app.project.records import Annotation, ChangeSet
from app.text import say
from app.ui.plain import tooltip
from app.ui.room import resize_within_screen

if TYPE_CHECKING:
    from app.ui.workspace import Workspace

_FINDING = Qt.ItemDataRole.UserRole
_MARGIN_PX = 48


class FindingsDialog(QDialog):
    """Made before the check begins, so that it knows which objects have changed meanwhile."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._changed: set[int] = set()
        self._goal: tuple[int, tuple[float, float, float, float]] | None = None
        """An image, and x, y, width, height in it."""
        self.setWindowTitle(say("Check of the project"))
        resize_within_screen(self, 560, 480)
        self.summary = QLabel()
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName(say("Findings"))
        self.tree.itemClicked.connect(self._jump)
        self.tree.itemActivated.connect(self._jump)
        column = QVBoxLayout(self)
        column.addWidget(self.summary)
        column.addWidget(self.tree, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self._titles: dict[FaultKind, str] = {
            "unreadable": say("Images that cannot be read"),
            "empty": say("Empty masks"),
            "outside": say("Masks of another size than their image"),
            "damaged": say("Damaged masks"),
            "island": say("Tiny islands"),
            "sliver": say("Slivers"),
            "overlap": say("Overlaps"),
            "duplicate": say("Duplicates"),
            "outlier": say("Odd sizes"),
        }
        workspace.project.subscribe(self._project_changed)
        workspace.canvas.zoomed.connect(self._zoom_to_goal)

    def begin(self) -> None:
        """Notes that a check starts now."""
        self._changed.clear()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Lists the findings, without objects that have changed since the check began."""
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for finding in findings:
            if self._changed.isdisjoint(finding.objects):
                group = groups.setdefault(finding.kind, self._group(finding.kind))
                item = QTreeWidgetItem([f"{shown(finding.image)}: {finding.sentence}"])
                item.setData(0, _FINDING, finding)
                item.setToolTip(0, tooltip(item.text(0)))
                group.addChild(item)
        self.tree.addTopLevelItems(list(groups.values()))
        self.tree.expandAll()
        self._count()
        if not self.isVisible():
            self._move_aside()
        self.show()
        self.tree.setFocus()

    def _group(self, kind: FaultKind) -> QTreeWidgetItem:
        group = QTreeWidgetItem([self._titles[kind]])
        font = self.tree.font()
        font.setBold(True)
        group.setFont(0, font)
        return group

    def _move_aside(self) -> None:
        """Moves the dialog to the right border of the window: what it leads to is in the middle."""
        window = self._workspace.window().geometry()
        self.move(window.right() - self.width() - _MARGIN_PX, window.top() + _MARGIN_PX)

    def groups(self) -> list[QTreeWidgetItem]:
        """Returns the rows of the kinds of findings."""
        items = map(self.tree.topLevelItem, range(self.tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _count(self) -> None:
        total = 0
        for group in self.groups():
            findings = _findings(group)
            group.setText(0, f"{self._titles[findings[0].kind]} ({len(findings)})")
            total += len(findings)
        found = say("Findings: {total}. Enter or a click shows the object.", total=total)
        self.summary.setText(found if total else say("Nothing found."))
        self.tree.setVisible(bool(total))

    def _jump(self, item: QTreeWidgetItem) -> None:
        finding = item.data(0, _FINDING)
        if finding is not None:
            self._workspace.attempted(self._show_objects)(finding)

    def _show_objects(self, finding: Finding) -> None:
        """Raises Problem when the image is not in the project."""
        session, project = self._workspace.session, self._workspace.project
        objects = [found for found in map(project.annotation, finding.objects) if found is not None]
        if not objects:
            return
        session.navigation.open(objects[0].image_id)
        session.objects.select(*finding.objects)
        bboxes = [annotation.mask.bbox for annotation in objects if annotation.mask.area]
        if bboxes:
            self._goal = objects[0].image_id, bbox_around(bboxes)
            self._zoom_to_goal()

    def _zoom_to_goal(self) -> None:
        """Now, or as soon as the image is read."""
        if self._goal is None or not self._workspace.canvas.has_image:
            return
        (image_id, bbox), self._goal = self._goal, None
        if image_id == self._workspace.session.image_id:
            self._workspace.canvas.fit_box(bbox)

    def _project_changed(self, changes: ChangeSet) -> None:
        rows = [row for change in changes.changes for row in (change.before, change.after)]
        ids = {row.id for row in rows if isinstance(row, Annotation)}
        self._changed |= ids
        for group in self.groups():
            for n, finding in reversed(list(enumerate(_findings(group)))):
                if not ids.isdisjoint(finding.objects):
                    group.takeChild(n)
            if not group.childCount():
                self.tree.takeTopLevelItem(self.tree.indexOfTopLevelItem(group))
        self._count()


def _findings(group: QTreeWidgetItem) -> list[Finding]:
    items = map(group.child, range(group.childCount()))
    return [item.data(0, _FINDING) for item in items if item is not None]


def findings_of(workspace: Workspace) -> FindingsDialog:
    """Returns the dialog of the open project; there is one."""
    return workspace.findChild(FindingsDialog) or FindingsDialog(workspace)
