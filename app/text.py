"""Sentences for people: made as key and arguments, rendered in the language in force.

The key of a sentence is its English with named places: `say("{file}: the file is empty.", file=path.name)`. A
catalogue, `resources/i18n/LANGUAGE.json`, gives the translation of each key. `{key:mask.accept}` in a sentence is
filled with the key that runs this command now. `python dev.py words` brings the list of keys up to date.
"""

from __future__ import annotations

import json
import locale
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from numbers import Real
from string import Formatter
from typing import Any, TypeAlias

from app.paths import resource
from app.plural import form_of

Catalogue: TypeAlias = Mapping[str, str | list[str]]
"""The translation of each key, or its forms by number. The key of a plural is the English of one."""

ENGLISH = "en"
LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français", "ko": "한국어", "ja": "日本語"}
"""What a language is called by those who speak it."""
_log = logging.getLogger(__name__)
_catalogue: Catalogue = {}
_language = ENGLISH


_STEP = "step"
"""The place in a sentence where the name of a step stands, which is a sentence itself."""


class _Keys:
    """Fills `{key:mask.accept}`."""

    def __format__(self, command: str) -> str:
        return _key_of(command)


_KEYS = _Keys()
_key_of: Callable[[str], str] = str


class Sentence(str):
    """A sentence that knows its key and arguments. It reads as it was in the language in force when it was made;
    `str(sentence)`, and formatting it, render it in the language that is in force now. Never changed once made."""

    __slots__ = ("arguments", "key", "many")
    key: str
    """The English of it, with named places; of a plural, the English of one."""
    many: str
    """The English of more than one, if it has a number `n`."""
    arguments: Mapping[str, Any]

    def __new__(cls, key: str, arguments: Mapping[str, Any], many: str = "") -> Sentence:
        """Renders it. Numbers, words and sentences stay arguments as they are; what else there is becomes its text."""
        self = str.__new__(cls, _rendered(key, many, arguments))
        self.key = key
        self.many = many
        self.arguments = arguments
        for value in arguments.values():
            if type(value) not in _LASTING:
                self.arguments = {name: _kept(value) for name, value in arguments.items()}
                break
        return self

    def __str__(self) -> str:
        return _rendered(self.key, self.many, self.arguments)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, Mapping[str, Any], str]]:
        return type(self), (self.key, self.arguments, self.many)

    @property
    def english(self) -> str:
        """The same in English, as files and logs keep it, whatever language is in force."""
        arguments = {name: english(value) for name, value in self.arguments.items()}
        return _english_of(self.key, self.many, arguments).format(key=_KEYS, **arguments)


def say(key: str, /, **arguments: Any) -> Sentence:
    """Returns the sentence of this key, a literal, with its places filled."""
    return Sentence(key, arguments)


def say_n(one: str, many: str, /, n: int, **arguments: Any) -> Sentence:
    """Returns the sentence in the form for the number n, which fills the place {n}."""
    return Sentence(one, {"n": n, **arguments}, many)


def translation(key: str) -> str:
    """Returns what the catalogue has for a key without places; the key itself if it has nothing."""
    found = _catalogue.get(key)
    return found if isinstance(found, str) else key


def english(value: Any) -> Any:
    """Returns the English of a sentence, and anything else as it is."""
    return value.english if isinstance(value, Sentence) else value


def use(language: str) -> str:
    """Puts a language in force, `ko` or `pt_BR`; "" or "system" for that of the system. Returns the one that is in
    force: English when there is no catalogue of it."""
    wanted = (_of_the_system() if language in ("", "system") else language).replace("-", "_").split(".")[0]
    for candidate in (wanted, wanted.split("_")[0]):
        if candidate in languages():
            use_catalogue(candidate, _read(candidate))
            return candidate
    use_catalogue(ENGLISH, {})
    return ENGLISH


def use_catalogue(language: str, catalogue: Catalogue) -> None:
    """Puts these translations in force."""
    global _catalogue, _language
    _catalogue, _language = catalogue, language
    _patterns.cache_clear()


@contextmanager
def in_english() -> Iterator[None]:
    """Puts English in force for a while, as for what programs read."""
    language, catalogue = _language, _catalogue
    use_catalogue(ENGLISH, {})
    try:
        yield
    finally:
        use_catalogue(language, catalogue)


