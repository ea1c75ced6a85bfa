"""The model: what it is made of, how it is loaded, and how it is run."""

import os

# Before torch is loaded: its threads spin after every piece of work, by default for milliseconds, on the cores that
# OpenVINO, the window or another program would use. 2,000 turns keep torch itself as fast (encode 14 ms, starter).
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
