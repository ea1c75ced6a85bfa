"""Plugins: one that is installed is there in the real terminal; a broken one costs a sentence and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import torch
import typer
from safetensors.torch import save_file
from typer.testing import CliRunner

from app import plugins
from app.cli import program as terminal
from app.formats import registry
from app.formats.kit.format import Format
from app.problem import Problem
from app.sam.family import Family

EXAMPLE = Path(__file__).with_name("plugin_example")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the example, as pip lays it there."""
    source, folder = tmp_path_factory.mktemp("source") / "example", tmp_path_factory.mktemp("installed")
    shutil.copytree(EXAMPLE, source)  # to build it leaves files beside it
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
        "--no-build-isolation", "--no-warn-script-location", "--target", folder, source,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def broken(folder: Path, name: str, code: str, group: str = plugins.FORMATS) -> None:
    """A package that offers `thing`, made of that code."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}:thing\n", encoding="utf-8")


@pytest.fixture
def run(home):
    """The real program, with these folders on the path."""

    def run(*arguments, folders):
        path = os.pathsep.join([*map(str, folders), os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[1])])
        return subprocess.run(
            [sys.executable, "-m", "app", *map(str, arguments)], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": path}, timeout=120, encoding="utf-8",
        )  # fmt: skip

    return run


def test_an_installed_format_and_command_are_there(run, installed, photos, tmp_path):
    def must(*arguments):
        done = run(*arguments, folders=[installed])
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    assert "boxes-csv" in [each["name"] for each in json.loads(must("formats", "--json"))["formats"]]
    assert "| boxes-csv | a file, `.csv` | outlines: a box is all it says |" in must("formats")
    project, file = tmp_path / "p.maskwright", tmp_path / "in.csv"
    must("new", project, photos)
    image = next(path.name for path in photos.iterdir() if path.suffix == ".png")
    file.write_text(f"image,class,x,y,width,height\n{image},cat,2,3,10,20\n", encoding="utf-8")
    assert must("import", project, file, "--format", "boxes-csv").startswith("Imported 1 object, 1 class, 1 image.")
    must("export", project, tmp_path / "out.csv", "--format", "boxes-csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    assert must("count", project) == "1 objects.\n"
    assert must("diff", project, tmp_path / "out.csv").startswith(
        "Objects: 1 the same, 0 changed"
    )  # known by its content


def test_broken_plugins_are_a_sentence_each_and_all_else_works(run, installed, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    broken(folder, "missing", "import no_such_module_at_all")
    broken(folder, "ending", "raise SystemExit(3)", plugins.COMMANDS)
    done = run("formats", "--json", folders=[installed, folder])
    assert done.returncode == 0
    names = [each["name"] for each in json.loads(done.stdout)["formats"]]
    assert {"coco", "boxes-csv"} <= set(names)
    assert done.stderr.splitlines() == [
        "The plugin ending of ending 2.0 is left out, since it cannot be loaded: SystemExit: 3.",
        "The plugin missing of missing 2.0 is left out, since it cannot be loaded: ModuleNotFoundError: "
        "No module named 'no_such_module_at_all'.",
    ]
    assert run("count", "--help", folders=[installed, folder]).returncode == 0


STAMP = """
from app.labeling.tools.base import Tool
class Stamp(Tool):
    id, text, keys = "stamp", "Stamp", ("F7",)
    def press(self, c, e):
        yield ()
