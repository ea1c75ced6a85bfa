"""What all text fields have in common, whatever Qt calls them."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget


def takes_text(widget: QWidget) -> bool:
    """Returns True for a widget one types in."""
    match widget:
        case QLineEdit() | QPlainTextEdit() | QTextEdit() | QAbstractSpinBox():
            return not widget.isReadOnly()
        case QComboBox():
            return widget.isEditable()
        case _:
            return False


def text_of(field: QWidget) -> str:
    """Returns what stands in a text field."""
    match field:
        case QLineEdit() | QAbstractSpinBox():
            return field.text()
        case QPlainTextEdit() | QTextEdit():
            return field.toPlainText()
        case QComboBox():
            return field.currentText()
        case _:
            return ""
