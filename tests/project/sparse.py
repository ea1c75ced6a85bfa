"""A gigapixel in a few kilobytes."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np


def sparse_tiff(path: Path, width: int, height: int, tile: int = 256) -> None:
    """A BigTIFF of so many pixels whose tiles all lie at one place."""
    count = -(-width // tile) * -(-height // tile)
    content = np.arange(tile * tile * 3, dtype=np.uint8).tobytes()
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2), (277, 3, 1, 3),
               (284, 3, 1, 1), (322, 3, 1, tile), (323, 3, 1, tile)]  # fmt: skip
    head = 16 + 8 + 20 * (len(entries) + 2) + 8
    data = head + 12 * count
    entries += [(324, 16, count, head), (325, 4, count, head + 8 * count)]
    written = [struct.pack("<HHQQ", *entry) for entry in entries]
    path.write_bytes(
        b"II+\0" + struct.pack("<HHQ", 8, 0, 16) + struct.pack("<Q", len(entries)) + b"".join(written) + bytes(8)
        + struct.pack(f"<{count}Q", *[data] * count) + struct.pack(f"<{count}I", *[len(content)] * count) + content
    )  # fmt: skip
