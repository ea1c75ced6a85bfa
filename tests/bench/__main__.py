"""python3 dev.py bench [--json FILE]: our figures beside the reference's, measured in one run on this machine."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.fidelity import SAMPLES
from tests.bench.rows import Row, machine, table

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument(
        "--data", nargs=2, type=Path, default=SAMPLES, metavar=("IMAGES", "ANNOTATIONS"),
        help="annotated photos (COCO) for the rows of fidelity, outlines and person; without it, the sample photos",
    )  # fmt: skip
    parser.add_argument("--only", nargs="*", help="some rows: " + ", ".join(MEASURES), choices=MEASURES)
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="FACTOR",
        help="for the scale rows: 0.01 is a project of 1,000 images instead of 100,000",
    )  # fmt: skip
    options = parser.parse_args()
    rows: list[Row] = []
    names = options.only or list(MEASURES)
    for name in names:
        if len(names) > 1:
            rows += _in_a_process(name, options)
        else:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            rows += MEASURES[name](options)
            print(table(rows), file=sys.stderr, flush=True)  # whoever stops it keeps what is there
    print(table(rows))
    print(", ".join(f"{name}: {value}" for name, value in machine().items()))
    if options.json:
        figures = {"machine": machine(), "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 1 if any(row.met is False for row in rows) else 0


def _in_a_process(name: str, options: argparse.Namespace) -> list[Row]:
    """Of its own: what one measure leaves in memory makes the next one faster, theirs more than ours."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        data = ["--data", *map(str, options.data), "--scale", str(options.scale)]
        command = [sys.executable, "-m", "tests.bench", "--only", name, "--json", str(file), *data]
        done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)  # it tells what it does itself
        if not file.exists():
            sys.exit(f"{name} could not be measured (status {done.returncode}); the lines above say why.")
        return [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]


def _encodings(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.encoding import mobile_sam, vit_b

    return [mobile_sam(), vit_b()]


def _masks(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.masks import candidates, full_size, noise

    return [candidates(), full_size(), noise()]


def _window(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.clicks import clicks_and_visits

    return clicks_and_visits()


def _everything(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.everything import everything

    return [everything()]


def _memory(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.memory import visits_memory, vit_b_memory

    return [vit_b_memory(), visits_memory()]


def _huge(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.huge import huge_images

    return huge_images()


def _fidelity(options: argparse.Namespace) -> list[Row]:
    from tests.bench.fidelity import fidelity

    return [fidelity(*options.data)]


def _scale(options: argparse.Namespace) -> list[Row]:
    from tests.bench.scale import scale

    return scale(options.scale)


def _saving(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.saving import saving

    return saving()


def _hostile(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.hostile import hostile_rows

    return hostile_rows()


def _crowd(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.crowd import crowd

    return crowd()


def _brush(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.brush import brush

    return brush()


def _canvas(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.canvas import canvas

    return canvas()


def _new_folder(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.new_folder import new_folder

    return new_folder()


def _scan(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.scan import scan

    return scan()


def _outlines(options: argparse.Namespace) -> list[Row]:
    from tests.bench.outlines import outline_rows

    return outline_rows(*options.data)


def _person(options: argparse.Namespace) -> list[Row]:
    from tests.bench.person import person_rows

    return person_rows(*options.data)


def _vertices(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.vertices import vertex_drag

    return vertex_drag()


def _repair(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.repair import repair_rows

    return repair_rows()


def _start(_options: argparse.Namespace) -> list[Row]:
    from tests.bench.start import start_rows

    return start_rows()


MEASURES = {
    "start": _start,
    "heartbeat": lambda _options: [heartbeat()],
    "encode": _encodings,
    "masks": _masks,
    "window": _window,
    "crowd": _crowd,
    "brush": _brush,
    "canvas": _canvas,
    "vertices": _vertices,
    "new-folder": _new_folder,
    "scan": _scan,
    "repair": _repair,
    "everything": _everything,
    "memory": _memory,
    "huge": _huge,
    "hostile": _hostile,
    "fidelity": _fidelity,
    "outlines": _outlines,
    "person": _person,
    "saving": _saving,
    "scale": _scale,
}


def heartbeat(runs: int = 5) -> Row:
    """Each run is a process of its own: see heartbeat.py."""
    gaps = [_heartbeat() for _ in range(runs)]
    value = median(gaps)
    return Row(f"longest gap of a 10 ms timer, encode + 50 clicks ({runs} runs)", value, "ms", None, None,
               "<= 50 ms", value <= 50)  # fmt: skip


def _heartbeat() -> float:
    command = [sys.executable, "-m", "tests.bench.heartbeat"]
    return float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[-1])


if __name__ == "__main__":
    sys.exit(main())
