"""What the person sets while a tool is in use: a number, a switch, or one of several."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

_SHARE = 0.15
"""Of a size: one step is seen at every size."""


@dataclass
class ToolOption:
    """A number, as the size of a brush."""

    id: str
    text: str
    value: float
    low: float
    high: float
    step: float = 1.0
    unit: str = ""
    """What the number counts, written behind it: "px"."""
    is_setting: bool = False
    """It is kept with the settings of the program, not with the project."""

    def set(self, value: float) -> None:
        """Sets the number, cut to what is allowed."""
        self.value = min(max(value, self.low), self.high)

    def scale(self, steps: float) -> None:
        """Makes the number larger by so many steps, or smaller: each is a share of it, and at least one of its own. Of
        less than half a step nothing comes."""
        for _ in range(round(abs(steps))):
            further = max(self.step, round(self.value * _SHARE / self.step) * self.step)
            self.set(self.value + math.copysign(further, steps))


@dataclass
class ToolScale(ToolOption):
    """A number that is slid while one looks at what comes of it, as the detail of an outline."""


@dataclass
class ToolSwitch:
    """Something that is on or off, as whether a brush asks the model."""

    id: str
    text: str
    value: bool = False

    def set(self, value: bool) -> None:
        """Switches it on or off."""
        self.value = value


@dataclass
class ToolChoice:
    """One of several, as the shape of a brush. choices: the id and the words of each."""

    id: str
    text: str
    value: str
    choices: tuple[tuple[str, str], ...]

    def set(self, value: str) -> None:
        """Chooses one by its id; an id that is none of them changes nothing."""
        if any(value == id for id, _words in self.choices):
            self.value = value


AnyOption: TypeAlias = ToolOption | ToolSwitch | ToolChoice
