"""Pictures for installers, drawn from the program's icon: PNG of any size, .ico for Windows, .icns for macOS.

    python packaging/icons.py maskwright.ico maskwright.icns maskwright-256.png

A PNG takes its size from the number in its name.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from version import ROOT

ICON = ROOT / "resources" / "icons" / "maskwright.svg"
ICO_SIZES = [16, 20, 24, 32, 40, 48, 64, 256]
"""What Windows shows at 100 to 400 %, in px."""
ICNS_SIZES = [32, 64, 256, 512, 1024]
ICNS_MARGIN = 100 / 1024
"""Icons of macOS leave a margin around their square, as a share of the side."""
NAVY = "#16212e"


def draw(size: int, *, margin: float = 0.0, background: str | None = None, width: int | None = None) -> Image.Image:
    """Draws the icon on a transparent or coloured picture.

    Args:
        size: The height in px, and the width unless that is given.
        margin: Free space around the icon, as a share of the shorter side.
        background: A colour as #rrggbb; None is transparent.
        width: In px; the icon stands in the middle.
    """
    across = width or size
    canvas = QImage(across, size, QImage.Format.Format_RGBA8888)
    canvas.fill(background or Qt.GlobalColor.transparent)
    side = min(across, size) * (1 - 2 * margin)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(ICON)).render(painter, QRectF((across - side) / 2, (size - side) / 2, side, side))
    painter.end()
    return Image.frombytes("RGBA", (across, size), bytes(canvas.constBits()))


def write_ico(path: Path) -> None:
    """Writes the icon of Windows, each size drawn by itself."""
    pictures = [draw(size) for size in ICO_SIZES]
    pictures[-1].save(path, sizes=[(size, size) for size in ICO_SIZES], append_images=pictures[:-1])


def write_icns(path: Path) -> None:
    """Writes the icon of macOS, each size drawn by itself."""
    pictures = [draw(size, margin=ICNS_MARGIN) for size in ICNS_SIZES]
    pictures[-1].save(path, append_images=pictures[:-1])


def write_side(path: Path) -> None:
    """Writes the picture beside the first and last page of the installer of Windows, at twice its size."""
    draw(628, width=328, margin=0.2, background=NAVY).convert("RGB").save(path)


def write_head(path: Path) -> None:
    """Writes the picture at the top of the other pages, at twice its size."""
    draw(114, width=300, margin=0.1, background="#ffffff").convert("RGB").save(path)


def write(path: Path) -> None:
    """Writes what the ending of the path says; a PNG takes its size in px from the number in its name."""
    if path.suffix == ".ico":
        write_ico(path)
    elif path.suffix == ".icns":
        write_icns(path)
    else:
        draw(int(re.findall(r"\d+", path.stem)[-1])).save(path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write(Path(name))
