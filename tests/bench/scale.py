"""A project of 100,000 images and 1,000,000 masks: into it from COCO, out of it, and one more mask. Each in a process
of its own: python -m tests.bench.scale new|import|export|save FOLDER prints its seconds and the most memory it took.

datumaro reads the whole file too. It decodes each mask to write it, which takes hours here, so that both write a share.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TypeAlias

from tests.bench.memory import peak_mb
from tests.bench.rows import Row
from tests.bench.scale_data import IMAGES, MASKS_OF_AN_IMAGE, make

ROOT = Path(__file__).parents[2]
DATUMARO = ROOT / ".venv-oracles" / "bin" / "python"
SHARE = 100
"""Images of which datumaro writes the masks."""
PAIRS = 3
"""Imports, one after the other with datumaro's."""
SAVES = 50
_LEAST = 100
Pair: TypeAlias = tuple[dict[str, float], dict[str, float] | None]
"""Our figures and theirs."""


def scale(factor: float = 1.0) -> list[Row]:
    images = max(int(IMAGES * factor), _LEAST)
    place = ROOT / "build"  # not /tmp, which may be in memory; git does not look at 100,000 images there
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        return _measured(Path(folder), images)


def _measured(folder: Path, images: int) -> list[Row]:
    whole, share = folder / "whole", folder / "share"
    for root, number in ((whole, images), (share, min(images, SHARE))):
        root.mkdir()
        make(root, number)
    imports = [_import_pair(whole) for _ in range(PAIRS)]
    ours = {what: _ours(what, whole) for what in ("export", "save")}
    _ours("new", share)
    _ours("import", share)
    data = f"{images * MASKS_OF_AN_IMAGE:,} masks on {images:,} images"
    return [
        _ratio(f"import from COCO, {data}", *_median(imports, "seconds")),
        _memory(f"import from COCO, {data}: peak memory", *_median(imports, "peak_mb")),
        _ratio(f"export to COCO, {SHARE * MASKS_OF_AN_IMAGE:,} masks (a share, for datumaro)",
               _ours("export", share), _theirs("export", share)),
        _memory(f"export to COCO, {data}, in {ours['export']['seconds']:.1f} s: peak memory", ours["export"], None),
        _saving(f"saving a mask among {data} (median of {SAVES})", ours["save"]["seconds"] * 1000),
    ]  # fmt: skip


def _import_pair(root: Path) -> Pair:
    """The project is a new one each time."""
    for file in root.glob("bench.maskwright*"):
        file.unlink()
    _ours("new", root)
    return _ours("import", root), _theirs("import", root)


def _median(pairs: list[Pair], figure: str) -> Pair:
    """The pair of the median ratio."""
    return sorted(pairs, key=lambda pair: (pair[1] or pair[0])[figure] / pair[0][figure])[len(pairs) // 2]


def _ratio(name: str, ours: dict[str, float], theirs: dict[str, float] | None) -> Row:
    if theirs is None:
        return Row(f"{name}; datumaro is not there", ours["seconds"], "s", None, None, ">= 1x datumaro", None)
    ratio = theirs["seconds"] / ours["seconds"]
    return Row(name, ours["seconds"], "s", theirs["seconds"], ratio, ">= 1x datumaro", ratio >= 1)


def _memory(name: str, ours: dict[str, float], theirs: dict[str, float] | None) -> Row:
    reference = theirs and theirs["peak_mb"]
    ratio = reference and reference / ours["peak_mb"]
    return Row(name, ours["peak_mb"], "MB", reference, ratio, "<= 500 MB", ours["peak_mb"] <= 500)


def _saving(name: str, value: float) -> Row:
    return Row(name, value, "ms", None, None, "<= 5 ms", value <= 5)


def _ours(what: str, folder: Path) -> dict[str, float]:
    return _figures(sys.executable, "-m", "tests.bench.scale", what, str(folder))


def _theirs(what: str, folder: Path) -> dict[str, float] | None:
    """None when it is not installed."""
    if not DATUMARO.exists():
        return None
    return _figures(str(DATUMARO), str(Path(__file__).with_name("scale_datumaro.py")), what, str(folder))


def _figures(*command: str) -> dict[str, float]:
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


# --- in a process of its own -----------------------------------------------------------------------------------------


def main(what: str, folder: Path) -> None:
    from app.cli.program import collect_rarely
    from app.project.store import Project

    collect_rarely()
    path = folder / "bench.maskwright"
    project = Project.create(path, folder / "images") if what == "new" else Project.open(path)
    does = {"new": _scan, "import": _import, "export": _export, "save": _save}[what]
    print(json.dumps({"seconds": does(project, folder), "peak_mb": peak_mb()}))
    project.close()


def _scan(project, _folder: Path) -> float:
    return _seconds(project.folder.scan())


def _import(project, folder: Path) -> float:
    from app.formats.registry import format_named

    file = folder / "annotations" / "instances_all.json"
    seconds = _seconds(format_named("coco").import_file(project, file))
    counts = project.statistics.counts()
    assert counts["annotation"] == counts["image"] * MASKS_OF_AN_IMAGE
    return seconds


def _export(project, folder: Path) -> float:
    from app.formats.registry import format_named

    return _seconds(format_named("coco").export_file(project, folder / "out.json"))


def _seconds(steps) -> float:
    began = time.perf_counter()
    for _ in steps:
        pass
    return time.perf_counter() - began


def _save(project, _folder: Path) -> float:
    """As when it was accepted: committed, and the counts and lists of the window know it."""
    from msgspec.structs import replace

    annotation = replace(project.annotations(project.images()[0].id)[0], id=0)
    project.statistics.annotation_counts(), project.statistics.category_counts()
    times = []
    for _ in range(SAVES):
        began = time.perf_counter()
        with project.step("Accept mask") as step:
            step.add(annotation)
        times.append(time.perf_counter() - began)
    return median(times)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
