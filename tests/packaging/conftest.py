"""The modules of packaging/ are scripts beside each other, no package: PyPI has one of that name."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "packaging"))
