"""The panel of findings: what the check found stays beside the canvas; F8 leads from one to the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QTimer

from app.labeling.events import Notice
from app.labeling.place import PAST
from app.masks.boxes import bbox_around
from app.masks.validity import FaultKind
from app.problem import Problem
from app.project.finding_table import Finding, FindingState
from app.project.quality.repairs import REPAIRS, looked_at_again, mend
from app.project.records import Annotation, ChangeSet
from app.text import say, say_n
from app.ui.panel import Panel
from app.ui.shell import Shell
from app.ui.widgets.finding_list import FindingsPanel
from app.ui.workspace import Workspace

_SLICE_S = 0.008


class FindingsView:
    """Fills the panel, leads to the objects of a finding, and keeps its state true while they change."""

    def __init__(self, shell: Shell, workspace: Workspace, panel: FindingsPanel) -> None:
        self._settings, self._workspace, self._panel = shell.settings, workspace, panel
        self._project, self._session = workspace.project, workspace.session
        self._kind: FaultKind | None = None
        self._current: int | None = None
        self._is_checked = False
        self._of_object: dict[int, list[int]] = {}
        """By the id of an object, the numbers of its findings."""
        self._pending: dict[int, None] = {}
        """Numbers of findings whose objects have changed, in that order."""
        self._goal: tuple[int, tuple[float, float, float, float]] | None = None
        """An image, and x, y, width, height in it."""
        self._timer = QTimer(panel, interval=0, singleShot=True)
        self._connect(workspace)
        kept = self._project.findings.all()
        self._list(kept, is_checked=bool(kept))

    def _connect(self, workspace: Workspace) -> None:
        panel, attempted = self._panel, workspace.attempted
        self._timer.timeout.connect(attempted(self._look_again))
        panel.chosen.connect(attempted(self.go_to))
        panel.kind_chosen.connect(self._choose_kind)
        panel.command_wanted.connect(workspace.command_wanted)
        panel.all_mended.connect(workspace.changing(self.mend_all))
        workspace.photos_are_right.connect(attempted(self._photos_are_right))
        workspace.checked.connect(lambda found: self._list(found, is_checked=True))
        workspace.finding_step.connect(attempted(self.step))
        workspace.finding_decided.connect(workspace.changing(self._decide))
        workspace.canvas.zoomed.connect(self._zoom_to_goal)
        # asked for then: for the first widget that it has no class for, PySide prepares all classes of widgets
        workspace.dressed.connect(lambda: panel.view.viewport().update())
        self._project.subscribe(self._project_changed)

    # --- what is listed ------------------------------------------------------------------------------------------

    def _list(self, found: Sequence[Finding], *, is_checked: bool) -> None:
        """Image by image, in the order of the list of images."""
        place = {image.id: n for n, image in enumerate(self._project.images())}
        ordered = sorted(found, key=lambda each: place.get(each.image_id, len(place)))
        self._is_checked, self._current, self._pending = is_checked, None, {}
        self._of_object = {}
        for n, each in enumerate(ordered):
            for object_id in each.objects:
                self._of_object.setdefault(object_id, []).append(n)
        self._kind = self._kind if any(each.kind == self._kind for each in ordered) else None
        self._panel.show_findings(ordered, self._kind)
        self._show()

    def _choose_kind(self, kind: FaultKind | None) -> None:
        self._kind = kind
        self._panel.show_findings(self._findings, kind)
        self._show()

    @property
    def _findings(self) -> list[Finding]:
        return self._panel.model.findings

    def _show(self) -> None:
        self._panel.show_sums(self._kind, is_checked=self._is_checked)
        self._panel.show_current(self._current, len(self._alike()), can_write=not self._project.read_only)

    def _alike(self) -> list[Finding]:
        """Returns those open that can be mended as the current one can."""
        if self._current is None or (kind := self._findings[self._current].kind) not in REPAIRS:
            return []
        return [each for each in self._findings if each.kind == kind and each.state == "open"]

    # --- from one to the next ------------------------------------------------------------------------------------

    def step(self, direction: int) -> None:
        """Leads to the next open finding (+1) or the previous one (-1); after the last comes the first."""
        listed = self._panel.model.listed()
        here = self._panel.model.index_of(self._current).row()
        start = here if here >= 0 else (-1 if direction > 0 else 0)
        for n in range(1, len(listed) + 1):
            number = listed[(start + n * direction) % len(listed)]
            if self._findings[number].state == "open" and self._noted(number).state == "open":
                self.go_to(number)
                return
        self._session.tell(Notice(self._why_none()))

    def _why_none(self) -> str:
        if not self._is_checked:
            return say("Nothing was checked yet: File, Check the project.")
        return say("No finding is open.")

    def go_to(self, number: int) -> None:
        """Opens the image of a finding, selects its objects and zooms in to them. Not from the past: it may show others
        than were found."""
        if self._session.place.past is not None:
            self._session.tell(Notice(PAST))
            return
        finding = self._noted(number)
        self._current = number
        self._show()
        objects = [found for found in map(self._project.annotation, finding.objects) if found is not None]
        if not objects and finding.kind == "replaced":
            self._session.navigation.open(finding.image_id)
            return
        if not objects:
            self._session.tell(Notice(say("Its objects are not there any more.")))
            return
        self._session.navigation.open(objects[0].image_id)
        self._session.objects.select(*(annotation.id for annotation in objects))
        bboxes = [annotation.mask.bbox for annotation in objects if annotation.mask.area]
        if bboxes:
            self._goal = objects[0].image_id, bbox_around(bboxes)
            self._zoom_to_goal()

    def _zoom_to_goal(self) -> None:
        """Now, or as soon as the image is read."""
        if self._goal is None or not self._workspace.canvas.has_image:
            return
        (image_id, bbox), self._goal = self._goal, None
        if image_id == self._session.image_id:
            self._workspace.canvas.fit_box(bbox)

    # --- what is decided -----------------------------------------------------------------------------------------

    def _decide(self, what: FindingState) -> None:
        """About the current one: it is mended, or is fine as it is, or not any more. Raises Problem when it cannot."""
        if self._current is None:
            self._session.tell(Notice(say("Choose a finding first.")))
            return
        finding = self._noted(self._current)
        if what == "mended":
            self._mend([finding])
        elif finding.kind == "replaced":
            self._workspace.photos_accepted.emit((finding.image_id,))
        elif finding.state != "mended":
            self._note({self._current: replace(finding, state="open" if finding.state == "fine" else "fine")})

    def _photos_are_right(self, image_ids: Collection[int]) -> None:
        right = (n for n, each in enumerate(self._findings) if each.kind == "replaced" and each.image_id in image_ids)
        self._note({n: replace(self._findings[n], state="mended") for n in right})

    def mend_all(self) -> None:
        """Mends all that can be mended as the current one can, in one step. Raises Problem when one cannot."""
        self._mend(self._alike())

    def _mend(self, findings: Sequence[Finding]) -> None:
        changes = mend(self._project, findings)
        if changes is not None:
            name, count = REPAIRS[findings[0].kind].text, len(findings)
            told = say_n("{repair}: {n} finding is mended.", "{repair}: {n} findings are mended.", count, repair=name)
            self._session.tell(Notice(told, changes.step_id))

    def _noted(self, number: int) -> Finding:
        """A finding as it is now; its objects may have changed without being told."""
        now = self._now(self._findings[number])
        if (now.state, now.masks) != (self._findings[number].state, self._findings[number].masks):
            self._note({number: now})
        return now

    def _now(self, finding: Finding) -> Finding:
        return looked_at_again(self._project, finding, self._settings.class_overlap / 100)

    def _note(self, changed: dict[int, Finding]) -> None:
        for number, finding in changed.items():
            self._panel.model.change(number, finding)
        self._show()
        try:
            self._project.findings.note(list(changed.values()))
        except Problem:  # it can be found out again
            return

    # --- what changes --------------------------------------------------------------------------------------------

    def _project_changed(self, changes: ChangeSet) -> None:
        """Later, when nothing else is to be done: an accept does not wait for it."""
        rows = [row for change in changes.changes for row in (change.before, change.after)]
        ids = {row.id for row in rows if isinstance(row, Annotation)}
        self._pending.update({number: None for each in ids for number in self._of_object.get(each, ())})
        if self._pending:
            self._timer.start()

    def _look_again(self) -> None:
        end, changed = monotonic() + _SLICE_S, dict[int, Finding]()
        while self._pending and monotonic() < end:
            number = next(iter(self._pending))
            del self._pending[number]
            changed[number] = self._now(self._findings[number])
        self._note(changed)
        if self._pending:
            self._timer.start()


def _build(shell: Shell, workspace: Workspace) -> FindingsPanel:
    panel = FindingsPanel()
    FindingsView(shell, workspace, panel)
    return panel


PANEL = Panel("findings", say("Findings"), _build, lambda panel: panel.view, side="left", place=20, is_open=False)
