"""The questions after a file or a folder. None: the person thought better of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_folder(parent: QWidget) -> Path | None:
    return _path(QFileDialog.getExistingDirectory(parent, _tr("Folder of images")))


def ask_project(parent: QWidget) -> Path | None:
    return _existing(parent, _tr("Open a project"), _tr("Maskwright projects (*.maskwright)"))


def ask_coco(parent: QWidget) -> Path | None:
    return _existing(parent, _tr("Import COCO"), _tr("COCO (*.json)"))


def ask_model(parent: QWidget) -> Path | None:
    return _existing(parent, _tr("Import a model file"), _tr("Checkpoints (*.pth *.pt *.safetensors)"))


def ask_export(parent: QWidget, suggested: Path) -> Path | None:
    file, _ = QFileDialog.getSaveFileName(parent, _tr("Export COCO"), str(suggested), _tr("COCO (*.json)"))
    return _path(file)


def _existing(parent: QWidget, title: str, pattern: str) -> Path | None:
    file, _ = QFileDialog.getOpenFileName(parent, title, "", pattern)
    return _path(file)


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("files", text)
