"""Dialogs that go when they are closed: their parent would keep them until the program ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtWidgets import QDialog

_Dialog = TypeVar("_Dialog", bound=QDialog)


@contextmanager
def until_closed(dialog: _Dialog) -> Iterator[_Dialog]:
    """Lends a dialog for a block, and deletes it behind that."""
    try:
        yield dialog
    finally:
        dialog.deleteLater()
