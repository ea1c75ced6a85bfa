"""`maskwright keys`, and what the terminal takes from the settings of the window."""

from pathlib import Path

import pytest

from app.labeling.commands import REGISTRY
from app.labeling.keymap import KEYMAP
from app.paths import config_dir


@pytest.fixture(autouse=True)
def keymap_is_put_back():
    """Or the next test of this process would find its keys taken."""
    yield
    KEYMAP.use({})


def own_keymap(text):
    config_dir().mkdir(parents=True)
    (config_dir() / "keymap.toml").write_text(text)


def test_every_command_is_told_with_its_keys_menu_and_condition(call):
    told = call("keys", "--json")
    commands = {row["id"]: row for row in told.json["commands"]}
    assert commands.keys() == REGISTRY.commands.keys()
    assert commands["mask.accept"] == {
        "id": "mask.accept",
        "text": "Accept the mask",
        "keys": ["Return", "Enter", "Space"],
        "menu": "Edit",
        "when": "has_draft_or_crosshair",
        "arguments": [],
    }
    assert commands["class.3"]["when"] == "has_class_3"
    assert commands["file.export"]["when"] == "has_project"
    assert commands["view.pan_left"]["arguments"] == ["share (a number)"]
    assert told.err == ""
    assert {row["menu"] for id, row in commands.items() if id.startswith(("crosshair.", "class.", "view.pan_"))} == {
        None
    }
    assert (commands["panel.images"]["menu"], commands["panel.images"]["keys"]) == ("View", [])
    lines = call("keys").out.splitlines()
    assert len(lines) == len(commands) + 1
    assert lines[0].split() == ["id", "text", "keys", "menu", "condition"]


def test_the_keys_are_those_in_force_and_what_is_strange_is_told_beside(call):
    own_keymap('[keys]\nimage.next = "y"\nimage.fly = "X"\n')
    told = call("keys", "--json")
    assert next(row["keys"] for row in told.json["commands"] if row["id"] == "image.next") == ["Y"]
    assert told.err == "keymap.toml: There is no command image.fly.\n"


def test_a_panel_is_given_a_key_as_any_command_is(call):
    own_keymap('[keys]\npanel.images = "F9"\npanel.maps = "F10"\n')
    told = call("keys", "--json")
    assert next(row["keys"] for row in told.json["commands"] if row["id"] == "panel.images") == ["F9"]
    assert told.err == "keymap.toml: There is no command panel.maps.\n"


def test_the_terminal_finds_models_where_the_window_keeps_them(run, tmp_path):
    config_dir().mkdir(parents=True)
    folder = tmp_path / "my models"
    (config_dir() / "maskwright.ini").write_text(f"[General]\nmodels_dir={folder}\n")
    told = run("doctor", "--json")
    found = {check["name"]: check["found"] for check in told.json["checks"]}
    assert Path(found["folder of models"]) == folder


def test_to_list_keys_leaves_the_folder_of_the_settings_alone(call):
    config_dir().mkdir(parents=True)
    (config_dir() / "maskwright.ini").write_bytes(b"\0\1 no settings")
    call("keys")
    assert [file.name for file in config_dir().iterdir()] == ["maskwright.ini"]
