"""The workflows use actions by commit, and try every installer before it is published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_actions_are_pinned_by_commit(name):
    used = re.findall(r"uses: *(.*)", WORKFLOWS[name])
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d[\d.]*", line)] == []
    assert "permissions:\n  contents: read\n" in WORKFLOWS[name]


def test_an_action_is_used_at_one_commit():
    used = {line for text in WORKFLOWS.values() for line in re.findall(r"uses: *(\S+)", text)}
    names = [line.split("@")[0] for line in used]
    assert len(names) == len(set(names))


def test_three_systems_and_each_python():
    text = WORKFLOWS["tests.yml"]
    assert "system: [ubuntu-24.04, windows-2022, macos-14]" in text
    assert 'python: ["3.11", "3.12", "3.13"]' in text


def test_what_is_published_was_tried():
    jobs = re.split(r"\n  (?=[\w-]+:\n)", WORKFLOWS["release.yml"].split("\njobs:\n")[1])
    for name in ("python", "linux", "windows", "windows-try", "macos"):
        [job] = [job for job in jobs if job.strip().startswith(f"{name}:")]
        assert "--self-test" in job, name
    [publish] = [job for job in jobs if job.startswith("publish:")]
    assert "needs: [version, python, linux, windows-try, macos]" in publish
    assert "SHA256SUMS" in publish


def test_the_readme_names_the_files_of_this_version():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"[Mm]askwright[-_](\d[\w.]*?)[-_](?:Setup|macos|amd64|linux)", text)
    assert len(named) >= 4
    assert set(named) == {app.__version__}
    for status, number in re.findall(r"!define (\w+) (\d+)$", (ROOT / "installer.nsi").read_text(), re.MULTILINE):
        assert f"{number}: " in text, status
