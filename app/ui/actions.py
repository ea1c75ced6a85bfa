"""The commands of the window itself: files, models, looks. They act on the MainWindow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from app.labeling.commands import Command, Menu, Registry, always
from app.ui.compaction_flow import ask_compact
from app.ui.dialogs.about import AboutDialog
from app.ui.dialogs.keys import KeysDialog
from app.ui.restoring import ask_restore

if TYPE_CHECKING:
    from app.ui.trades import Window as MainWindow

WINDOW_REGISTRY = Registry()
WindowAction: TypeAlias = "Callable[[MainWindow], object]"


def window_command(
    id: str, *, text: str, menu: Menu, keys: tuple[str, ...] = (), when: Any = None
) -> Callable[[WindowAction], WindowAction]:
    """Registers the function under it; `when` is asked with the window."""

    def register(run: WindowAction) -> WindowAction:
        WINDOW_REGISTRY.add(Command(id, text, cast(Any, run), keys, menu, when or always))
        return run

    return register


def has_project(window: MainWindow) -> bool:
    return window.workspace is not None


@window_command("file.open_folder", text="Open a folder of images…", menu="File", keys=("Ctrl+O",))
def open_folder(window: MainWindow) -> None:
    window.projects.ask_folder()


@window_command("file.open_project", text="Open a project…", menu="File", keys=("Ctrl+Shift+O",))
def open_project(window: MainWindow) -> None:
    window.projects.ask_project()


@window_command("file.open_sample", text="Open the sample project", menu="File")
def open_sample(window: MainWindow) -> None:
    window.projects.open_sample()


@window_command("file.rescan", text="Look for new images", menu="File", keys=("F5",), when=has_project)
def rescan(window: MainWindow) -> None:
    window.projects.scanning.start()


@window_command("file.import", text="Import…", menu="File", keys=("Ctrl+I",), when=has_project)
def import_annotations(window: MainWindow) -> None:
    window.exchange.ask_import()


@window_command("file.export", text="Export…", menu="File", keys=("Ctrl+E",), when=has_project)
def export_annotations(window: MainWindow) -> None:
    window.exchange.ask_export()


def has_report(window: MainWindow) -> bool:
    return window.exchange.reports.last is not None


@window_command("file.last_report", text="Last report…", menu="File", keys=("Ctrl+R",), when=has_report)
def show_last_report(window: MainWindow) -> None:
    window.exchange.reports.show_last()


@window_command("file.check", text="Check the project…", menu="File", when=has_project)
def check_project(window: MainWindow) -> None:
    window.exchange.check()


def may_write(window: MainWindow) -> bool:
    return window.workspace is not None and not window.workspace.project.read_only


@window_command("file.compact", text="Compact the project…", menu="File", when=may_write)
def compact_project(window: MainWindow) -> None:
    ask_compact(window)


@window_command("file.restore", text="Restore a backup…", menu="File")
def restore_backup(window: MainWindow) -> None:
    ask_restore(window)


@window_command("file.close", text="Close the project", menu="File", keys=("Ctrl+W",), when=has_project)
def close_project(window: MainWindow) -> None:
    window.leave_project()


@window_command("file.quit", text="Quit", menu="File", keys=("Ctrl+Q",))
def quit_program(window: MainWindow) -> None:
    window.close()


@window_command("view.next_pane", text="Next pane", menu="View", keys=("F6",), when=has_project)
def next_pane(window: MainWindow) -> None:
    if window.projects.docks is not None:
        window.projects.docks.focus_next()


@window_command("view.reset_layout", text="Reset the layout", menu="View", when=has_project)
def reset_layout(window: MainWindow) -> None:
    if window.projects.docks is not None:
        window.projects.docks.reset()


@window_command("view.contour_only", text="Contours only", menu="View", keys=("O",), when=has_project)
def contour_only(window: MainWindow) -> None:
    if window.workspace is not None:
        window.workspace.view.toggle_contour_only()


@window_command("view.opacity", text="Stronger or fainter masks", menu="View", keys=("Shift+O",), when=has_project)
def cycle_opacity(window: MainWindow) -> None:
    if window.workspace is not None:
        window.workspace.view.cycle_opacity()


@window_command("view.preview", text="Preview under the mouse", menu="View", keys=("Shift+P",), when=has_project)
def toggle_preview(window: MainWindow) -> None:
    window.preferences.toggle_preview()


@window_command("view.closeups", text="Look closer at small things", menu="View", keys=("Shift+Z",), when=has_project)
def toggle_closeups(window: MainWindow) -> None:
    window.preferences.toggle_closeups()


def _scheme_command(scheme: str, text: str) -> None:
    @window_command(f"view.{scheme}", text=text, menu="View")
    def choose(window: MainWindow) -> None:
        window.preferences.choose_scheme(scheme)


for _scheme, _text in (("dark", "Dark"), ("light", "Light"), ("system", "Dark or light as the system")):
    _scheme_command(_scheme, _text)


@window_command("image.history", text="History of the image", menu="Image", keys=("Ctrl+H",), when=has_project)
def toggle_history(window: MainWindow) -> None:
    if window.projects.docks is not None:
        window.projects.docks.toggle("history")


@window_command("model.import", text="Import a model file…", menu="Model")
def import_model(window: MainWindow) -> None:
    window.models.ask_file()


@window_command("help.keys", text="Keys", menu="Help", keys=("?", "F1"))
def show_keys(window: MainWindow) -> None:
    KeysDialog(window.keymap, window.window()).exec()


@window_command("help.about", text="About Maskwright", menu="Help")
def about(window: MainWindow) -> None:
    AboutDialog(window.window()).exec()
