"""XML of strangers, element by element: no document type, and so neither entities nor what they can do; bounded depth
and size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from app.formats.kit.encodings import xml_encoding
from app.formats.kit.report import Report
from app.problem import Problem
from app.project.records import Category
from app.text import say

MAX_BYTES = 1 << 30
_MAX_DEPTH = 50
_MAX_ELEMENT_BYTES = 64 << 20
_MAX_TEXT = 1 << 20
_CHUNK_BYTES = 1 << 18
_HEAD_BYTES = 1000
_IMPOSSIBLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Builder:
    """Trees of the wanted elements; what is around them is passed over."""

    def __init__(self, wanted: Sequence[str], encoding: str | None) -> None:
        self._wanted = wanted
        self._open: list[Element] = []
        self._depth = 0
        self._begun = 0
        self.root = ""
        self.complete: list[Element] = []
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = _refused
        self.parser.EntityDeclHandler = _refused

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Problem(say("its elements lie too deep in each other."))
        if self._open or tag in self._wanted:
            element = Element(tag, attributes)
            if self._open:
                self._open[-1].append(element)
            else:
                self._begun = self.parser.CurrentByteIndex
            self._open.append(element)

    def _end(self, _tag: str) -> None:
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            if not self._open:
                self.complete.append(element)

    def _text(self, text: str) -> None:
        """What stands behind an element inside another one is of no format."""
        if self._open and not len(self._open[-1]):
            self._open[-1].text = (self._open[-1].text or "") + text
            if len(self._open[-1].text) > _MAX_TEXT:
                raise Problem(say("it holds an absurdly long text."))

    def fed(self, chunk: bytes, root: str, read_bytes: int) -> list[tuple[int, Element]]:
        """What is complete now. chunk: empty at the end."""
        self.parser.Parse(chunk, not chunk)
        if self.root not in ("", root):
            raise Problem(say("its first element is <{root}>, not <{root_2}>.", root=self.root[:40], root_2=root))
        begun = self._begun if self._open else self.parser.CurrentByteIndex
        if read_bytes - begun > _MAX_ELEMENT_BYTES + _CHUNK_BYTES:
            raise Problem(say("it holds an absurdly large element."))
        complete, self.complete = self.complete, []
        return [(read_bytes, element) for element in complete]


def _refused(*_: object) -> None:
    raise Problem(say("it declares a document type or entities, which are refused."))


def elements(file: Path, root: str, *wanted: str) -> Iterator[tuple[int, Element]]:
    """Yields each of the wanted elements with the bytes read so far, as soon as it is complete. root: what the first
    element must be. Problem, which names the file, when it is not, or the file is damaged or refused."""
    try:
        if file.exists() and not file.is_file():
            raise Problem(say("it is not a file."))
        with file.open("rb") as stream:
            if file.stat().st_size > MAX_BYTES:
                raise Problem(say("it is larger than 1 GB."))
            builder = _Builder(wanted, xml_encoding(stream.read(_HEAD_BYTES)))
            stream.seek(0)
            while chunk := stream.read(_CHUNK_BYTES):
                yield from builder.fed(chunk, root, stream.tell())
            yield from builder.fed(b"", root, stream.tell())
    except OSError as error:
        raise Problem(say("{file} cannot be read: {reason}.", file=file, reason=error.strerror)) from error
    except Problem as problem:
        raise Problem(f"{file.name}: {problem}") from problem
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Problem(
            say("{file}: the file is cut off, damaged or not XML: {error}.", file=file.name, error=error)
        ) from error


def whole(file: Path, root: str) -> Element:
    """Reads the root of a small file. Problem as elements."""
    found = [element for _, element in elements(file, root, root)]
    if not found:
        raise Problem(say("{file}: there is no <{root}> in it.", file=file.name, root=root))
    return found[0]


def text_of(element: Element, tag: str) -> str:
    """Returns what stands in the first child of that tag, without spaces around it; "" when there is none."""
    return (element.findtext(tag) or "").strip()


def text(value: str) -> str:
    """Writes a text as it stands between tags. What XML cannot hold becomes a question mark."""
    return escape(possible(value), {"\r": "&#13;"})


def attributes(**values: object) -> str:
    """Writes attributes as they stand inside a tag, each with a space before it."""
    return "".join(f" {name}={quoteattr(possible(str(value)))}" for name, value in values.items())


def note_impossible(categories: Iterable[Category], report: Report) -> None:
    """Notes the classes whose names XML cannot hold."""
    for category in categories:
        if not is_possible(category.name):
            report.warn(
                say(
                    "The class {category} has characters that XML cannot hold; they became question marks.",
                    category=repr(category.name),
                )
            )


def is_possible(value: str) -> bool:
    """Tells whether XML can hold every character of a text."""
    return possible(value) == value


def possible(value: str) -> str:
    """Returns a text with question marks for what XML cannot hold."""
    return _IMPOSSIBLE.sub("?", value)
