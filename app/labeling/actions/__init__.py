"""The commands of labelling, a file for each theme. To import this package registers them.

Their order is that of the menus, and of two commands with one key the first that is meant wins.
"""

# ruff: noqa: I001
from app.labeling.actions import vertices
from app.labeling.actions import carrying
from app.labeling.actions import draft
from app.labeling.actions import objects
from app.labeling.actions import between
from app.labeling.actions import clipboard
from app.labeling.actions import repairing
from app.labeling.actions import undo
from app.labeling.actions import images
from app.labeling.actions import pointing
from app.labeling.actions import tips
from app.labeling.actions import view

__all__ = [
    "between", "carrying", "clipboard", "draft", "images", "objects", "pointing", "repairing", "tips", "undo",
    "vertices", "view",
]  # fmt: skip
