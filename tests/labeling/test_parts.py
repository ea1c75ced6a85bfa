"""The session is made of parts: none inherits, none grows beyond what one reads at once."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import pytest

import app.labeling
from app.labeling.session import Session

MOST_METHODS = 25


def _classes():
    for found in pkgutil.walk_packages(app.labeling.__path__, "app.labeling."):
        module = import_module(found.name)
        yield from (c for c in vars(module).values() if inspect.isclass(c) and c.__module__ == module.__name__)


@pytest.mark.parametrize("each", sorted(_classes(), key=lambda c: c.__qualname__), ids=lambda c: c.__name__)
def test_no_class_is_larger_than_one_reads_at_once(each):
    ours = [parent for parent in each.__mro__ if parent.__module__.startswith("app.")]
    methods = {
        name
        for parent in ours
        for name, value in vars(parent).items()
        if (inspect.isfunction(value) and not name.startswith("__")) or isinstance(value, property)
    }
    assert len(methods) <= MOST_METHODS, sorted(methods)


def test_a_session_inherits_nothing():
    assert Session.__mro__ == (Session, object)
