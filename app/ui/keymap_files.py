"""Keymaps as files: the presets that come with the program, and the person's own keymap.toml.

A file that is damaged changes nothing, and an entry that is strange leaves its command with the keys it had; either is
told in one sentence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.labeling.keymap import KEYMAP
from app.paths import config_dir, resource
from app.problem import Problem
from app.text import say
from app.ui.keymap import portable_key

DEFAULT_PRESET = "maskwright"
_MAX_BYTES = 1 << 20
_TOLD = 3
"""So many strange things of a file are named."""
Keys = dict[str, tuple[str, ...]]


def own_file() -> Path:
    """The person's own keymap, whether it is there or not."""
    return config_dir() / "keymap.toml"


def presets() -> dict[str, str]:
    """The titles of the keymaps that come with the program, by name; that of the program itself comes first."""
    files = sorted(resource("keymaps").glob("*.toml"), key=lambda file: (file.stem != DEFAULT_PRESET, file.stem))
    return {file.stem: str(_content(file).get("title", file.stem)) for file in files}


def use_keymap(preset: str) -> str:
    """Puts a preset and the person's own file in force; returns what the person should know of it, or ""."""
    keys, _ = _read(resource("keymaps") / f"{preset if preset in presets() else DEFAULT_PRESET}.toml")
    strange: list[str] = []
    try:
        own, strange = _read(own_file()) if own_file().exists() else ({}, [])
    except Problem as problem:
        own, strange = {}, [str(problem)]
    # what the person chose comes first, so that it wins
    KEYMAP.use(own | {id: chosen for id, chosen in keys.items() if id not in own})
    strange += [conflict.sentence for conflict in KEYMAP.conflicts if conflict.winner.id in own]
    if not strange:
        return ""
    more = say(" And {strange} more.", strange=len(strange) - _TOLD) if len(strange) > _TOLD else ""
    return f"{own_file().name}: {' '.join(strange[:_TOLD])}{more}"


def _read(file: Path) -> tuple[Keys, list[str]]:
    """The keys of a file, and a sentence for each entry that is strange. Problem when the file is damaged."""
    entries = _content(file).get("keys", {})
    if not isinstance(entries, dict):
        raise Problem(say("The entry keys is no table, so it is not used."))
    keys: Keys = {}
    strange: list[str] = []
    for id, value in _flat(entries).items():
        chosen = _portable(value)
        if id not in KEYMAP.registry.commands:
            strange.append(say("There is no command {id}.", id=id))
        elif chosen is None:
            strange.append(say("What is written for {id} is no key.", id=id))
        else:
            keys[id] = chosen
    return keys, strange


def _content(file: Path) -> dict[str, Any]:
    """Problem when it cannot be read, or is no TOML."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise Problem(say("It is far too large, so it is not used."))
        return tomllib.loads(data.decode())
    except OSError as error:
        raise Problem(say("It cannot be read, so it is not used: {reason}.", reason=error.strerror)) from error
    except (ValueError, RecursionError) as error:  # TOML, UTF-8
        raise Problem(say("It is damaged, so it is not used.")) from error


def _flat(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Each value by its id: TOML makes tables of the dots in one, unless it is quoted."""
    flat: dict[str, Any] = {}
    for name, value in entries.items():
        inner = _flat(value) if isinstance(value, dict) else None
        flat |= {name: value} if inner is None else {f"{name}.{rest}": each for rest, each in inner.items()}
    return flat


def _portable(value: Any) -> tuple[str, ...] | None:
    """A key or a list of keys in Qt's portable text. None when one of them is no key."""
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(key, str) for key in written):
        return None
    keys = [portable_key(key) for key in written]
    return None if None in keys else tuple(key for key in keys if key)
