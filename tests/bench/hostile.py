"""python -m tests.bench.hostile [NAME...]: forty hostile images, each by everything the window does with one.

For each a process of its own: its size, its hash, its thumbnail, the view, what is encoded. Printed are the most memory
of that process, what the imports alone took, the longest that another thread of it had to wait for its turn (the
window's would have), seconds, and what the person is told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.rows import Row

ROOT = Path(__file__).parents[2]
MOST_MB, MOST_MS = 1500, 100
_BEAT_S = 0.005
WAYS = ("size", "hash", "thumbnail", "view", "encode")


def hostile_rows() -> list[Row]:
    found = [measured(name, write) for name, write in _files()]
    alone, longest = (max(float(str(each[key])) for each in found) for key in ("peak_mb", "gap_ms"))
    walked = _walked()
    return [
        Row("memory of the worst of forty hostile images", alone, "MB", None, None, f"<= {MOST_MB}", alone <= MOST_MB),
        Row("memory of the window that looks at all", walked, "MB", None, None, f"<= {MOST_MB}", walked <= MOST_MB),
        Row("longest wait beside one of them", longest, "ms", None, None, f"<= {MOST_MS}", longest <= MOST_MS),
    ]


def _walked() -> float:
    with tempfile.TemporaryDirectory() as folder:
        for name, write in _files():
            write(Path(folder) / name)
        command = [sys.executable, "-m", "tests.bench.hostile_window", folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-2])


def measured(name: str, write: Callable[[Path], object]) -> dict[str, object]:
    """What the worker tells of such a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        command = [sys.executable, "-m", "tests.bench.hostile", "--worker", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.returncode} {done.stderr[-2000:]}")
        return {"bytes": path.stat().st_size, **json.loads(done.stdout.splitlines()[-1])}


def _files() -> list[tuple[str, Callable[[Path], object]]]:
    from tests.project.hostile import files

    return list(files())


def worker(path: Path) -> None:
    from app.ui.start import SWITCH_INTERVAL_S
    from tests.bench.memory import peak_mb

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    ways, base = _ways(path), peak_mb()
    gaps: list[float] = []
    heart = threading.Thread(target=_beat, args=(gaps,), daemon=True)
    heart.start()
    told: dict[str, str] = {}
    times: dict[str, float] = {}
    worst: dict[str, float] = {}
    for name in WAYS:
        began = time.perf_counter()
        gaps.clear()
        told[name] = _told(ways[name])
        times[name] = round(time.perf_counter() - began, 2)
        time.sleep(2 * _BEAT_S)
        worst[name] = round(max(gaps, default=0) * 1000)
    print(
        json.dumps({
            "peak_mb": round(peak_mb()), "base_mb": round(base), "gap_ms": max(worst.values()), "gaps": worst,
            "seconds": times, "told": told,
        })
    )  # fmt: skip


def _beat(gaps: list[float]) -> None:
    last = time.perf_counter()
    while True:
        time.sleep(_BEAT_S)
        now = time.perf_counter()
        gaps.append(now - last - _BEAT_S)
        last = now


def _told(way: Callable[[], object]) -> str:
    from app.problem import Problem

    try:
        return str(way())
    except Problem as problem:
        return f"Problem: {problem}"
    except MemoryError:
        return "MemoryError"


def _ways(path: Path) -> dict[str, Callable[[], object]]:
    from app.engine.images import ImageCache, whole
    from app.engine.reader import Reader
    from app.engine.requests import RegionView, Thumbnail
    from app.engine.values import ImageRef
    from app.images.reading import file_hash, image_size
    from app.sam.load import load_predictor

    predictor = load_predictor("starter")
    kept = []
    cache = ImageCache(384 << 20)
    reader = Reader(cache, kept.append)
    ref = ImageRef(1, path)

    def asked(request: RegionView | Thumbnail) -> object:
        kept.clear()
        try:
            reader._answer(request)
        except Exception as error:  # noqa: BLE001  as the reader's thread does
            reader._failed(request, error)
        reply = kept[0]
        if hasattr(reply, "levels"):
            return f"{reply.size} shown by {reply.levels[0].shape[:2]}"
        return reply.pixels.shape if hasattr(reply, "pixels") else f"Problem: {reply.sentence}"

    def encode() -> object:
        seen = cache.seen(ref) or whole(path)
        return predictor.encode(seen.pixels).of_size(seen.size).frame.image_size

    return {
        "size": lambda: image_size(path),
        "hash": lambda: file_hash(path)[:8],
        "thumbnail": lambda: asked(Thumbnail(ref)),
        "view": lambda: asked(RegionView(ref)),
        "encode": encode,
    }


def main(names: list[str]) -> None:
    for name, write in _files():
        if not names or any(part in name for part in names):
            found = measured(name, write)
            figures = f"{found.pop('bytes')} bytes, {found.pop('peak_mb')} MB, {found.pop('gap_ms')} ms"
            print(f"{name}: {figures}; {found}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
