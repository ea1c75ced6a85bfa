"""Colours, style sheet and icons, light and dark. Follows the system unless the person chose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.paths import resource


@dataclass(frozen=True)
class Colors:
    """Names the colours of one theme, as #rrggbb."""

    window: str
    panel: str
    raised: str
    canvas: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    busy: str
    bad: str


# Every text colour keeps a contrast of at least 4.5:1 on window, panel and raised (tests/ui/test_theme.py).
DARK = Colors(
    window="#14181d", panel="#1b2027", raised="#262d36", canvas="#0d1014", border="#323b46", text="#e8edf2",
    muted="#9aa7b4", accent="#4fd1bd", on_accent="#07231f", good="#5ccf7e", busy="#f0b84a", bad="#ff7b72",
)  # fmt: skip
LIGHT = Colors(
    window="#f2f4f6", panel="#ffffff", raised="#e8ecf0", canvas="#d5dade", border="#ccd3da", text="#18202a",
    muted="#536070", accent="#0b6e62", on_accent="#ffffff", good="#1a7a3c", busy="#8a5a00", bad="#b3261e",
)  # fmt: skip

_STYLE = """
QWidget {{ color: {text}; }}
QMainWindow, QDialog {{ background: {window}; }}
QMenuBar {{ background: {window}; padding: 2px 6px; }}
QMenuBar::item {{ padding: 5px 9px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {raised}; }}
QMenu {{ background: {panel}; border: 1px solid {border}; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 12px; border-radius: 5px; }}
QMenu::item:selected {{ background: {raised}; }}
QMenu::item:disabled {{ color: {muted}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 5px 8px; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {border}; padding: 5px; }}
#panel {{ background: {panel}; }}
#strip {{ background: {panel}; border: 1px solid {border}; border-radius: 12px; }}
#heading {{ color: {muted}; font-weight: 600; padding: 2px 0; }}
#muted, QLabel[muted="true"] {{ color: {muted}; }}
QLabel#tool {{ font-weight: 600; }}
#bad {{ color: {bad}; }}
QSpinBox, QDoubleSpinBox, QComboBox {{ selection-background-color: {accent}; selection-color: {on_accent}; }}
#past {{ background: {raised}; border-bottom: 2px solid {busy}; }}
#past QPushButton {{ padding: 4px 12px; }}
QListView, QTreeView {{ background: {panel}; border: none; outline: none; }}
QDialog QListView, QDialog QTreeView {{ border: 1px solid {border}; border-radius: 6px; padding: 3px; }}
QListView:focus, QDialog QListView:focus, QDialog QTreeView:focus {{ border: 1px solid {accent}; }}
QTreeView::item {{ padding: 4px 2px; }}
QListView#choices::item {{ padding: 4px 8px; border-radius: 5px; }}
QListView#choices::item:selected {{ background: {accent}; color: {on_accent}; }}
QLineEdit {{ background: {raised}; border: 1px solid {border}; border-radius: 6px; padding: 6px 9px;
             selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit:focus {{ border-color: {accent}; }}
QPlainTextEdit {{ background: {panel}; border: 1px solid {border}; border-radius: 6px; padding: 3px;
                  selection-background-color: {accent}; selection-color: {on_accent}; }}
QPlainTextEdit:focus {{ border-color: {accent}; }}
QPushButton {{ background: {raised}; border: 1px solid {border}; border-radius: 7px; padding: 8px 15px; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {muted}; }}
QPushButton#primary {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
QPushButton#primary:disabled {{ background: {raised}; color: {muted}; border-color: {border}; }}
QPushButton#link {{ background: transparent; border: 1px solid transparent; text-align: left; padding: 6px 8px; }}
QPushButton#link:hover, QPushButton#link:focus {{ background: {raised}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 5px 8px; }}
QToolButton:hover {{ background: {raised}; }}
QToolButton:checked {{ background: {raised}; border-color: {accent}; }}
QToolButton:focus {{ border-color: {accent}; }}
QStatusBar {{ background: {window}; }}
QStatusBar::item {{ border: none; }}
QToolButton[tool="true"] {{ padding: 5px 6px; font-size: 11px; color: {muted}; }}
QToolButton[small="true"] {{ padding: 3px; border-radius: 5px; }}
QMainWindow::separator {{ background: {border}; width: 1px; height: 1px; margin: 0; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QDockWidget {{ border: 1px solid {border}; }}
QTabBar::tab {{ background: {window}; color: {muted}; padding: 6px 12px; border: none; }}
QTabBar::tab:selected {{ background: {panel}; color: {text}; }}
QSplitter::handle {{ background: {border}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QProgressBar {{ background: {raised}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{ background: {border}; border-radius: 4px; min-height: 28px; min-width: 28px; margin: 2px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
"""


_FRAMED = ("QCheckBox", "QAbstractSpinBox", "QComboBox")
SCHEMES = {"dark": DARK, "light": LIGHT}
_chosen: Colors | None = None


def colors() -> Colors:
    """Returns the colours in force: the person's choice, else the system's."""
    if _chosen is not None:
        return _chosen
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply(app: QApplication) -> None:
    """Dresses the whole program, and again whenever the system changes between light and dark."""
    app.setStyle("Fusion")  # once: setting it again while windows are open crashes Qt 6.11
    app.styleHints().colorSchemeChanged.connect(lambda _scheme: _dress(app))
    _dress(app)


def choose(app: QApplication, scheme: str) -> None:
    """Chooses the colour scheme "dark", "light" or "system". Our own state: not every platform can be told a scheme."""
    global _chosen
    _chosen = SCHEMES.get(scheme)
    _dress(app)


def _dress(app: QApplication) -> None:
    palette = _palette(colors())
    app.setPalette(palette)
    palette.setColor(QPalette.ColorRole.Window, QColor(colors().muted))
    for kind in _FRAMED:  # Fusion makes their frames a little darker than the window: in the dark nobody would see them
        app.setPalette(palette, kind)  # pyright: ignore[reportArgumentType]  PySide wants str, its stub bytes
    app.setStyleSheet(_STYLE.format(**vars(colors())))


def _palette(c: Colors) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, color in {
        roles.Window: c.window, roles.Base: c.panel, roles.AlternateBase: c.raised, roles.Button: c.raised,
        roles.WindowText: c.text, roles.Text: c.text, roles.ButtonText: c.text, roles.ToolTipText: c.text,
        roles.ToolTipBase: c.raised, roles.PlaceholderText: c.muted, roles.Highlight: c.accent,
        roles.HighlightedText: c.on_accent, roles.Link: c.accent, roles.Accent: c.accent,
    }.items():  # fmt: skip
        palette.setColor(role, QColor(color))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.muted))
    return palette


def icon(name: str) -> QIcon:
    """Returns an icon of resources/icons in the text colour in force; grey where it is disabled."""
    return _icon(name, colors().text, colors().border)


@lru_cache(maxsize=64)
def _icon(name: str, color: str, disabled: str) -> QIcon:
    result = QIcon()
    for mode, each in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, disabled)):
        for size in (16, 20, 24, 32, 48):
            result.addPixmap(pixmap(name, size, each), mode)
    return result


@lru_cache(maxsize=256)
def pixmap(name: str, size_px: int, color: str) -> QPixmap:
    """Returns the icon drawn size_px wide, its `currentColor` being color."""
    image = QPixmap(size_px, size_px)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    _drawing(name, color).render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return image


@lru_cache(maxsize=1)
def _drawing(name: str, color: str) -> QSvgRenderer:
    """Read once for all sizes of an icon."""
    source = resource(f"icons/{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    return QSvgRenderer(QByteArray(source.encode()))