thing = Stamp()
"""
FAMILY = """
from app.sam.family import Family
thing = Family("my_sam", "My own SAM", None, prefix="my_own.")
"""


def test_a_tool_and_a_family_of_plugins_are_there_and_broken_ones_are_a_sentence(run, tmp_path):
    folder = tmp_path / "more"
    folder.mkdir()
    broken(folder, "stamps", STAMP, plugins.TOOLS)
    broken(folder, "key_of_a_command", STAMP.replace('"stamp"', '"eager"').replace("F7", "D"), plugins.TOOLS)
    broken(folder, "name_of_a_command", STAMP.replace('"stamp"', '"larger"').replace("F7", "F12"), plugins.TOOLS)
    broken(folder, "no_tool", "thing = 3", plugins.TOOLS)
    broken(folder, "families", FAMILY, plugins.FAMILIES)
    broken(folder, "no_family", "thing = 3", plugins.FAMILIES)
    done = run("keys", "--json", folders=[folder])
    keys = {each["id"]: each["keys"] for each in json.loads(done.stdout)["commands"]}
    assert (keys["tool.stamp"], keys["tool.smart"]) == (["F7"], ["Q"])
    assert "tool.eager" not in keys
    assert "The tool eager of a plugin is left out: tool.eager: D is taken by" in done.stderr
    assert "The tool larger of a plugin is left out: Two commands are called tool.larger." in done.stderr
    assert keys["tool.larger"] == ["]"]
    assert "D" in [key for own in keys.values() for key in own]
    assert "The plugin no_tool of no_tool 2.0 is left out: no_tool is no tool: it has no id." in done.stderr
    file = tmp_path / "mine.safetensors"
    save_file({"my_own.weight": torch.zeros(2)}, file)
    done = run("models", "import", file, folders=[folder])
    assert "is My own SAM, which this version cannot run" in done.stderr
    assert "The plugin no_family of no_family 2.0 is left out: no_family is no Family of app.sam.family." in done.stderr


# --- in this process -------------------------------------------------------------------------------------------------


@pytest.fixture
def offered(monkeypatch, tmp_path):
    """What installed packages offer: an entry point for each name, which leads to that object or raises it."""
    plugins.forget_problems()
    objects = {}

    def load(entry):
        found = objects[entry.name]
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(EntryPoint, "load", load)
    entries = lambda group: [EntryPoint(name, f"module:{name}", group) for name in objects]  # noqa: E731
    monkeypatch.setattr("importlib.metadata.entry_points", entries)
    yield objects
    plugins.forget_problems()


def test_whatever_a_plugin_raises_costs_that_plugin_alone(offered):
    class Panic(BaseException):
        """As an extension written in another language throws it."""

    offered.update(d=1, a=ValueError("two\nlines \x1b[31m"), c=SystemExit(), b=Panic("!" * 10_000), e=Problem("No."))
    assert plugins.load(plugins.TOOLS) == plugins.load(plugins.TOOLS) == [1]
    told = plugins.problems()
    assert len(told) == 4
    assert told[0] == "The plugin a is left out, since it cannot be loaded: ValueError: two lines \ufffd[31m."
    assert told[3] == "The plugin e is left out: No."
    assert all(len(sentence) < 500 for sentence in told)
    offered["f"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        plugins.load(plugins.TOOLS)


def test_a_damaged_list_of_plugins_is_a_sentence(monkeypatch):
    def fail(group):
        raise ValueError("no list")

    plugins.forget_problems()
    monkeypatch.setattr("importlib.metadata.entry_points", fail)
    assert plugins.load(plugins.FAMILIES) == []
    assert plugins.problems() == ["The plugins cannot be looked for: ValueError: no list."]
    plugins.forget_problems()


@pytest.fixture
def fresh_formats():
    registry.formats.cache_clear()
    yield
    registry.formats.cache_clear()


def failing(_path):
    raise RuntimeError("no glance")


def test_what_is_no_format_or_is_named_like_another_is_left_out(offered, fresh_formats, tmp_path):
    coco = registry.format_named("coco")
    registry.formats.cache_clear()
    mine = Format("mine", "Mine", coco.reader, coco.writer, failing, coco.holds)
    silent = Format("silent", "Silent", coco.reader, coco.writer, lambda _path: None, coco.holds)
    twin = Format("coco", "Twin", coco.reader, coco.writer, coco.seems, coco.holds)
    offered.update(a="text", b=twin, c=mine, d=silent)
    names = [each.name for each in registry.formats()]
    assert names == sorted(names)
    assert (names.count("coco"), names.count("mine")) == (1, 1)
    assert registry.format_named("coco") is coco
    file = tmp_path / "a.json"
    file.write_text('{"images": [], "annotations": []}', encoding="utf-8")
    assert registry.format_of(file) is coco
    assert plugins.problems() == [
        "The plugin a is left out: it is no record of a format.",
        "A plugin brings a format coco, which there is already; it is left out.",
        "The format mine failed to look at a.json: RuntimeError.",
        "The format silent failed to look at a.json: TypeError.",
    ]


def test_a_family_that_names_no_key_is_taken_for_nothing():
    assert not Family("all", "All", None).fits({"any.weight": torch.zeros(1)})


def test_commands_of_plugins_join_those_of_the_program(offered):
    group = typer.Typer()

    @group.command()
    def inner() -> None:
        print("inner")

    @group.command()
    def other() -> None:
        print("other")

    def impossible(value: NoSuchType) -> None:  # noqa: F821
        """Typer cannot tell what it takes."""

    offered.update(
        hello=lambda: print("hello"), more=group, info=lambda: None, number=3, strange=impossible
    )  # fmt: skip
    program = typer.Typer()
    program.command("info")(lambda: print("ours"))
    terminal.add_plugins(program)
    for arguments, out in ((["hello"], "hello\n"), (["more", "inner"], "inner\n"), (["info"], "ours\n")):
        done = CliRunner().invoke(program, arguments)
        assert (done.exit_code, done.stdout) == (0, out)
    told = plugins.problems()
    assert told[:2] == [
        "The plugin info is left out: there is a command info already.",
        "The plugin number is left out: it is neither a function nor a typer.Typer.",
    ]
    assert told[2].startswith("The plugin strange is left out, since it cannot be loaded: NameError: name 'NoSuchType'")
    assert len(told) == 3
