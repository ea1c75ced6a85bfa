"""Commands of the window itself: files, models, looks, help. They act on the MainWindow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtWidgets import QMainWindow

from app.labeling import actions as _labeling  # noqa: F401  they come first in the menus
from app.labeling.commands import Condition, Menu, always, command
from app.labeling.keymap import KEYMAP
from app.labeling.tools.registry import TOOLBOX, add_from_plugins
from app.text import say
from app.ui import shown_file
from app.ui.bug_reporting import show_bug_report
from app.ui.compaction_flow import ask_compact
from app.ui.dialogs.about import AboutDialog
from app.ui.dialogs.keys import KeysDialog
from app.ui.dialogs.until_closed import until_closed
from app.ui.restoring import ask_restore
from app.ui.saved import saved

if TYPE_CHECKING:
    from app.ui.trades import WindowTrades as MainWindow

WindowAction: TypeAlias = "Callable[[MainWindow], object]"


def window_command(
    id: str,
    *,
    text: str,
    menu: Menu,
    keys: tuple[str, ...] = (),
    when: Condition = always,
    checked: Condition | None = None,
    enabled: Condition = always,
) -> Callable[[WindowAction], WindowAction]:
    """Registers the function under it as a command on the window; the conditions are asked with the window.

    Raises ValueError when the id or one of the keys is taken.
    """
    # MainWindow imports this module: what it is derived from stands for it
    return command(id, text=text, menu=menu, keys=keys, when=when, checked=checked, enabled=enabled, on=QMainWindow)


def has_project(window: MainWindow) -> bool:
    """True while a project is open."""
    return window.workspace is not None


def leaves_masks_out(window: MainWindow) -> bool:
    """True while folders of masks beside the photos are no images of the open project."""
    return bool(window.projects.scanning.mask_folders) and may_write(window)


@window_command("file.open_folder", text=say("Open a folder of images…"), menu="File", keys=("Ctrl+O",))
def open_folder(window: MainWindow) -> None:
    """Asks for a folder of images and opens it."""
    window.projects.ask_folder()


@window_command("file.open_project", text=say("Open a project…"), menu="File", keys=("Ctrl+Shift+O",))
def open_project(window: MainWindow) -> None:
    """Asks for a project file and opens it."""
    window.projects.ask_project()


@window_command("file.open_sample", text=say("Open the sample project"), menu="File")
def open_sample(window: MainWindow) -> None:
    """Opens the project with the sample photos."""
    window.projects.open_sample()


@window_command("file.rescan", text=say("Look for new images"), menu="File", keys=("F5",), when=has_project)
def rescan(window: MainWindow) -> None:
    """Looks for images that came into the folder."""
    window.projects.scanning.start()


@window_command(
    "file.all_images", text=say("Show masks beside the photos as images"), menu="File", when=leaves_masks_out
)
def take_all_images(window: MainWindow) -> None:
    """Takes what lies in folders of masks as images of the project too, from now on."""
    window.projects.scanning.take_all()


@window_command("file.saved", text=say("Save"), menu="File", keys=("Ctrl+S",), when=has_project)
def tell_saved(window: MainWindow) -> None:
    """Tells that everything is saved already, when and where."""
    if window.workspace is not None:
        window.toast.show_text(saved(window.workspace))


@window_command("file.import", text=say("Import…"), menu="File", keys=("Ctrl+I",), when=has_project)
def import_annotations(window: MainWindow) -> None:
    """Asks for a file of another program and imports its objects."""
    window.exchange.ask_import()


@window_command("file.export", text=say("Export…"), menu="File", keys=("Ctrl+E",), when=has_project)
def export_annotations(window: MainWindow) -> None:
    """Asks for a format and a place, and exports the project."""
    window.exchange.ask_export()


def has_report(window: MainWindow) -> bool:
    """True when an import or export has left a report."""
    return window.exchange.reports.last is not None


@window_command("file.last_report", text=say("Last report…"), menu="File", keys=("Ctrl+R",), when=has_report)
def show_last_report(window: MainWindow) -> None:
    """Shows what the last import or export left out."""
    window.exchange.reports.show_last()


@window_command("file.check", text=say("Check the project…"), menu="File", when=has_project)
def check_project(window: MainWindow) -> None:
    """Looks through the project for what seems wrong, and lists it in the panel of findings."""
    _reveal_findings(window)
    window.exchange.check()


def _reveal_findings(window: MainWindow) -> None:
    if window.projects.docks is not None:
        window.projects.docks.reveal("findings")


def may_write(window: MainWindow) -> bool:
    """True while a project is open that can be changed."""
    return window.workspace is not None and not window.workspace.project.read_only


@window_command("file.compact", text=say("Compact the project…"), menu="File", when=may_write)
def compact_project(window: MainWindow) -> None:
    """Asks how much of the history may go, and makes the file smaller."""
    ask_compact(window)


@window_command("file.restore", text=say("Restore a backup…"), menu="File")
def restore_backup(window: MainWindow) -> None:
    """Asks for a backup and puts it in the place of the project; what is there now is kept beside it."""
    ask_restore(window)


@window_command("file.settings", text=say("Settings…"), menu="File", keys=("Ctrl+,",))
def show_settings(window: MainWindow) -> None:
    """Opens the dialog of the settings."""
    window.preferences.show()


@window_command("file.close", text=say("Close the project"), menu="File", keys=("Ctrl+W",), when=has_project)
def close_project(window: MainWindow) -> None:
    """Goes back to the first page once all masks are saved."""
    window.leave_project()


@window_command("file.quit", text=say("Quit"), menu="File", keys=("Ctrl+Q",))
def quit_program(window: MainWindow) -> None:
    """Closes the window, and with it the program."""
    window.close()


@window_command("view.next_pane", text=say("Next pane"), menu="View", keys=("F6",), when=has_project)
def next_pane(window: MainWindow) -> None:
    """Gives the keyboard to the next pane."""
    if window.projects.docks is not None:
        window.projects.docks.focus_next()


@window_command("view.reset_layout", text=say("Reset the layout"), menu="View", when=has_project)
def reset_layout(window: MainWindow) -> None:
    """Puts the panels of an open project back where they first were."""
    if window.projects.docks is not None:
        window.projects.docks.reset()


def shows_contours_only(window: MainWindow) -> bool:
    """True while masks are not filled."""
    return window.workspace is not None and window.workspace.canvas.marks.look.contour_only


def shows_preview(window: MainWindow) -> bool:
    """True while the mask under the mouse is shown."""
    return window.settings.preview


def looks_closer(window: MainWindow) -> bool:
    """True while small things are looked at more closely."""
    return window.settings.closeups


def shows_history(window: MainWindow) -> bool:
    """True while the history of the image is shown."""
    return window.projects.docks is not None and window.projects.docks.is_open("history")


def has_scheme(scheme: str) -> Condition:
    """Returns a condition: this theme is chosen."""

    def condition(window: MainWindow) -> bool:
        return window.settings.scheme == scheme

    condition.__name__ = f"has_scheme_{scheme}"
    return condition


@window_command(
    "view.contour_only",
    text=say("Contours only"),
    menu="View",
    keys=("O",),
    when=has_project,
    checked=shows_contours_only,
)
def contour_only(window: MainWindow) -> None:
    """Shows masks without their fill, or with it again."""
    if window.workspace is not None:
        window.workspace.view.toggle_contour_only()


@window_command("view.opacity", text=say("Stronger or fainter masks"), menu="View", keys=("Shift+O",), when=has_project)
def cycle_opacity(window: MainWindow) -> None:
    """Shows masks stronger or fainter, one step further round."""
    if window.workspace is not None:
        window.workspace.view.cycle_opacity()


@window_command(
    "view.preview",
    text=say("Preview under the mouse"),
    menu="View",
    keys=("Shift+P",),
    when=has_project,
    checked=shows_preview,
)
def toggle_preview(window: MainWindow) -> None:
    """Shows the mask under the mouse, or no longer."""
    window.preferences.toggle_preview()


@window_command(
    "view.closeups",
    text=say("Look closer at small things"),
    menu="View",
    keys=("Shift+Z",),
    when=has_project,
    checked=looks_closer,
)
def toggle_closeups(window: MainWindow) -> None:
    """Looks more closely at small things, or no longer."""
    window.preferences.toggle_closeups()


def _scheme_command(scheme: str, text: str) -> None:
    @window_command(f"view.{scheme}", text=text, menu="View", checked=has_scheme(scheme))
    def choose(window: MainWindow) -> None:
        window.preferences.choose_scheme(scheme)


for _scheme, _text in (("dark", say("Dark")), ("light", say("Light")), ("system", say("Dark or light as the system"))):
    _scheme_command(_scheme, _text)


@window_command(
    "image.history",
    text=say("History of the image"),
    menu="Image",
    keys=("Ctrl+H",),
    when=has_project,
    checked=shows_history,
)
def toggle_history(window: MainWindow) -> None:
    """Shows the history of the image, or hides it."""
    if window.projects.docks is not None:
        window.projects.docks.toggle("history")


def shows_findings(window: MainWindow) -> bool:
    """True while the panel of findings is open."""
    return window.projects.docks is not None and window.projects.docks.is_open("findings")


def is_now(window: MainWindow) -> bool:
    """True unless the image is shown as it was: the objects of findings are those of now."""
    return window.workspace is not None and window.workspace.session.place.past is None


@window_command("finding.next", text=say("Next finding"), menu="Image", keys=("F8",), when=has_project, enabled=is_now)
def next_finding(window: MainWindow) -> None:
    """Leads to the next thing that the check found and nobody has decided about."""
    _step_to_finding(window, +1)


@window_command(
    "finding.previous", text=say("Previous finding"), menu="Image", keys=("Shift+F8",), when=has_project, enabled=is_now
)
def previous_finding(window: MainWindow) -> None:
    """Leads to the thing before it that the check found and nobody has decided about."""
    _step_to_finding(window, -1)


def _step_to_finding(window: MainWindow, direction: int) -> None:
    if window.workspace is not None:
        _reveal_findings(window)
        window.workspace.finding_step.emit(direction)


def shows_image(window: MainWindow) -> bool:
    """True while an image is open."""
    return window.workspace is not None and window.workspace.session.image_id is not None


@window_command(
    "everything.everywhere", text=say("Look for everything on all images without objects"), menu="Image", when=may_write
)
def look_everywhere(window: MainWindow) -> None:
    """Runs everything mode on each image that nobody has worked on; what it finds is proposed there."""
    window.everywhere.start()


@window_command("image.open_folder", text=say("Open the folder of the image"), menu="Image", when=shows_image)
def open_folder_of_image(window: MainWindow) -> None:
    """Opens the folder of the image in the program that the system has for folders."""
    shown_file.open_folder(window)


@window_command("image.copy_path", text=say("Copy the path of the image"), menu="Image", when=shows_image)
def copy_path(window: MainWindow) -> None:
    """Puts the path of the image on the clipboard."""
    shown_file.copy_path(window)


@window_command(
    "finding.mend", text=say("Mend the finding"), menu="Image", keys=("Ctrl+F8",), when=shows_findings, enabled=is_now
)
def mend_finding(window: MainWindow) -> None:
    """Repairs what was found, where the repair is obvious, in one step."""
    if window.workspace is not None:
        window.workspace.finding_decided.emit("mended")


@window_command(
    "finding.fine",
    text=say("The finding is fine, or not any more"),
    menu="Image",
    keys=("Ctrl+Shift+F8",),
    when=shows_findings,
    enabled=is_now,
)
def accept_finding(window: MainWindow) -> None:
    """Says that what was found is fine as it is, until its mask changes."""
    if window.workspace is not None:
        window.workspace.finding_decided.emit("fine")


@window_command("model.import", text=say("Import a model file…"), menu="Model")
def import_model(window: MainWindow) -> None:
    """Asks for a checkpoint and imports it."""
    window.models.ask_file()


@window_command("help.keys", text=say("Keys"), menu="Help", keys=("?", "F1"))
def show_keys(window: MainWindow) -> None:
    """Shows the cheat sheet."""
    with until_closed(KeysDialog(KEYMAP, window.targets(), window.window())) as dialog:
        dialog.exec()


@window_command("help.report", text=say("Save a report…"), menu="Help")
def save_bug_report(window: MainWindow) -> None:
    """Shows what can be sent when something went wrong: versions, settings, the end of the log."""
    show_bug_report(window)


@window_command("help.about", text=say("About Maskwright"), menu="Help")
def about(window: MainWindow) -> None:
    """Tells what this is and which version."""
    with until_closed(AboutDialog(window.window())) as dialog:
        dialog.exec()


add_from_plugins(TOOLBOX)  # last: a tool of a plugin takes no key from the program
