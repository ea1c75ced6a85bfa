"""Which form of a sentence a language takes for a number (the cardinal rules of Unicode CLDR, for whole numbers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def form_of(language: str, n: int) -> int:
    """Returns the index of the form for n >= 0: the forms of a language stand in CLDR's order (one, few, many, other;
    Arabic begins with zero). A language that is not listed has two, as English."""
    rule = _RULES.get(language) or _RULES.get(language.split("_")[0]) or _english
    return rule(n)


def _english(n: int) -> int:
    return int(n != 1)


def _french(n: int) -> int:
    return int(n > 1)


def _single(n: int) -> int:
    return 0


def _russian(n: int) -> int:
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2


def _polish(n: int) -> int:
    if n == 1:
        return 0
    return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2


def _czech(n: int) -> int:
    if n == 1:
        return 0
    return 1 if 2 <= n <= 4 else 2


def _arabic(n: int) -> int:
    if n <= 2:
        return n
    if 3 <= n % 100 <= 10:
        return 3
    return 4 if n % 100 >= 11 else 5


_RULES: Mapping[str, Callable[[int], int]] = {
    **dict.fromkeys(("id", "ja", "ko", "ms", "th", "vi", "zh"), _single),
    **dict.fromkeys(("fr", "pt", "hy"), _french),
    **dict.fromkeys(("ru", "uk", "be"), _russian),
    **dict.fromkeys(("cs", "sk"), _czech),
    "pl": _polish,
    "ar": _arabic,
}
