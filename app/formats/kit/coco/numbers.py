"""The numbers of classes in files in the manner of COCO: category_id."""

from __future__ import annotations

from collections.abc import Callable

from app.formats.kit.class_numbers import MAX_NUMBER, Numbering, numbered
from app.formats.kit.coco.source import CocoKey
from app.project.records import Category
from app.text import say

_KIND = "coco"
_MOST_LETTERS = 200
COCO_NUMBERS = Numbering(_KIND, -MAX_NUMBER, MAX_NUMBER, new_from=1, usual=lambda category: category.id)
"""COCO lets them be any; its own count from 1, which is what a project does as well."""


def numbered_class(category: Category, key: CocoKey, warn: Callable[[str], None]) -> Category:
    """Returns a class of a file with the number by which its objects refer to it. warn hears when that is none."""
    made = numbered(category, _KIND, key)
    if made is category and key is not None:
        warn(
            say(
                "The class {name} is called {key_name} by the objects of the file, which is no whole number; an export "
                "gives it a number.",
                name=category.name[:_MOST_LETTERS],
                key_name=str(key)[:_MOST_LETTERS],
            )
        )
    return made


def unlisted_category(name: str, key: CocoKey) -> str:
    """Returns the sentence on a class that objects of the file have and that it does not list."""
    return say("The file has no category {key_name}; its objects get the class {name}.", key_name=key, name=name)


def nameless_category(name: str) -> str:
    """Returns the sentence on a class that the file lists without a name."""
    return say("A category of the file has no name; it is called {name}.", name=name)


def double_category(name: str, key: CocoKey) -> str:
    """Returns the sentence on classes of one id. name: of the one that counts."""
    return say(
        "Several categories of the file have the id {key_name}: their objects get the class {name}.",
        key_name=key,
        name=name,
    )
