"""Compacts projects one after the other, for the kill test. Says which, and how it ended."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from app.problem import Problem
from app.project.history.compaction import compact

if __name__ == "__main__":
    for name in sys.argv[2:]:
        print("begin", name, flush=True)
        try:
            compact(Path(name), datetime.fromisoformat(sys.argv[1]))
            print("compacted", name, flush=True)
        except Problem as problem:
            print("problem", problem, flush=True)
