"""The floors are kept, the rooms stay small, and the window opens before torch is loaded."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from tests.bench.house import House, is_sentence, show

ROOT = Path(__file__).parents[1]
MOST_LINES = 400
MOST_METHODS = 25

pytestmark = pytest.mark.xdist_group("house")  # one process makes what they share


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def test_no_file_is_long(house):
    assert {path: lines for path, lines in house.lines().items() if lines > MOST_LINES} == {}


def test_no_class_has_many_methods(house):
    """Those of its parents in the app count too: a class cut into storeys is still one class."""
    assert {title: methods for title, methods in house.methods().items() if methods > MOST_METHODS} == {}


def test_no_modules_import_each_other(house):
    assert house.circles() == []


def test_no_public_class_name_means_two_things(house):
    assert house.used_twice() == {}


def test_every_public_name_is_documented(house):
    assert house.undocumented() == []


def test_every_docstring_begins_with_a_sentence_that_stands_alone(house):
    assert house.leaning() == []


def test_every_docstring_of_arrays_tells_their_shapes(house):
    assert house.shapeless() == []


@pytest.fixture
def small_house(tmp_path, monkeypatch) -> House:
    """A package made for the test: what is counted must be what is there."""
    files = {
        "__init__": "",
        "floor": "class Base:\n    def one(self): ...\n    def two(self):\n        'Is told.'\n",
        "room": """
            from PySide6.QtCore import QObject
            from small.floor import Base as Parent
            import small.late
            class Room(Parent, QObject):
                def two(self): ...
                def event(self, event): ...
                @property
                def three(self): 'Is told.'
                @three.setter
                def three(self, value): ...
            """,
        "late": "import small.room\nclass Base: ...\n",
        "type_only": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import small.lazy\n",
        "arrays": """
            from numpy.typing import NDArray
            Told = NDArray[int]
            '(h, w)'
            Untold = tuple[NDArray[int], int]
            def told(a: Told, weights: dict[str, NDArray[int]]): 'Is told.'
            def in_words(a: NDArray[int]): 'Is told: (H, W, 3).'
            def by_its_size(a: NDArray[int]): 'Is told: x, y (x, y) of (height, width).'
            def untold(a: int) -> list[Untold] | None: 'Is told.'
            """,
        "lazy": "def f():\n    import small.type_only\n",
    }
    (tmp_path / "small").mkdir()
    for name, text in files.items():
        (tmp_path / "small" / f"{name}.py").write_text(dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    return House(tmp_path / "small")


def test_methods_are_counted_with_those_of_parents(small_house):
    assert small_house.methods() == {"small.floor.Base": 2, "small.room.Room": 4, "small.late.Base": 0}
    assert small_house.used_twice() == {"Base": ["small.floor", "small.late"]}


def test_overrides_of_qt_and_setters_need_no_docstring(small_house):
    named = {"small.floor.Base", "small.floor.Base.one", "small.room.Room", "small.room.Room.two", "small.late.Base"}
    assert set(small_house.undocumented()) == {*named, "small.lazy.f"}


def test_shapes_are_told_by_functions_or_aliases(small_house):
    assert small_house.shapeless() == ["small.arrays.by_its_size", "small.arrays.untold"]


def test_circles_tell_imports_that_run_from_those_that_do_not(small_house):
    assert small_house.circles() == [["small.late", "small.room"]]
    assert ["small.lazy", "small.type_only"] in small_house.circles(lazy=True)


def test_the_figures_name_the_longest_file_the_class_with_the_most_methods_and_the_circles(small_house, capsys):
    show(small_house)
    lines = capsys.readouterr().out.splitlines()
    longest = small_house.lines()["small/room.py"]
    assert f"longest file: small/room.py ({longest})" in lines
    assert "class with the most methods: small.room.Room (4)" in lines
    assert "import circles: small.late <-> small.room" in lines


@pytest.mark.parametrize(
    ("docstring", "stands"),
    [
        ("Fair lock: a thread that just wrote waits.", True),
        ("A sentence\nover two lines.\n\nAnd more", True),
        ("`taken` maps a key.", True),
        ("Of the draw.", False),
        ("no capital.", False),
        ("No end", False),
    ],
)
def test_a_sentence_stands_alone(docstring, stands):
    assert is_sentence(docstring) == stands


def test_the_floors_are_kept():
    code = "from importlinter.cli import lint_imports_command as c; c()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_window_and_what_it_shows_of_masks_are_imported_without_torch():
    code = "import sys, app.ui.start, app.sam.types, app.sam.postprocess; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_every_package_is_installed():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "app").rglob("__init__.py")}
    assert set(listed) == found | {"app.resources"}
