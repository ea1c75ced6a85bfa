"""Reads and writes the subset of YAML in which the data.yaml of YOLO is written: a list or map of names, in lines or in
brackets. A whole reader would bring anchors, tags and objects with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.problem import Problem
from app.text import say

_MAX_CHARACTERS = 4 << 20
_DOUBLE = r'"(?P<double>(?:[^"\\]|\\.)*+)"'
_SINGLE = r"'(?P<single>(?:[^']|'')*+)'"
_QUOTED = re.compile(rf"{_DOUBLE}|{_SINGLE}", re.DOTALL)
_TOKEN = re.compile(
    rf"""\s*+(?:{_DOUBLE}|{_SINGLE}|(?P<sign>[\[\]{{}},]|:(?=\s))|(?P<comment>\#[^\n]*+)|"""
    r"""(?P<plain>[^\s,\[\]{}:#"'](?:[^,\[\]{}\n:#]|:(?=\S)|(?<=\S)\#)*+))""",
    re.VERBOSE | re.DOTALL,
)
"""Inside brackets."""
_PROPERTIES = re.compile(r"\A[ \t]*+(?:(?:[&!]\S*+[ \t]*+)+|[|>][-+0-9]*+[ \t]+)")
"""An anchor or a tag before what it is of, and the sign of a text over several lines."""
_NUMBERED = re.compile(r"""\s*+["']?(\d{1,9})["']?\s*+:\s(.*)""")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}


def names_in(text: str) -> dict[int, str]:
    """Reads what stands under "names", by number. Problem when there is no such list."""
    rest = _under("names", text)
    if rest is None:
        raise Problem(say("it has no list of names."))
    return _listed(rest)


def value_of(text: str, key: str) -> str:
    """Reads what stands behind a key in its line; "" when there is none, or it begins a list. Problem as names_in."""
    line = (_under(key, text) or "").partition("\n")[0].strip()
    return "" if line.startswith(("[", "{", "#", "&", "*", "|", ">")) else _scalar(line)


def whole_numbers_in(text: str, key: str) -> list[int]:
    """Reads a list of whole numbers that stands under a key; none when there is none. Problem as names_in."""
    rest = _under(key, text)
    found = {} if rest is None else _listed(rest)
    return [int(each) for each in found.values() if each.isdecimal() and len(each) < 10]


def _under(key: str, text: str) -> str | None:
    if len(text) > _MAX_CHARACTERS:
        raise Problem(say("it is larger than any list of classes."))
    begin = re.search(rf"^[\"']?{key}[\"']?[ \t]*:(?=\s|$)", text, re.MULTILINE)
    return None if begin is None else text[begin.end() :]


def _listed(rest: str) -> dict[int, str]:
    rest = _PROPERTIES.sub("", rest)
    start = rest.lstrip()
    return _in_brackets(start) if start.startswith(("[", "{")) else _in_lines(rest.split("\n"))


def _in_lines(lines: Iterable[str]) -> dict[int, str]:
    """ "- cat" one below the other, or "0: cat"; what is indented deeper goes on with the name above it. Problem when a
    line of the list is none of these: the names below it would be lost."""
    said: dict[int, str] = {}
    depth, last = 0, -1
    for line in lines:
        bare, indent = line.strip(), len(line) - len(line.lstrip())
        if not bare or bare.startswith("#"):
            continue
        if last >= 0 and indent > depth:
            said[last] += f" {bare}"
            continue
        depth = indent
        if match := _NUMBERED.match(line + " "):
            last = int(match[1])
            said[last] = match[2]
        elif bare == "-" or bare.startswith(("- ", "-\t")):
            last = len(said)
            said[last] = bare[2:]
        elif indent or bare.startswith("?"):
            raise Problem(say("its list of names is cut off or damaged."))
        else:
            break
    return {number: _scalar(_PROPERTIES.sub("", text)) for number, text in said.items()}


def _in_brackets(text: str) -> dict[int, str]:
    """[cat, dog] or {0: cat, 1: dog}, over as many lines as it takes."""
    names: dict[int, str] = {}
    number: int | None = None
    tokens = _tokens(text)
    is_map = next(tokens) == (True, "{")
    last = ""
    for is_sign, token in tokens:
        match is_sign, token:
            case True, "]" | "}":
                return names
            case True, ":" if is_map and last.isdecimal() and len(last) < 10:
                number = int(last)
            case True, ",":
                number = None
            case False, _:
                last = token
                if number is not None or not is_map:
                    names[len(names) if number is None else number] = token
            case _:
                break
    raise Problem(say("its list of names is cut off or damaged."))


def _tokens(text: str) -> Iterator[tuple[bool, str]]:
    """Whether it is one of []{},: and what it is, or what it says."""
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        if match["sign"]:
            yield True, match["sign"]
        elif match["comment"] is None:
            yield False, _said(match) if match["plain"] is None else match["plain"].strip()


def _scalar(text: str) -> str:
    text = text.strip()
    quoted = _QUOTED.match(text)
    return _said(quoted) if quoted else text.split(" #", 1)[0].rstrip()


def _said(match: re.Match[str]) -> str:
    if match["double"] is None:
        return match["single"].replace("''", "'")
    return _ESCAPE.sub(_unescaped, match["double"])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code is None:
        return _CONTROLS.get(match[4], match[4])
    number = int(code, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def quoted(text: str) -> str:
    """Writes a text in double quotes, what cannot be printed escaped."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
