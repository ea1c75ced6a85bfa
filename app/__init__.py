"""Maskwright: label images with Segment Anything, offline."""

import os

__version__ = "0.1.0"

# Before numpy is loaded: its products here are small, and two threads that share one wait for each other. On a computer
# that is busy otherwise a mask took thirty times as long (docs/decisions/005).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
