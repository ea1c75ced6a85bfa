"""How large is the frozen program, and what of it: `python packaging/sizes.py [FOLDER]`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

UNPACKED, PACKED = 1100, 350
"""What the program may take on the disk, and its .tar.xz, in MB."""
_WHY = {
    "torch": "runs checkpoints that are not converted, and converts them",
    "libtorch_cpu.so": "torch's own kernels, in one library",
    "app": "the program's resources: the Starter and sample photos",
    "openvino": "runs converted models on x86 two to three times as fast as torch",
    "PySide6": "Qt: the window",
    "cv2": "outlines, resizing, reading and writing pictures",
    "opencv_python_headless.libs": "what cv2 is linked with, video decoders too",
    "numpy": "arrays",
    "numpy.libs": "numpy's linear algebra (OpenBLAS)",
    "maskwright": "the program and all of Python's modules, compiled and packed",
    "pillow.libs": "picture formats: TIFF, JPEG 2000, WebP, AVIF",
    "PIL": "reading pictures",
    "pydicom": "medical pictures (DICOM)",
    "base_library.zip": "Python's start",
    "libpython3.11.so.1.0": "Python",
}


def parts(folder: Path) -> list[tuple[str, float]]:
    """Returns the parts of the frozen program and their MB, the largest first; libtorch_cpu.so stands by itself."""
    found: Counter[str] = Counter()
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            inside = file.relative_to(folder).parts
            inside = inside[1:] if inside[0] == "_internal" else inside
            found[file.name if file.name.startswith("libtorch_cpu") else inside[0]] += file.stat().st_size
    return [(name, size / 1e6) for name, size in found.most_common()]


def told(folder: Path, packed: Path | None = None) -> str:
    """Returns the report for people: the sizes beside what they may be, and the ten largest parts with a why."""
    listed = parts(folder)
    lines = [f"unpacked {sum(size for _, size in listed):7.1f} MB  (at most {UNPACKED})"]
    if packed is not None and packed.exists():
        lines.append(f"{'.tar.xz':8} {packed.stat().st_size / 1e6:7.1f} MB  (at most {PACKED})")
    return "\n".join([*lines, "", *(f"{size:7.1f} MB  {name}: {why(name)}" for name, size in listed[:10])])


def artefacts(folder: Path) -> str:
    """Returns a line for each file that is given to people, with its MB."""
    files = sorted(file for file in folder.glob("*") if file.is_file())
    return "\n".join(f"{file.stat().st_size / 1e6:7.1f} MB  {file.name}" for file in files)


def why(name: str) -> str:
    """Returns what a part of the program is there for."""
    return _WHY.get(name, "-")


def is_small_enough(folder: Path, packed: Path) -> bool:
    """Returns whether both sizes are within what they may be."""
    return sum(size for _, size in parts(folder)) <= UNPACKED and packed.stat().st_size / 1e6 <= PACKED


if __name__ == "__main__":
    print(told(Path(sys.argv[1] if len(sys.argv) > 1 else "build/frozen/maskwright")))
