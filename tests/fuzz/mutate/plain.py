"""Bytes and text changed: what every other mutation falls back on."""

from __future__ import annotations

import random
import re
import struct

NUMBERS = (
    0, 1, -1, 2, 3, 7, 20, 255, 256, 1000, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64,
    -(2**31), -(2**63), 10**40, 10**400, 0.5, -0.0, 1e-300, 1e300, 1e12, 399_999_999,
)  # fmt: skip
WORDS = (
    "", " ", "\0", "../../x.png", "/etc/passwd", "C:\\x.png", "\\\\host\\x.png", "a.png", "cat", "\ud7ff", "🐈" * 3,
    "NaN", "Infinity", "-Infinity", "1e999", "0x10", "null", "true", "x" * 300, "\n", "%s%n", "#page=3", "a.tif#page=2",
)  # fmt: skip
_TOKENS = (
    b'"', b"'", b"[", b"]", b"{", b"}", b":", b",", b"\n", b"\0", b"<", b">", b"</", b"/>", b"&lt;", b"&#0;", b"&x;",
    b"- ", b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"<![CDATA[", b"<!--", b"\xff\xfe", b"\xef\xbb\xbf", b"&a", b"*a",
    b"!!python/x", b"names:", b"0: ", b"[[[[[[[[", b"1 0.5 0.5 0.5 0.5\n",
    b"\\U00110000", b"\\x", b"\\", b"#", b"'", b"&#1114112;",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
Dice = random.Random


def changed_bytes(data: bytes, dice: Dice) -> bytes:
    """Cut, filled up, doubled; numbers that lengths and sizes are afraid of."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(min(len(changed), dice.choice((64, 512, 1 << 30))) + 1)
        match dice.randrange(7):
            case 0:
                del changed[at : at + dice.choice((1, 2, 4, 30, 4000))]
            case 1:
                changed[at:at] = dice.randbytes(dice.choice((1, 2, 4, 16)))
            case 2 | 3:
                changed[at : at + 1] = bytes([dice.choice((0, 1, 127, 128, 255, dice.randrange(256)))])
            case 4:
                width = dice.choice("HIQ")
                number = int(dice.choice(NUMBERS)) % (1 << (8 * struct.calcsize(width)))
                packed = struct.pack(dice.choice("<>") + width, number)
                changed[at : at + len(packed)] = packed
            case 5:
                begin = dice.randrange(len(changed) + 1)
                changed[at:at] = changed[begin : begin + dice.choice((4, 40, 400))]
            case _:
                del changed[dice.randrange(len(changed) + 1) if dice.random() < 0.2 else len(changed) :]
    return bytes(changed)


def changed_text(data: bytes, dice: Dice) -> bytes:
    """Numbers, words, lines and signs of the formats; for XML, YAML and lists."""
    match dice.randrange(6):
        case 0 | 1:
            found = list(_NUMBER.finditer(data))
            if found:
                match = dice.choice(found)
                new = dice.choice((str(dice.choice(NUMBERS)), dice.choice(WORDS))).encode("utf-8", "replace")
                return data[: match.start()] + new + data[match.end() :]
        case 2:
            at = dice.randrange(len(data) + 1)
            return data[:at] + dice.choice(_TOKENS) + data[at:]
        case 3 | 4:
            lines = re.split(rb"(?<=[>\n])", data)
            at = dice.randrange(len(lines))
            lines[at : at + 1] = [dice.choice(lines)] * dice.choice((0, 1, 2, 50))
            return b"".join(lines)
        case _:
            pass
    return changed_bytes(data, dice)
