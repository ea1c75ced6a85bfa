"""Whatever somebody did to the files of the program: it starts, says at most a sentence, opens a folder, ends; and what
it cannot read it does not destroy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from app.paths import cache_dir, compiled_dir, config_dir, data_dir, embeddings_dir, models_dir
from app.project.safety.backup import backups_folder
from app.ui.settings import Settings
from app.ui.start import assembled
from tests.ui.conftest import ANSWER_MS

GARBAGE = bytes(range(256)) * 8
PLACES = {
    "settings": lambda _: config_dir() / "maskwright.ini",
    "settings folder": lambda _: config_dir(),
    "data folder": lambda _: data_dir(),
    "models folder": lambda _: models_dir(),
    "a model": lambda _: models_dir() / "mine.safetensors",
    "cache folder": lambda _: cache_dir(),
    "checksums": lambda _: cache_dir() / "checksums.json",
    "embeddings": lambda _: embeddings_dir(),
    "an embedding": lambda _: next(
        iter(sorted(embeddings_dir().glob("*.embedding"))), embeddings_dir() / "a.embedding"
    ),
    "openvino": lambda _: compiled_dir(),
    "lock": lambda project: project.with_name(f"{project.name}.lock"),
    "log of the project": lambda project: project.with_name(f"{project.name}-wal"),
    "index of the log": lambda project: project.with_name(f"{project.name}-shm"),
    "backups": backups_folder,
    "a backup": lambda project: backups_folder(project) / "photos 2026-01-01 10.00.00 UTC.maskwright",
}
WAYS = ("missing", "empty", "cut off", "garbage", "no text", "a folder", "a link to nowhere", "unreadable", "read-only")


def break_by_hand(path: Path, way: str) -> None:
    """A folder becomes a file where that is what is wrong."""
    before = path.read_bytes() if path.is_file() else b""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir() and way not in ("unreadable", "read-only"):
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    match way:
        case "missing":
            return
        case "empty":
            path.write_bytes(b"")
        case "cut off":
            path.write_bytes(before[: len(before) * 2 // 3])
        case "garbage":
            path.write_bytes(GARBAGE)
        case "no text":
            path.write_bytes(b'[["\xff\xfe", 1, 2, "a"]]')
        case "a folder":
            (path / "mine").mkdir(parents=True)
            (path / "mine" / "kept.txt").write_text("mine")
        case "a link to nowhere":
            path.symlink_to(path.parent / "nowhere" / "at all")
        case _:
            if not path.is_dir():
                path.write_bytes(before)
            path.chmod(0 if way == "unreadable" else 0o500 if path.is_dir() else 0o400)


def used(photos: Path, qtbot) -> Path:
    """The program was used: everything is there. The project."""
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        window.show()
        window.open_path(photos)
        qtbot.waitUntil(lambda: window.workspace.session.place.is_encoded, timeout=ANSWER_MS)
        window.preferences.choose_scheme("dark")
        window.close()
        return window.settings.recent()[0]


QUICK = ("settings",)
"""Nine starts of the window take ten seconds: the other places are slow tests."""


@pytest.mark.parametrize("place", [p if p in QUICK else pytest.param(p, marks=pytest.mark.slow) for p in PLACES])
def test_the_program_starts_whatever_is_broken(place, photos, dressed, qtbot, caplog):
    project = used(photos, qtbot)
    for way in WAYS:
        path = PLACES[place](project)
        break_by_hand(path, way)
        mode = path.lstat().st_mode if os.path.lexists(path) else 0
        try:
            with assembled(Settings()) as window:
                qtbot.addWidget(window)
                window.show()
                window.open_path(photos)
                said = window.toast._label.text()
                assert len(said) < 300
                if window.workspace is None:  # SQLite takes neither for its log
                    assert (way in ("a folder", "a link to nowhere"), "log" in place) == (True, True), said
                    assert said.startswith(project.name)
                else:
                    qtbot.waitUntil(lambda w=window: w.workspace.session.place.is_encoded, timeout=ANSWER_MS)
                window.close()
        finally:
            if mode and path.exists():
                path.chmod(0o700 if path.is_dir() else 0o600)
        if way == "a folder":
            assert (path / "mine" / "kept.txt").read_text() == "mine"
            shutil.rmtree(path)


def test_settings_that_cannot_be_read_are_kept_aside(dressed, qtbot):
    file = config_dir() / "maskwright.ini"
    file.parent.mkdir(parents=True)
    file.write_bytes(GARBAGE)
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: "maskwright.ini was damaged" in window.toast._label.text())
        window.preferences.choose_scheme("dark")
        window.close()
    assert GARBAGE in [other.read_bytes() for other in file.parent.iterdir() if other != file]
    assert Settings().scheme == "dark"


VALUES = [
    "@Variant(\\0\\0\\0\\x7f\\0\\0\\0\\xff)", "@ByteArray(\\xff\\xff\\0)", "@Invalid()", "@Rect(1 2)", "", "1e999",
    "-1", "\\x0", "@Point(9 9)", "a, b, c", '"', "%", "x" * 100_000,
]  # fmt: skip
NAMES = ["scheme", "model", "runtime", "preview", "closeups", "embeddings_gb", "recent"]


@pytest.mark.qt_log_ignore("QVariant::load")
@pytest.mark.parametrize("value", [VALUES[0], *(pytest.param(value, marks=pytest.mark.slow) for value in VALUES[1:])])
def test_each_setting_may_say_anything(value, photos, dressed, qtbot):
    file = config_dir() / "maskwright.ini"
    file.parent.mkdir(parents=True)
    for value in VALUES:
        lines = [f"{name}={value}" for name in NAMES]
        file.write_text("\n".join(["[General]", *lines, "[layout]", f"window={value}", f"splitter={value}", ""]))
        with assembled(Settings()) as window:
            qtbot.addWidget(window)
            window.show()
            window.open_path(photos)
            assert window.workspace is not None
            assert window.settings.embedding_bytes > 0
            window.close()


@pytest.mark.parametrize("place", ["config", "data", "cache"])
def test_the_sample_is_opened_or_one_sentence_says_why_not(place, home, dressed, qtbot):
    """A file in place of each folder of the user."""
    home.mkdir()
    (home / place).write_text("mine")
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        window.show()
        window.projects.open_sample()
        assert (window.workspace is None) == (place == "data")
        if place == "data":
            assert "cannot be made" in window.toast._label.text()
        if place == "config":
            qtbot.waitUntil(lambda: "The settings are not kept" in window.toast._label.text())
        window.close()
    assert (home / place).read_text() == "mine"
