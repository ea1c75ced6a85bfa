"""What stands in a report that is sent, and what does not."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from app.paths import config_dir, models_dir
from app.problem import Problem
from app.support.bug_report import LINES, Situation, bug_report, save_report, without_names
from app.support.log import kept_log
from app.text import say

_log = logging.getLogger("app.tests")
SITUATION = Situation(
    screens=["Qt platform offscreen"],
    settings={"opacity": "40", "models_dir": "/data/anna/models", "mirror": ""},
    places=frozenset({"models_dir", "mirror"}),
    project=["image: 7"],
    names=["/data/anna/cells.maskwright", "class nucleus of Anna"],
)


def report(*, names: bool, examined: str = "ok       torch: 2") -> str:
    return bug_report(examined, SITUATION, names=names)


def test_it_tells_what_is_needed():
    told = report(names=False)
    for each in ("Maskwright 0", "Python 3", "numpy ", "Doctor", "ok       torch: 2", "opacity = 40", "image: 7"):
        assert each in told


def test_names_stay_out_unless_they_are_wanted():
    with kept_log():
        _log.info("problem: %s", say("{path} is not there any more.", path="/data/anna/my cells/a b.tif"))
        _log.warning("told: %s", "a sentence that was rendered: Anna")
    without = report(names=False)
    assert "anna" not in without.lower()
    assert "models_dir = (set)" in without
    assert "mirror = \n" in without
    assert "problem: {path} is not there any more." in without
    with_names = report(names=True)
    for each in ("/data/anna/my cells/a b.tif", "class nucleus of Anna", "models_dir = /data/anna/models"):
        assert each in with_names


def test_the_last_problem_stands_alone_also_after_many_lines():
    with kept_log():
        _log.info("problem: %s", say("{path} is not there any more.", path="x"))
        for number in range(LINES + 10):
            _log.info("line %d", number)
    told = report(names=False)
    problem = told.partition("## The last problem\n")[2].splitlines()[0]
    assert problem.endswith("problem: {path} is not there any more.")
    assert told.count(": line ") == LINES


def test_paths_of_doctor_are_called_by_what_they_are_for():
    text = "\n".join(
        [
            f"ok       model starter: {models_dir() / 'starter.safetensors'}",
            f"ok       model cells of anna: {models_dir() / 'cells of anna.safetensors'}",
            f"ok       folder of settings: {config_dir()}",
            f"PROBLEM  folder of cache: {Path.home() / 'anna s disk'}: Permission denied",
            "PROBLEM  runtime: /srv/anna/x y.bin is damaged",
        ]
    )
    told = without_names(text)
    assert "anna" not in told
    assert "ok       model starter: (models)/…" in told
    assert "ok       folder of settings: (settings)" in told


def test_it_is_written_whole_or_one_sentence_says_why_not(tmp_path):
    save_report("a report\n", tmp_path / "r.txt")
    assert (tmp_path / "r.txt").read_text() == "a report\n"
    with pytest.raises(Problem, match="cannot be written"):
        save_report("a report\n", tmp_path / "missing" / "r.txt")
