"""PNG files with right checksums and TIFF files with wrong entries."""

from __future__ import annotations

import struct
import zlib

from tests.fuzz.mutate.plain import NUMBERS, Dice, changed_bytes

PNG = b"\x89PNG\r\n\x1a\n"
_MORE = (b"tRNS", b"gAMA", b"iCCP", b"zTXt", b"iTXt", b"eXIf", b"pHYs", b"acTL", b"fcTL", b"fdAT")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def changed_png(data: bytes, dice: Dice) -> bytes:
    """A chunk, its place, what it packs, or what the head says."""
    chunks = _chunks(data)
    if not chunks:
        return changed_bytes(data, dice)
    at = dice.randrange(len(chunks))
    kind, content = chunks[at]
    match dice.randrange(7):
        case 0:
            chunks[at:at] = [dice.choice(chunks)]
        case 1:
            del chunks[at]
        case 2:
            chunks[0] = (chunks[0][0], _head(chunks[0][1], dice))
        case 3 | 4 if kind == b"IDAT":
            chunks[at] = (kind, zlib.compress(changed_bytes(_inflated(content), dice), 1))
        case 5:
            chunks[at:at] = [
                (dice.choice(_MORE), dice.choice((b"", content[:20], b"a\0\0" + zlib.compress(bytes(1 << 20)))))
            ]
        case _:
            chunks[at] = (kind, changed_bytes(content, dice))
    return PNG + b"".join(chunk(*each) for each in chunks)


def _head(head: bytes, dice: Dice) -> bytes:
    """Of another size, depth or kind of colours."""
    changed = bytearray(head.ljust(13, b"\0"))
    place = dice.choice((0, 4, 8, 9))
    if place < 8:
        changed[place : place + 4] = struct.pack(">I", int(dice.choice(NUMBERS)) % 2**32)
    else:
        changed[place] = dice.choice((0, 1, 2, 3, 4, 6, 8, 16))
    return bytes(changed)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(PNG)
    while at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, 1 << 20)
    except zlib.error:
        return content


def changed_tiff(data: bytes, dice: Dice) -> bytes:
    """An entry of the first page, or bytes."""
    order = "<" if data[:2] == b"II" else ">"
    changed = bytearray(data)
    try:
        at = struct.unpack_from(f"{order}I", data, 4)[0]
        count = struct.unpack_from(f"{order}H", data, at)[0]
        entry = at + 2 + 12 * dice.randrange(max(count, 1))
        field, kind = dice.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "H")))
        old = struct.unpack_from(order + kind, data, entry + field)[0]
        new = int(dice.choice((*NUMBERS, old + 1, old - 1, old * 2, dice.randrange(40)))) % (
            1 << 8 * struct.calcsize(kind)
        )
        struct.pack_into(order + kind, changed, entry + field, new)
    except struct.error:
        return changed_bytes(data, dice)
    return bytes(changed) if dice.random() < 0.7 else changed_bytes(data, dice)
