"""Files of a bundle changed as a stranger might: what their format is made of first, bytes second.

Valid files with one wrong value get farther into a reader than broken ones: a JSON stays JSON, a PNG has right
checksums.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.bundle import Bundle
from tests.fuzz.mutate.containers import changed_json, changed_safetensors, changed_sqlite, changed_zip
from tests.fuzz.mutate.pictures import PNG, changed_png, changed_tiff
from tests.fuzz.mutate.plain import Dice, changed_bytes, changed_text


def mutated(bundle: Bundle, dice: Dice) -> Bundle:
    """One to four changes of one to four files."""
    changed = dict(bundle) or {"a": b""}
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        name = dice.choice(list(changed))
        if dice.random() < 0.03:
            _reorder(changed, name, dice)
        else:
            changed[name] = mutated_file(name, changed[name], dice)
    return changed


def _reorder(bundle: Bundle, name: str, dice: Dice) -> None:
    other = dice.choice(list(bundle))
    match dice.randrange(4):
        case 0:
            bundle[name] = bundle[other]
        case 1 if len(bundle) > 1:
            del bundle[name]
        case 2:
            bundle[name + dice.choice(("x", ".png", ".json", "/a.png"))] = bundle[name]
        case _:
            bundle[name] = b""


def mutated_file(name: str, data: bytes, dice: Dice) -> bytes:
    """By what the file begins with, and in a tenth of the cases as mere bytes."""
    if dice.random() < 0.1:
        return changed_bytes(data, dice)
    for is_kind, change in _KINDS:
        if is_kind(name, data):
            return change(data, dice)
    return changed_bytes(data, dice)


_KINDS: tuple[tuple[Callable[[str, bytes], bool], Callable[[bytes, Dice], bytes]], ...] = (
    (lambda _, data: data.startswith(PNG), changed_png),
    (lambda _, data: data[:2] in (b"II", b"MM"), changed_tiff),
    (lambda _, data: data.startswith(b"PK"), changed_zip),
    (lambda _, data: data.startswith(b"SQLite"), changed_sqlite),
    (lambda _, data: data[8:9] == b"{" and len(data) > 9, changed_safetensors),
    (lambda name, data: name.endswith(".json") or data[:1] in (b"{", b"["), changed_json),
    (lambda name, data: name.endswith((".xml", ".yaml", ".txt")) or data[:1] == b"<", changed_text),
)
