"""python3 dev.py fuzz [TARGET...] [--seconds 600]: strangers' files for importers, images, checkpoints, projects.

What was found lies in build/fuzz/TARGET: NAME.bundle is the input, NAME.txt what happened. Mend it, and keep the input
in tests/fuzz/findings/TARGET/: the tests try it for ever. `--replay FILE` tries one again.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import NAMES
from tests.fuzz.watch import ROOT, fuzz, replay


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=float, default=600, help="of each target")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="inputs for the one TARGET")
    options = parser.parse_args()
    unknown = set(options.targets) - set(NAMES)
    if unknown:
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if options.replay is None and find_spec("atheris") is None:
        print("atheris, which counts the branches, has no build for this system.", file=sys.stderr)
        return 1
    found = 0
    for name in options.targets or NAMES:
        folder = ROOT / "build" / "fuzz" / name
        if options.replay:
            done = replay(name, [path.absolute() for path in options.replay], folder / "replay")
        else:
            done = fuzz(name, options.seconds, folder)
        found += len(done.findings)
        print(f"{name}: {done.runs} inputs in {done.seconds:.0f} s, {len(done.findings)} findings", flush=True)
        for finding in done.findings:
            print(f"  {folder / finding}.txt", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
