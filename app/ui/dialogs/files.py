"""The questions after a file or a folder. None: the person thought better of it."""

from __future__ import annotations

import os
from itertools import chain, count
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.formats.kit.folder import may_be_replaced
from app.formats.kit.format import Format
from app.text import say
from app.ui.dialogs.formats import ImportChoice


def ask_folder(parent: QWidget) -> Path | None:
    """Asks for a folder of images."""
    return _path(QFileDialog.getExistingDirectory(parent, say("Folder of images")))


def ask_project(parent: QWidget) -> Path | None:
    """Asks for a project file."""
    return _existing(parent, say("Open a project"), say("Maskwright projects (*.maskwright)"))


def ask_import(parent: QWidget, choice: ImportChoice, folder: Path) -> Path | None:
    """Asks for a file or a folder, as it was chosen. `folder` is where to begin to look."""
    title = say("Import {each}", each=choice.text) if choice.format else say("Import")
    if choice.is_folder:
        return _path(QFileDialog.getExistingDirectory(parent, title, str(folder)))
    pattern = f"{choice.text} (*{choice.format.suffix})" if choice.format else say("All files (*)")
    return _existing(parent, title, pattern, folder)


def ask_model(parent: QWidget) -> Path | None:
    """Asks for a model file."""
    return _existing(parent, say("Import a model file"), say("Checkpoints (*.pth *.pt *.safetensors)"))


def ask_export(parent: QWidget, each: Format, project: Path) -> Path | None:
    """Asks for a new name, beside the project; or where a format is a folder, for one.

    An empty one, and that of an earlier export, is written itself; in any other a new one is.
    """
    title = say("Export {each}", each=each.title)
    if each.suffix:
        pattern = f"{each.title} (*{each.suffix})"
        file, _ = QFileDialog.getSaveFileName(parent, title, str(project.with_suffix(each.suffix)), pattern)
        path = _path(file)
        return path if path is None or path.suffix else _fresh(path, each.suffix)
    words = say("{title} into a folder", title=title)
    chosen = _path(QFileDialog.getExistingDirectory(parent, words, str(project.parent)))
    if chosen is None or may_be_replaced(chosen):
        return chosen
    return _fresh(chosen / f"{project.stem}-{each.name}")


def _fresh(path: Path, suffix: str = "") -> Path:
    """A name that nothing has yet: of what is there the person was not asked whether it may go."""
    names = chain([f"{path.name}{suffix}"], (f"{path.name}-{number}{suffix}" for number in count(2)))
    return next(each for each in map(path.with_name, names) if not os.path.lexists(each))


def _existing(parent: QWidget, title: str, pattern: str, folder: Path | None = None) -> Path | None:
    file, _ = QFileDialog.getOpenFileName(parent, title, str(folder or ""), pattern)
    return _path(file)


def _path(text: str) -> Path | None:
    return Path(text) if text else None
