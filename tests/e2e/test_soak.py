"""Ten minutes of random work: no error, no click lost, memory flat. MASKWRIGHT_SOAK_S makes it shorter or longer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("MASKWRIGHT_SOAK_S", "600"))
GROWTH_MB = 60
"""From the second third to the last one. A leak of one mask or one embedding an action is far more. Through the first
one memory grows for a reason: each model comes for the first times, and what is made for each size of image is kept."""


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
def test_ten_minutes_of_work_lose_no_click_and_no_memory():
    command = [sys.executable, "-m", "tests.e2e.soak", str(SECONDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["errors"] == []
    assert told["did"]["click"] > SECONDS / 10
    megabytes = [size for _, size in told["resident"]]
    third = len(megabytes) // 3
    if third:
        assert median(megabytes[-third:]) - median(megabytes[third:-third]) < GROWTH_MB, megabytes
