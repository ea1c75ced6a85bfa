"""JSON in columns of the project file."""

from __future__ import annotations

from typing import Any

import msgspec

from app.project.records import Json


def dump(value: Any) -> str:
    """Returns the value as JSON."""
    return msgspec.json.encode(value).decode()


def load(text: str) -> dict[str, Any]:
    """Returns the object that the JSON text is; msgspec.DecodeError when it is none."""
    return parse(text, dict[str, Any])


def parse(text: str, kind: Any = Any) -> Any:
    """Parses JSON of a kind; msgspec.DecodeError when it is not JSON of that kind."""
    try:
        return msgspec.json.decode(text, type=kind)
    except RecursionError as error:
        raise msgspec.DecodeError("JSON within JSON without end") from error


def text_of(value: Json) -> str:
    """Returns the JSON of keys and values; those are mostly none, which is quicker."""
    return dump(value) if value else "{}"


def json_of(text: str) -> Json:
    """Returns the keys and values of a column; msgspec.DecodeError when it is no object."""
    return {} if text == "{}" else load(text)
