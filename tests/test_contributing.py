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
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

from app.engine.handlers import HANDLERS
from app.engine.replies import Encoded
from app.engine.requests import Encode, LoadModel
from app.formats.kit.format import try_export
from app.formats.registry import format_named, format_of, formats
from app.labeling.commands import REGISTRY
from app.labeling.keymap import KEYMAP
from app.labeling.tools.overlay import DiscShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX, discovered
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.project.records import Annotation, Category
from app.sam.families import FAMILIES, register
from app.sam.types import Prompt
from tests.conftest import drained
from tests.engine.conftest import images, inbox, make_engine, predictor  # noqa: F401  fixtures
from tests.formats.conftest import HEIGHT, WIDTH, make_project  # noqa: F401  a fixture
from tests.labeling.conftest import acting, desk, empty_desk, project  # noqa: F401  fixtures
from tests.ui.conftest import dressed, hand, opened, window  # noqa: F401  fixtures

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCE = re.compile(r"\b(?:app|tests)/[\w/]+\.py\b")
"""A file of the program or of its tests, as documents name it."""
BLOCK = re.compile(r"^```python tests-example: (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
"""The source of each example, by the path that it would have in the repository."""
USED: dict[str, str] = {}
"""By which test: test_every_example_is_used compares them with EXAMPLES."""


def using(*paths: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Notes that a test uses the examples of those paths: the first one is its `module`, which uses the others."""

    def note(test: Callable[..., None]) -> Callable[..., None]:
        USED.update(dict.fromkeys(paths, test.__name__))
        return pytest.mark.parametrize("paths", [paths], ids=[paths[0]])(test)

    return note


@pytest.fixture
def module(paths, tmp_path, monkeypatch) -> Iterator[ModuleType]:
    """The example, imported as a module of the app; the registries are as before when the test has ended."""
    commands, tools, families = dict(REGISTRY.commands), TOOLBOX.all(), dict(FAMILIES)
    names = [_placed(path, tmp_path / "example", monkeypatch) for path in paths]
    formats.cache_clear()
    yield import_module(names[0])
    for tool in set(TOOLBOX.all()) - set(tools):
        TOOLBOX.remove(tool)
    for registry, before in ((REGISTRY.commands, commands), (FAMILIES, families)):
        registry.clear()
        registry.update(before)
    KEYMAP.use(KEYMAP.overrides)  # it looks at the commands again
    for name in names:
        sys.modules.pop(name, None)
        package, _, last = name.rpartition(".")
        vars(sys.modules[package]).pop(last, None)
    formats.cache_clear()


def _placed(path: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the module that an example is from now on, beside those of its package."""
    file = folder / path
    file.parent.mkdir(parents=True)
    file.write_text(EXAMPLES[path], encoding="utf-8")
    *parents, name = Path(path).with_suffix("").parts
    package = import_module(".".join(parents))
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])
    return f"{package.__name__}.{name}"


