"""How the tools are set is written down as plain values; what a stranger wrote there counts where it fits."""

from __future__ import annotations

import json
import math

import pytest

from app.labeling.tools.base import Tool
from app.labeling.tools.options import ToolChoice, ToolOption, ToolSwitch
from app.labeling.tools.remembered import set_again, settings_of


class _Set(Tool):
    id, text = "set", "Set"

    def __init__(self):
        self.number, self.switch = ToolOption("n", "N", 5, 1, 10), ToolSwitch("s", "S")
        self.choice = ToolChoice("c", "C", "a", (("a", "A"), ("b", "B")))
        self.options = (self.number, self.switch, self.choice)


@pytest.fixture
def tool():
    return _Set()


def values(tool):
    return tool.number.value, tool.switch.value, tool.choice.value


def test_what_was_written_is_set_again(tool):
    tool.number.set(7), tool.switch.set(True), tool.choice.set("b")
    written = json.loads(json.dumps(settings_of([tool])))
    other = _Set()
    set_again([other], written)
    assert values(other) == (7, True, "b")


@pytest.mark.parametrize(
    "written",
    [None, 3, [], {}, {"set": 1}, {"set": {"n": "7", "s": 1, "c": 2}}, {"set": {"n": math.nan, "c": "z"}},
     {"set": {"n": True, "s": None}}],
)  # fmt: skip
def test_what_does_not_fit_changes_nothing(tool, written):
    set_again([tool], written)
    assert values(tool) == (5, False, "a")


def test_a_number_is_cut_to_what_is_allowed(tool):
    set_again([tool], {"set": {"n": 1e9}})
    assert tool.number.value == 10
