"""The page of a first start: drop a folder, open one, try the sample, or go on where one was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.text import say
from app.ui import theme
from app.ui.plain import tooltip

_USUAL_WIDTH_PX, _MARGIN_PX, _ROOM_PX = 640, 20, 80


class FirstPage(QWidget):
    """What is seen while no project is open."""

    opened = Signal(Path)
    """A folder of images or a project file."""
    folder_wanted = Signal()
    project_wanted = Signal()
    sample_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        content = QWidget()
        area = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)  # for a small screen
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        page = QVBoxLayout(content)
        page.setAlignment(Qt.AlignmentFlag.AlignCenter)
        page.setContentsMargins(_MARGIN_PX, 24, _MARGIN_PX, 24)
        page.setSpacing(18)
        page.addStretch()
        page.addLayout(self._title())
        self._drop = DropArea(self)
        page.addWidget(self._drop, 0, Qt.AlignmentFlag.AlignCenter)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        page.addLayout(self._recent)
        self._icons: list[tuple[QPushButton, str]] = []
        self._note = QLabel(objectName="muted")
        self._note.setText(
            say("The Starter model is in the box. For real work MobileSAM or larger is better: see the menu Model.")
        )
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setWordWrap(True)
        page.addWidget(self._note)
        page.addStretch()
        self._dress()

    def _title(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        mark = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        mark.setPixmap(_mark(72, self.devicePixelRatioF()))
        name = QLabel("Maskwright", alignment=Qt.AlignmentFlag.AlignCenter)
        font = name.font()
        font.setPointSizeF(font.pointSizeF() * 2.1)
        font.setWeight(font.Weight.DemiBold)
        name.setFont(font)
        line = QLabel(say("Point at a thing, and its mask is there. Offline, on this computer."))
        line.setObjectName("muted")
        line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (mark, name, line):
            column.addWidget(widget)
        return column

    def show_recent(self, paths: Sequence[Path]) -> None:
        """Lists the projects that were opened last."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._icons = []
        if not paths:
            return
        heading = QLabel(say("Recent projects"), objectName="heading")
        self._recent.addWidget(heading, 0, Qt.AlignmentFlag.AlignHCenter)
        for path in paths:
            name = f"{path.stem}   —   {path.parent}"
            button = QPushButton(
                self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _USUAL_WIDTH_PX - _ROOM_PX),
                objectName="link",
            )
            button.setToolTip(tooltip(str(path)))
            self._icons.append((button, "clock"))
            button.setAccessibleName(say("Open {path}", path=path))
            button.clicked.connect(lambda _checked=False, p=path: self.opened.emit(p))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._dress()

    def _dress(self) -> None:
        """Draws the icons in the colours in force."""
        for button, icon in [*self._drop.icons, *self._icons]:
            button.setIcon(theme.icon(icon))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drop.fit(self.width() - 2 * _MARGIN_PX)


class DropArea(QFrame):
    """Takes a folder (or a file in it, or a project) dropped on it, and holds the two buttons."""

    def __init__(self, page: FirstPage) -> None:
        super().__init__()
        self._page = page
        self._hot = False
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 28, 28, 28)
        column.setSpacing(14)
        column.addWidget(QLabel(say("Drop a folder of images here"), alignment=Qt.AlignmentFlag.AlignCenter))
        self.icons: list[tuple[QPushButton, str]] = []
        """Its buttons, with the names of their icons."""
        row = self._row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch()
        for text, name, signal in (
            (say("Open a folder…"), "folder", page.folder_wanted),
            (say("Open a project…"), "picture", page.project_wanted),
            (say("Open the sample project"), "smart", page.sample_wanted),
        ):
            button = QPushButton(text)
            button.setIconSize(QSize(18, 18))
            button.clicked.connect(lambda _checked=False, s=signal: s.emit())
            row.addWidget(button)
            self.icons.append((button, name))
        row.addStretch()
        column.addLayout(row)

    def fit(self, width: int) -> None:
        """Puts the buttons below each other where they have not room beside each other."""
        is_wide = width >= sum(button.sizeHint().width() for button, _ in self.icons) + _ROOM_PX
        direction = QHBoxLayout.Direction
        self._row.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(_USUAL_WIDTH_PX, 0))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event) is not None:
            self._hot = True
            self.update()
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hot = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._hot = False
        self.update()
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self._page.opened.emit(path)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.accent if self._hot else colors.border), 1.6, Qt.PenStyle.DashLine))
        painter.setBrush(QColor(colors.raised if self._hot else colors.panel))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 14, 14)
        painter.end()


def dropped_path(event: QDragEnterEvent | QDropEvent) -> Path | None:
    """The first local file or folder of a drop; None when there is none."""
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(urls[0].toLocalFile()) if urls else None


def _mark(size: int, ratio: float) -> QPixmap:
    image = theme.pixmap("maskwright", round(size * ratio), "#000000").copy()
    image.setDevicePixelRatio(ratio)
    return image