def test_every_example_is_used():
    assert set(USED) == set(EXAMPLES)


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_is_new_and_as_well_kept_as_the_house(path):
    assert not (ROOT / path).exists()
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--stdin-filename", path, "-"]
        done = subprocess.run(command, cwd=ROOT, input=EXAMPLES[path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_is_there(document):
    """But for those that are to be added: NAME.py, and the examples themselves."""
    named = set(SOURCE.findall(document.read_text(encoding="utf-8"))) - set(EXAMPLES)
    assert sorted(path for path in named if not path.endswith("/NAME.py") and not (ROOT / path).exists()) == []


def test_names_of_files_are_looked_for_where_they_stand():
    assert SOURCE.findall("`app/a/b.py`, [c](tests/c_1.py), app/a/NAME.py.") == [
        "app/a/b.py",
        "tests/c_1.py",
        "app/a/NAME.py",
    ]
    assert {document.name for document in DOCUMENTS} >= {
        "README.md",
        "CONTRIBUTING.md",
        "words.md",
        "016-the-next-house.md",
    }


@using("app/labeling/tools/stamp.py")
def test_the_tool_is_found_and_its_disc_becomes_an_object(module, acting, desk):  # noqa: F811
    tool = next(tool for tool in discovered().all() if tool.id == "stamp")
    assert tool is module.TOOL
    TOOLBOX.add(tool)
    REGISTRY.run("tool.stamp", acting)
    assert KEYMAP.for_key("F9", acting) is REGISTRY.commands["tool.stamp"]
    assert acting.hand.tool is tool
    tool.radius.set(5)
    acting.hand.hover(PointerEvent(9, 9, "none"))
    assert acting.hand.overlay == (DiscShape(9, 9, 5),)
    acting.hand.press(PointerEvent(10, 10))
    acting.hand.move(PointerEvent(30, 20, "none"))
    assert acting.hand.overlay == (DiscShape(30, 20, 5),)
    assert not desk.session.editor.draft.is_live
    acting.hand.release(PointerEvent(30, 20, "none", down=False))
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.mask.bbox == (25, 15, 10, 10)
    assert saved.mask.area == pytest.approx(np.pi * 25, rel=0.05)
    assert saved.provenance["by"] == "stamp"


@using("app/sam/families/same_color.py", "app/sam/encoders/same_color.py")
def test_the_family_is_recognised_encodes_and_decodes(module, tmp_path):
    import torch  # most tests do without

    from app.sam.load import load_predictor
    from app.sam.postprocess import region
    from app.sam.runtime import EXACT

    register(module.FAMILY)
    checkpoint = tmp_path / "mine.pth"
    torch.save(module.FAMILY.build().state_dict(), checkpoint)
    model = load_predictor(str(checkpoint), runtime=EXACT)
    assert model.model_key.startswith("same_color-")
    pixels = np.zeros((64, 128, 3), np.uint8)
    pixels[16:48, 32:80] = (255, 0, 0)
    embedding = model.encode(pixels)
    for prompt in (Prompt().with_point(50, 30), Prompt().with_box(32, 16, 80, 48)):
        for candidate in model.decode(embedding, prompt):
            found = region(candidate)
            assert (found.x, found.y) == pytest.approx((32, 16), abs=2)
            assert found.pixels.sum() == pytest.approx(32 * 48, rel=0.15)  # its cells are 2 pixels wide
    [clicked, other] = model.decode_clicks(embedding, np.array([[50.0, 30.0], [5.0, 5.0]]))
    assert region(clicked[0]).pixels.sum() < region(other[0]).pixels.sum()


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
    drained(each.export_file(one, tmp_path / "out"))
    assert format_of(tmp_path / "out") is each
    report = drained(each.import_file(other, tmp_path / "out"))
    assert (report.annotations, report.problems) == (1, [])
    assert [found.mask.to_array().tolist() for found in other.annotation_table.all()] == [pixels.tolist()]
    for stem, damage in (("cat", '{"boxes": [{"class": "cat", "box": [1, 2, 3]}]}'), ("100% sure #1", "{")):
        (tmp_path / "out" / f"{stem}.json").write_text(damage)
    report = drained(each.import_file(make_project(folder="third"), tmp_path / "out"))
    assert (report.annotations, len(report.problems)) == (0, 2)


@using("app/ui/panels/area.py")
def test_the_panel_is_docked_found_by_its_key_and_hears_the_session(module, hand):  # noqa: F811
    workspace = hand.window.workspace
    dock, label = workspace.findChild(QDockWidget, "area"), workspace.panels["area"]
    assert type(label) is module.AreaLabel
    assert dock.isVisible()
    hand.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert not dock.isVisible()
    with hand.session.project.step("Fill") as step:
        mask = Mask.from_region(Region(3, 4, np.ones((5, 6), bool), hand.session.place.image_size))
        added = step.add(Annotation(0, hand.session.image_id, None, mask))
    hand.session.objects.select(added.id)
    assert label.text() == "30 pixels"
    hand.session.objects.select(None)
    assert label.text() == "0 pixels"


@using("app/engine/area.py")
def test_the_request_is_answered_by_the_engine(module, make_engine, predictor, inbox, images):  # noqa: F811
    handlers = {**HANDLERS, module.AreaUnder: module.area_under}
    engine = make_engine(lambda name, on_progress: predictor, handlers=handlers)
    engine.submit(LoadModel("stepwise"))
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    request = module.AreaUnder(images[0], 30, 20)
    engine.submit(request)
    [found] = inbox.wait(module.AreaFound)
    assert found.request == request
    assert 0 < found.area < 64 * 48


@using("app/labeling/actions/select_largest.py")
def test_the_command_is_found_by_its_key_and_does_what_it_says(module, acting, desk):  # noqa: F811
    command = KEYMAP.for_key("Ctrl+Alt+L", acting)
    assert command is None  # there are no objects yet
    with pytest.raises(Problem):
        REGISTRY.run("object.select_largest", acting)
    first = desk.accept_one()
    with desk.project.step("Fill") as step:
        whole = Mask.from_array(np.ones((48, 64), bool))
        second = step.add(Annotation(0, desk.session.image_id, None, whole)).id
    command = KEYMAP.for_key("Ctrl+Alt+L", acting)
    assert command is REGISTRY.commands["object.select_largest"]
    assert command.run is module.select_largest
    assert command in REGISTRY.menu("Edit")
    acting.session.objects.select(first)
    REGISTRY.run("object.select_largest", acting)
    assert acting.session.objects.selection == (second,)
