"""Many sentences of a kind are one line."""

from __future__ import annotations

from app.problem import Problem
from app.tally import Tally, first_of
from app.text import say


def _lines(*sentences):
    tally = Tally()
    for sentence in sentences:
        tally.add(sentence)
    return tally.lines()


def test_one_is_told_as_it_is():
    assert _lines(say("{place}: its mask is empty.", place="a.png, object 1")) == [
        "a.png, object 1: its mask is empty."
    ]
    assert _lines("Tracks are left out.") == ["Tracks are left out."]


def test_many_are_a_number_and_the_first_places():
    sentences = [say("{place}: its mask is empty.", place=f"a.png, object {n}") for n in range(41)]
    assert _lines(*sentences) == ["41 times: its mask is empty. (a.png, object 0; a.png, object 1; a.png, object 2; …)"]
    assert _lines(*sentences[:2]) == ["2 times: its mask is empty. (a.png, object 0; a.png, object 1)"]


def test_what_differs_in_its_numbers_is_one_kind():
    said = [f"{n}.json: {n} of 7 points are no numbers." for n in range(5)]
    assert _lines(*said) == ["0.json: 0 of 7 points are no numbers. 4 more are like this: 1.json; 2.json; …"]


def test_a_problem_within_a_sentence_tells_the_kinds_apart():
    problems = [Problem(say("nothing tells its class.")), Problem(say("it has no outline."))]
    said = [
        say("{file}, object {number}: {problem}", file="a.xml", number=number, problem=problems[number % 2])
        for number in range(6)
    ]
    assert _lines(*said) == [
        "3 times: nothing tells its class. (a.xml, object 0; a.xml, object 2; a.xml, object 4)",
        "3 times: it has no outline. (a.xml, object 1; a.xml, object 3; a.xml, object 5)",
    ]


def test_what_all_of_them_begin_with_is_no_place():
    def told(*whys: str) -> list[str]:
        tally = Tally()
        for name, why in zip("ab", whys, strict=True):
            tally.note("left out", "Left out", f"{name}.jpg: {why}")
        return tally.lines()

    assert told("damaged.", "empty.") == ["Left out: a.jpg: damaged. 1 more is like this: b.jpg"]
    assert told("empty.", "empty.") == ["2 times: Left out: empty. (a.jpg; b.jpg)"]


def test_sentences_without_a_place_are_counted_too():
    assert _lines("It is 3 too many.", "It is 4 too many.", "It is 5 too many.", "It is 6 too many.") == [
        "It is 3 too many. 3 more are like this."
    ]


def test_two_tallies_are_joined():
    one, other = Tally(), Tally()
    for number in range(2):
        one.add(f"a, object {number}: it is empty.")
        other.add(f"b, object {number}: it is empty.")
    other.add("c: it is too large.")
    one.join(other)
    assert one.lines() == [
        "4 times: it is empty. (a, object 0; a, object 1; b, object 0; …)",
        "c: it is too large.",
    ]


def test_a_million_kinds_are_not_a_million_lines():
    tally = Tally()
    for number in range(5000):
        tally.add("x" * number + ".")
    assert len(tally.lines()) < 120
    assert sum(kind.count for kind in tally.kinds.values()) == 5000


def test_of_many_names_the_first_are_told():
    assert first_of(["a", "b"]) == "a; b"
    assert first_of(["a", "b", "c", "d"]) == "a; b; c; …"
