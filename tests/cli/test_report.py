"""`maskwright report`: also where no window opens."""

from __future__ import annotations

import os
import subprocess
import sys


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "report", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"LANG": "C.UTF-8"},
    )


def test_it_is_written_to_a_file_without_names(tmp_path, home):
    done = run(str(tmp_path / "r.txt"))
    assert done.returncode == 0
    assert done.stdout == f"The report is in {tmp_path / 'r.txt'}.\n"
    text = (tmp_path / "r.txt").read_text()
    assert text.startswith("## Maskwright ")
    assert "folder of models: (models)" in text
    assert str(home) not in text
