"""How the tools are set, as a value that is written down and read back: of all of them, in one place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, cast

from app.labeling.tools.base import Tool
from app.labeling.tools.options import AnyOption, ToolChoice, ToolOption, ToolSwitch


def settings_of(tools: Iterable[Tool]) -> dict[str, dict[str, Any]]:
    """Returns what the options are set to, by the ids of tool and option; tools without options are left out, and
    options that are settings of the program."""
    return {tool.id: {option.id: option.value for option in own} for tool in tools if (own := _own(tool))}


def set_again(tools: Iterable[Tool], settings: Any) -> None:
    """Sets the options as they were. settings: that of `settings_of`, or what a stranger wrote: it counts where it
    fits."""
    known = _named(settings)
    for tool in tools:
        values = _named(known.get(tool.id))
        for option in _own(tool):
            _set(option, values.get(option.id))


def _own(tool: Tool) -> list[AnyOption]:
    return [option for option in tool.options if not (isinstance(option, ToolOption) and option.is_setting)]


def _named(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _set(option: AnyOption, value: object) -> None:
    match option, value:
        case ToolSwitch(), bool():
            option.set(value)
        case ToolOption(), int() | float() if not isinstance(value, bool) and math.isfinite(value):
            option.set(value)
        case ToolChoice(), str():
            option.set(value)
        case _:
            pass
