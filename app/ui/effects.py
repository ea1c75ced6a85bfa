"""What a setting does: a row for each, done when it is changed and when a workspace is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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


def _name_keys(_settings: Settings, workspace: Workspace) -> None:
    workspace.dress()
    workspace.dressed.emit()


def _use_keys(settings: Settings) -> None:
    if note := use_keymap(settings.keymap):
        raise Problem(note)


def _choose_scheme(settings: Settings) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.choose(app, settings.scheme)


def _nothing(*_about: object) -> None:
    """Does nothing."""


@dataclass(frozen=True)
class Effect:
    """What is done when a setting was changed.

    program: done once, whatever is open; its Problem tells what the person should know of it. workspace: done to the
    workspace that is open, and to each that is made later.
    """

    program: Callable[[Settings], object] = _nothing
    workspace: Callable[[Settings, Workspace], object] = _nothing


_ASKED = Effect()
"""Of a setting that is asked for where it is needed, or at the start of the program."""

EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "opacity": Effect(workspace=_show_masks),
        "contour_width": Effect(workspace=_show_masks),
        "preview": Effect(workspace=_set_preview),
        "closeups": Effect(workspace=_set_closeups),
        "usual_level": Effect(workspace=_set_usual_level),
        "crosshair_step": Effect(workspace=_set_crosshair),
        "speck_percent": Effect(workspace=_set_specks),
        "snap_band": Effect(workspace=_set_snap_band),
        "class_overlap": _ASKED,
        "scheme": Effect(_choose_scheme),
        "language": _ASKED,
        "keymap": Effect(_use_keys, _name_keys),
        "embeddings_gb": _ASKED,  # who makes the cache on the disk, app.ui.start, tells it
        "models_dir": Effect(Settings.use_places),
        "mirror": Effect(Settings.use_places),
        "model": _ASKED,
        "runtime": _ASKED,
    }
)
"""Of every setting, by its name."""


def fit_out(settings: Settings, workspace: Workspace) -> None:
    """Gives a workspace that was just made what the person has set."""
    for do in dict.fromkeys(effect.workspace for effect in EFFECTS.values()):
        do(settings, workspace)
    workspace.tool_bar.option_changed.connect(partial(_keep_specks, settings))


def take_effect(name: str, settings: Settings, workspace: Workspace | None) -> None:
    """Lets a setting that was changed take effect; workspace is None while no project is open.

    Raises Problem when it did so, but the person should know something.
    """
    try:
        EFFECTS[name].program(settings)
    finally:
        if workspace is not None:
            EFFECTS[name].workspace(settings, workspace)
