"""python -m tests.fuzz.worker TARGET DESK ROOM --seconds N | --replay FILE...: runs a target on input after input.

What it is at lies on the desk, so that whoever watches it knows what it died of. An exception that is no Problem is
written down once for each place it comes from, and the work goes on.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import hashlib
import logging
import random
import sys
import traceback
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.desk import Desk

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

_WATCHED = {
    "image": ["app", "PIL", "pydicom.filereader", "pydicom.values", "pydicom.encaps", "pydicom.pixels"],
    "checkpoint": ["app", "zipfile"],
}
"""Packages whose branches are counted, where it is not only ours."""
_COLLECT_EVERY = 200
_MOST_BYTES = 256 << 10


class Worker:
    def __init__(self, target: Target, desk: Desk) -> None:
        self.target = target
        self._desk = desk
        self._seen: set[str] = set()
        self.runs = 0

    def run(self, data: bytes) -> None:
        from app.problem import Problem
        from tests.fuzz.bundle import unpacked

        self._desk.begin(data)
        try:
            self.target.run(unpacked(data))
        except Problem:
            pass
        except Exception as error:  # noqa: BLE001  this is what is looked for
            self._found(error, data)
        self._desk.end()
        self.runs += 1
        if self.runs % _COLLECT_EVERY == 0:
            gc.collect()

    def _found(self, error: Exception, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/app/" in frame.filename] or frames
        place = f"{type(error).__name__} {Path(ours[-1].filename).name}:{ours[-1].lineno} {frames[-1].name}"
        if place not in self._seen:
            self._seen.add(place)
            name = f"{type(error).__name__}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
            self._desk.note(name, data, "".join(traceback.format_exception(error)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("desk", type=Path)
    parser.add_argument("room", type=Path, help="a folder of its own")
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="0: another each time")
    parser.add_argument("--replay", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    faulthandler.enable()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    if options.seconds:
        _instrument(options.target)
    from tests.fuzz.targets import target_named

    worker = Worker(target_named(options.target, options.room), Desk.opened(options.desk))
    for file in options.replay:
        worker.run(file.read_bytes())
    if options.seconds:
        _fuzz(worker, options)


def _instrument(name: str) -> None:
    """Imports what is watched with its branches counted."""
    import atheris

    # torch cannot be imported by atheris' loader; what is imported before it stays as it is
    if name == "checkpoint":
        import torch  # noqa: F401
    with atheris.instrument_imports(include=_WATCHED.get(name, ["app"])):
        import_module("tests.fuzz.targets")
        if name == "checkpoint":
            import_module("app.sam.checkpoint")


def _fuzz(worker: Worker, options: argparse.Namespace) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    from tests.fuzz.bundle import packed, unpacked
    from tests.fuzz.mutate.bundles import mutated

    seeds = options.room / "first"
    seeds.mkdir()
    for number, bundle in enumerate(worker.target.seeds()):
        (seeds / str(number)).write_bytes(packed(bundle))

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        changed = packed(mutated(unpacked(data), random.Random(seed)))
        return changed if len(changed) <= most else data

    told = [
        f"-max_total_time={options.seconds}", f"-seed={options.seed}", f"-max_len={_MOST_BYTES}",
        "-len_control=0", "-timeout=9999",
        "-rss_limit_mb=0", *(f"-handle_{signal}=0" for signal in ("abrt", "segv", "bus", "ill", "fpe", "xfsz")),
        "-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={options.desk}.",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *told, str(options.corpus), str(seeds)], worker.run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
