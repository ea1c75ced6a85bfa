"""What a setting does: a table from its name to the place where it takes effect, at once and at every start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from PySide6.QtWidgets import QApplication

from app.labeling.tools.fill import SPECKS
from app.problem import Problem
from app.ui import theme
from app.ui.keymap_files import use_keymap
from app.ui.settings import Settings
from app.ui.workspace import Workspace


def _show_masks(settings: Settings, workspace: Workspace) -> None:
    look = replace(workspace.canvas.marks.look, opacity=settings.opacity / 100, width=settings.contour_width / 100)
    workspace.view.usual_opacity = look.opacity
    workspace.canvas.marks.set_look(look)


def _set_preview(settings: Settings, workspace: Workspace) -> None:
    workspace.session.hover.leave()
    workspace.session.hover.enabled = settings.preview


def _set_closeups(settings: Settings, workspace: Workspace) -> None:
    workspace.session.closeups.enabled = settings.closeups


def _set_usual_level(settings: Settings, workspace: Workspace) -> None:
    workspace.session.levels.enabled = settings.usual_level


def _set_crosshair(settings: Settings, workspace: Workspace) -> None:
    workspace.session.crosshair.step_px = settings.crosshair_step


def _set_specks(settings: Settings, workspace: Workspace) -> None:
    SPECKS.set(settings.speck_percent)
    workspace.tool_bar.show_tool(workspace.hand.tool)


def _keep_specks(settings: Settings) -> None:
    """It was set in the bar of the fill tool."""
    if settings.speck_percent != SPECKS.value:
        settings.speck_percent = SPECKS.value


def _set_snap_band(settings: Settings, workspace: Workspace) -> None:
    workspace.session.snapping.band = round(settings.snap_band)


_IN_WORKSPACE: Mapping[str, Callable[[Settings, Workspace], None]] = MappingProxyType(
    {
        "opacity": _show_masks,
        "contour_width": _show_masks,
        "preview": _set_preview,
        "closeups": _set_closeups,
        "usual_level": _set_usual_level,
        "crosshair_step": _set_crosshair,
        "speck_percent": _set_specks,
        "snap_band": _set_snap_band,
    }
)


def fit_out(settings: Settings, workspace: Workspace) -> None:
    """Gives a workspace that was just made what the person has set."""
    for effect in dict.fromkeys(_IN_WORKSPACE.values()):
        effect(settings, workspace)
    workspace.tool_bar.option_changed.connect(partial(_keep_specks, settings))


def take_effect(name: str, settings: Settings, workspace: Workspace | None) -> None:
    """Lets a setting that was changed take effect; workspace is None while no project is open.

    Raises Problem when it did so, but the person should know something.
    """
    if name in _IN_WORKSPACE and workspace is not None:
        _IN_WORKSPACE[name](settings, workspace)
    elif name == "scheme":
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.choose(app, settings.scheme)
    elif name == "keymap":
        _change_keys(settings, workspace)
    elif name in ("models_dir", "mirror"):
        settings.use_places()


def _change_keys(settings: Settings, workspace: Workspace | None) -> None:
    note = use_keymap(settings.keymap)
    if workspace is not None:
        workspace.dress()
        workspace.dressed.emit()
    if note:
        raise Problem(note)
