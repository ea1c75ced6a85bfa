"""The colour of an object: that of its class."""

from __future__ import annotations

from collections.abc import Mapping

from app.project.records import Annotation, Category

NO_CLASS_COLOR = "#9aa7b4"


def color_of(annotation: Annotation, categories: Mapping[int, Category]) -> str:
    """Returns the colour as #rrggbb. `categories` is by class id."""
    category = categories.get(annotation.category_id or 0)
    return category.color if category else NO_CLASS_COLOR
