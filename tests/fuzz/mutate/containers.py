"""What holds other things, changed inside: JSON, safetensors, zip archives (checkpoints of torch), SQLite."""

from __future__ import annotations

import base64
import binascii
import copy
import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from tests.fuzz.mutate.pictures import changed_png
from tests.fuzz.mutate.plain import NUMBERS, WORDS, Dice, changed_bytes, changed_text

_MOST_PLACES = 3000


def changed_json(data: bytes, dice: Dice) -> bytes:
    """Keys and values; what is no JSON as text."""
    try:
        value = json.loads(data)
        for _ in range(dice.choice((1, 1, 3))):
            value = _changed(value, dice)
        text = json.dumps(value)
    except (ValueError, RecursionError):
        return changed_text(data, dice)
    return text.encode("utf-8", "surrogatepass" if dice.random() < 0.02 else "replace")


def _changed(value: Any, dice: Dice) -> Any:
    """A tree with one node of it changed; each has the same chance."""
    places = list(islice(_places(value), _MOST_PLACES))
    if not places or dice.random() < 0.02:
        return _replaced(value, dice)
    holder, key = dice.choice(places)
    match dice.randrange(10):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice((*holder, *WORDS))] = holder.pop(key)
        case 1 | 2 if isinstance(holder, list):
            holder += [holder[key]] * dice.choice((1, 1, 2, 300))
        case 3:
            other, name = dice.choice(places)
            holder[key] = copy.deepcopy(other[name])
        case _:
            holder[key] = _replaced(holder[key], dice)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each node with what holds it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _replaced(value: Any, dice: Dice) -> Any:
    if isinstance(value, str) and dice.random() < 0.8:
        return _string(value, dice) if value and dice.random() < 0.6 else dice.choice(WORDS)
    if isinstance(value, (int, float)) and dice.random() < 0.8:
        return dice.choice((*NUMBERS, value + 1, value - 1, -value, float("nan"), float("inf")))
    simple: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": {}}, [[[0, 0]]], dice.choice(NUMBERS))
    return dice.choice((*simple, dice.choice(WORDS), _deep(dice)))


def _deep(dice: Dice) -> Any:
    nested: Any = 1
    for _ in range(dice.choice((3, 60, 700))):
        nested = [nested] if dice.random() < 0.5 else {"a": nested}
    return nested


def _string(value: str, dice: Dice) -> str:
    if value.startswith("iVBOR"):  # labelme's PNG files
        try:
            return base64.b64encode(changed_png(base64.b64decode(value), dice)).decode()
        except (binascii.Error, ValueError):
            return value
    at = dice.randrange(len(value))
    return value[:at] + dice.choice((chr(dice.randrange(33, 112)), dice.choice(WORDS), "")) + value[at + 1 :]


def changed_safetensors(data: bytes, dice: Dice) -> bytes:
    """Its list of tensors."""
    length = int.from_bytes(data[:8], "little")
    head = changed_json(data[8 : 8 + length], dice)
    said = len(head) if dice.random() < 0.9 else int(dice.choice(NUMBERS)) % 2**64
    return said.to_bytes(8, "little") + head + data[8 + length :]


def changed_zip(data: bytes, dice: Dice) -> bytes:
    """A member changed, and the archive made anew around it."""
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
            names = old.namelist()
            picked = dice.choice(names)
            for name in names:
                content = old.read(name)
                new.writestr(name, changed_bytes(content, dice) if name == picked else content)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, IndexError, RuntimeError, EOFError):
        return changed_bytes(data, dice)
    return made.getvalue()


def changed_sqlite(data: bytes, dice: Dice) -> bytes:
    """A value of a row, as SQLite itself would write it."""
    if dice.random() < 0.5:
        return changed_bytes(data, dice)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.db"
        file.write_bytes(data)
        with suppress(sqlite3.Error, ValueError, OverflowError), closing(sqlite3.connect(file)) as db:
            _change_a_row(db, dice)
        return file.read_bytes()


def _change_a_row(db: sqlite3.Connection, dice: Dice) -> None:
    table = dice.choice(("image", "category", "annotation", "step", "journal", "setting"))
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    if not columns:  # an earlier change took the table away
        return
    column = dice.choice(columns)
    values = [row[0] for row in db.execute(f"SELECT {column} FROM {table}")]  # noqa: S608
    if not values:
        return
    old = dice.choice(values)
    new: Any = dice.choice((None, *NUMBERS, *WORDS))
    if isinstance(old, str) and dice.random() < 0.7:
        changed = changed_json if old[:1] in ("{", "[") else changed_text
        new = changed(old.encode(), dice).decode("utf-8", "replace")
    db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} IS ?", (new, old))  # noqa: S608
    db.commit()
