"""Presets and the person's own keymap.toml."""

from __future__ import annotations

import tomllib
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.labeling.commands import REGISTRY
from app.labeling.keymap import KEYMAP, Keymap
from app.paths import config_dir, resource
from app.ui import actions as _registered  # noqa: F401  the commands
from app.ui.keymap import portable_key
from app.ui.keymap_files import own_file, presets, use_keymap
from tests.ui.conftest import ANSWER_MS

PRESETS = [file.stem for file in resource("keymaps").glob("*.toml")]


@pytest.fixture(autouse=True)
def keymap_is_put_back():
    yield
    KEYMAP.use({})


@pytest.fixture
def own(home):
    def write(text):
        config_dir().mkdir(parents=True, exist_ok=True)
        own_file().write_bytes(text if isinstance(text, bytes) else text.encode())
        return use_keymap("maskwright")

    return write


def defaults():
    return {id: command.keys for id, command in REGISTRY.commands.items()}


def in_force():
    return {id: KEYMAP.keys_of(id) for id in REGISTRY.commands}


def test_the_presets_are_there_and_the_own_one_changes_nothing():
    assert presets() == {"maskwright": "Maskwright", "labelme": "labelme"}
    assert use_keymap("maskwright") == ""
    assert in_force() == defaults()


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_names_commands_and_keys_that_exist_and_no_key_twice(preset):
    assert use_keymap(preset) == ""
    assert not Keymap(REGISTRY, KEYMAP.overrides).conflicts
    content = tomllib.loads((resource("keymaps") / f"{preset}.toml").read_text(encoding="utf-8"))
    written = [f"{group}.{name}" for group, entries in content["keys"].items() for name in entries]
    assert set(written) == set(KEYMAP.overrides)


def test_labelme_users_find_their_keys():
    use_keymap("labelme")
    wanted = {"Ctrl+U": "file.open_folder", "D": "image.next", "Ctrl+N": "tool.polygon", "Ctrl+F": "view.fit"}
    for key, id in wanted.items():
        assert key in KEYMAP.keys_of(id)
    assert KEYMAP.keys_of("mask.discard") == ("Esc",)


def test_a_preset_that_does_not_exist_is_the_default():
    assert use_keymap("elsewhere") == ""
    assert in_force() == defaults()


def test_own_keys_come_on_top_of_a_preset(own):
    assert own('[keys]\nimage.next = "y"\n"view.fit" = ["ctrl+shift+backtab", "Ctrl+0"]\n') == ""
    assert use_keymap("labelme") == ""
    assert KEYMAP.keys_of("image.next") == ("Y",)
    assert KEYMAP.keys_of("view.fit") == ("Ctrl+Shift+Tab", "Ctrl+0")
    assert KEYMAP.keys_of("image.previous") == ("A", "Ctrl+Shift+A")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"\xff\xfe\0", "keymap.toml: It is damaged, so it is not used."),
        ("image.next =", "keymap.toml: It is damaged, so it is not used."),
        ("a = " + "[" * 5000, "keymap.toml: It is damaged, so it is not used."),
        ("keys = 3", "keymap.toml: The entry keys is no table, so it is not used."),
        (b"#" * (1 << 20) + b"##", "keymap.toml: It is far too large, so it is not used."),
        ('[keys]\nimage.fly = "X"', "keymap.toml: There is no command image.fly."),
        ("[keys]\nimage.next = 3", "keymap.toml: What is written for image.next is no key."),
        ('[keys]\nimage.next = "F99"', "keymap.toml: What is written for image.next is no key."),
        ('[keys]\nimage.next = ["Ctrl"]', "keymap.toml: What is written for image.next is no key."),
        ('[keys]\na.a = "A"\na.b = "B"\na.c = "C"\na.d = "D"', " And 1 more."),
        ("", ""),
        ('title = "mine"', ""),
    ],
)
def test_a_damaged_or_strange_file_is_one_sentence_and_the_defaults_apply(own, text, told):
    said = own(text)
    assert said.endswith(told) if told else not said
    assert in_force() == defaults()


def test_a_folder_in_its_place_is_a_sentence(home):
    own_file().mkdir(parents=True)
    assert use_keymap("maskwright").startswith("keymap.toml: It cannot be read, so it is not used: ")


def test_a_key_that_was_taken_from_a_command_is_told_by_name(own):
    told = own('[keys]\nimage.next = "Z"')
    assert told == "keymap.toml: The key Z means “Next image” now, and no longer “Zoom to the object”."
    assert KEYMAP.keys_of("view.zoom_to_object") == ()


@pytest.mark.parametrize(
    ("written", "portable"),
    [("ctrl+z", "Ctrl+Z"), ("delete", "Del"), (",", ","), ("A, B", None), ("foo", None), ("Shift", None), ("", None)],
)
def test_keys_are_read_as_people_write_them(written, portable):
    assert portable_key(written) == portable


def test_the_window_takes_own_keys_and_tells_what_is_strange(home, request, qtbot, monkeypatch):
    config_dir().mkdir(parents=True)
    own_file().write_text('[keys]\nhelp.keys = "F9"\nhelp.about = "F1x"\n')
    window = request.getfixturevalue("window")
    qtbot.waitUntil(lambda: "help.about is no key" in window.toast.text(), timeout=5000)
    window.menus.refresh()
    shown = {action.objectName(): action.text() for action, _ in window.menus._actions}
    assert shown["help.keys"] == "Keys\tF9"
    heard = []
    dialog = SimpleNamespace(exec=lambda: heard.append("keys"), deleteLater=lambda: None)
    monkeypatch.setattr("app.ui.actions.KeysDialog", lambda *_arguments: dialog)
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert heard == []
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert heard == ["keys"]


def test_a_panel_has_the_key_that_the_keymap_gives_it_and_the_menu_shows_it(home, request, photos, qtbot):
    config_dir().mkdir(parents=True)
    own_file().write_text('[keys]\npanel.classes = "F9"\npanel.objects = "d"\n')
    window = request.getfixturevalue("window")
    told = "keymap.toml: The key D means “Objects on this image” now, and no longer “Next image”."
    qtbot.waitUntil(lambda: window.toast.text() == told, timeout=5000)
    window.open_path(photos)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert {"Classes\tF9", "Images"} <= {action.text() for action in window._view_menu.actions()}
    classes = window.workspace.panels["classes"]
    for seen in (False, True):
        QTest.keyClick(window.workspace.canvas, Qt.Key.Key_F9)
        assert classes.isVisible() == seen
    own_file().write_text('[keys]\npanel.images = "F9"\n')
    use_keymap("maskwright")
    window._view_menu.aboutToShow.emit()
    assert {"Classes", "Images\tF9"} <= {action.text() for action in window._view_menu.actions()}