def in_force() -> str:
    """Returns the language in force."""
    return _language


def languages() -> list[str]:
    """Returns the languages that can be put in force, English first."""
    found = sorted(path.stem for path in resource("i18n").glob("*.json") if path.stem != ENGLISH)
    return [ENGLISH, *found]


def name_keys_by(key_of: Callable[[str], str]) -> None:
    """Lets `{key:COMMAND}` be filled by what key_of returns for the id of a command."""
    global _key_of
    _key_of = key_of


def key_of(command: str) -> str:
    """Returns what the key that runs this command is called."""
    return _key_of(command)


def recalled(stored: str, *, depth: int = 3) -> str:
    """Returns a sentence that a file keeps in English, in the language in force; as it is if it is no sentence of
    ours. depth: of names of steps within names of steps, so many are."""
    if not _catalogue:
        return stored
    for pattern, key, many in _patterns():
        if (found := pattern.fullmatch(stored)) is not None:
            arguments: dict[str, Any] = found.groupdict()
            if _STEP in arguments and depth:  # a step that tells of another one
                arguments[_STEP] = recalled(arguments[_STEP], depth=depth - 1)
            if many and not arguments.get("n", "").isdecimal():
                continue
            return str(Sentence(key, {**arguments, "n": int(arguments["n"])} if many else arguments, many))
    return stored


def places(template: str) -> list[str]:
    """Returns the names of the places of a template, keys as `key:COMMAND`, in alphabetical order. Raises ValueError
    when it is none."""
    found = [(name, spec) for _, name, spec, _ in Formatter().parse(template) if name is not None]
    return sorted(f"key:{spec}" if name == "key" else name for name, spec in found)


_LASTING = frozenset({str, int, float, bool, Sentence})
"""Types of arguments that are kept as they are. (Reports of imports make sentences by the thousand.)"""


def _rendered(key: str, many: str, arguments: Mapping[str, Any]) -> str:
    translation = _catalogue.get(key) if _catalogue else None
    if translation is not None:
        try:
            return _template(translation, arguments).format(key=_KEYS, **arguments)
        except (KeyError, IndexError, ValueError):
            _log.warning("The translation of %r into %s cannot be filled in.", key, _language)
    template = _english_of(key, many, arguments) if many else key
    return template.format(key=_KEYS, **arguments) if "{" in template else template


def _template(translation: str | list[str], arguments: Mapping[str, Any]) -> str:
    if isinstance(translation, str):
        return translation
    return translation[min(form_of(_language, abs(int(arguments["n"]))), len(translation) - 1)]


def _english_of(key: str, many: str, arguments: Mapping[str, Any]) -> str:
    return many if many and arguments["n"] != 1 else key


def _kept(value: Any) -> Any:
    """An argument to be kept for as long as the sentence: nothing that changes, or holds on to other things."""
    if isinstance(value, (str, int, float, Real)):
        return value
    if isinstance(value, BaseException) and len(value.args) == 1 and isinstance(value.args[0], Sentence):
        return value.args[0]
    return str(value)


def _of_the_system() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value
    return locale.getlocale()[0] or ENGLISH


def _read(language: str) -> Catalogue:
    try:
        found: Any = json.loads((resource("i18n") / f"{language}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        _log.warning("The catalogue of %s cannot be read: %s", language, error)
        return {}
    return {key: value for key, value in found.items() if value} if isinstance(found, dict) else {}


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str, str]]:
    """What recognises the English of a key: those with the most letters of their own first."""
    english_forms: Any = json.loads((resource("i18n") / "en.json").read_text(encoding="utf-8"))
    forms = [
        (form, key, value[-1] if isinstance(value, list) else "")
        for key, value in english_forms.items()
        if key in _catalogue
        for form in (value if isinstance(value, list) else [value])
    ]
    forms.sort(key=lambda each: -len(re.sub(r"\{[^}]*\}", "", each[0])))
    return [(_pattern(form), key, many) for form, key, many in forms if re.search(r"\w", re.sub(r"\{.*?\}", "", form))]


def _pattern(template: str) -> re.Pattern[str]:
    seen: set[str] = set()
    parts: list[str] = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(text))
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
