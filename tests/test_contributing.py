"""The examples of CONTRIBUTING.md work: each is put into its package under its name and used by the registries."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from app.formats.kit.format import try_export
from app.formats.registry import format_named, format_of, formats
from app.labeling.commands import REGISTRY
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH, make_project  # noqa: F401  a fixture
from tests.labeling.conftest import acting, desk, empty_desk, project  # noqa: F401  fixtures

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python tests-example: (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
"""The source of each example, by the path that it would have in the repository."""
USED: dict[str, str] = {}
"""By which test: test_every_example_is_used compares them with EXAMPLES."""


def using(path: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Notes that a test uses the example of that path."""

    def note(test: Callable[..., None]) -> Callable[..., None]:
        USED[path] = test.__name__
        return pytest.mark.parametrize("path", [path])(test)

    return note


@pytest.fixture
def module(path, tmp_path, monkeypatch) -> Iterator[ModuleType]:
    """The example, imported as a module of the app; the registries are as before when the test has ended."""
    file = tmp_path / "example" / path
    file.parent.mkdir(parents=True)
    file.write_text(EXAMPLES[path], encoding="utf-8")
    *parents, name = Path(path).with_suffix("").parts
    package = import_module(".".join(parents))
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])
    commands = dict(REGISTRY.commands)
    formats.cache_clear()
    yield import_module(f"{package.__name__}.{name}")
    REGISTRY.commands.clear()
    REGISTRY.commands.update(commands)
    sys.modules.pop(f"{package.__name__}.{name}")
    vars(package).pop(name, None)
    formats.cache_clear()


def test_every_example_is_used():
    assert set(USED) == set(EXAMPLES)


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_is_new_and_as_well_kept_as_the_house(path):
    assert not (ROOT / path).exists()
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--stdin-filename", path, "-"]
        done = subprocess.run(command, cwd=ROOT, input=EXAMPLES[path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@using("app/formats/boxes.py")
def test_the_format_is_found_and_brings_back_its_boxes(module, make_project, tmp_path):  # noqa: F811
    one, other = make_project(), make_project(folder="other")
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[2:7, 3:11] = True
    with one.step("Fill") as step:
        category = step.add(Category(0, "cat", "#ff0000"))
        step.add(Annotation(0, one.images()[0].id, category.id, Mask.from_array(pixels), hidden=True))
    each = format_named("boxes")
    assert each is module.FORMAT
    assert drained(try_export(one, each)).losses == {"hidden mark": 1}
    drained(each.export_file(one, tmp_path / "out.csv"))
    assert format_of(tmp_path / "out.csv") is each
    report = drained(each.import_file(other, tmp_path / "out.csv"))
    assert (report.annotations, report.problems) == (1, [])
    assert [found.mask.to_array().tolist() for found in other.annotation_table.all()] == [pixels.tolist()]


@using("app/labeling/select_largest.py")
def test_the_command_is_found_by_its_key_and_does_what_it_says(module, acting, desk):  # noqa: F811
    desk.accept_one()
    command = REGISTRY.for_key("Ctrl+Alt+L", acting)
    assert command is REGISTRY.commands["object.select_largest"]
    assert command in REGISTRY.menu("Edit")
    command.run(acting)
    assert acting.session.objects.selection == (desk.saved()[0].id,)
