"""Sentences: key and arguments, plural forms, keys in force, and what becomes of a poor translation."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from app import plural, text
from app.problem import Busy, Problem
from app.text import Sentence, english, recalled, say, say_n


@pytest.fixture
def korean():
    """A few translations."""
    catalogue = {
        "{file}: the file is empty.": "{file}: 빈 파일입니다.",
        "{n} object": ["객체 {n}개"],
        "Left out: {objects}.": "제외됨: {objects}.",
        "Accept mask": "마스크 수락",
        "Take back “{step}”": "“{step}” 되돌리기",
        "{path} is missing.": "{path} 없음.",
        "Delete object": ["객체 {n}개 삭제"],
        "{n} click": ["{n}번", "{broken}"],
        "Press {key:mask.accept}.": "{key:mask.accept} 누르기.",
        "the file is empty.": "{nowhere}",
    }
    text.use_catalogue("ko", catalogue)
    yield
    text.use("en")


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    text.use("en")
    text.name_keys_by(str)


def test_a_sentence_reads_as_its_english():
    sentence = say("{file}: {share:.0%} of {n:,} objects", file="a.json", share=0.5, n=1234)
    assert sentence == "a.json: 50% of 1,234 objects"
    assert (sentence.key, dict(sentence.arguments)) == (
        "{file}: {share:.0%} of {n:,} objects", {"file": "a.json", "share": 0.5, "n": 1234},
    )  # fmt: skip


def test_a_number_chooses_the_form():
    assert [say_n("{n} object", "{n} objects", n) for n in (0, 1, 2)] == ["0 objects", "1 object", "2 objects"]
    assert say_n("Delete object", "Delete {n} objects", 1) == "Delete object"


@pytest.mark.usefixtures("korean")
def test_a_sentence_is_rendered_in_the_language_in_force():
    assert say("{file}: the file is empty.", file="a.json") == "a.json: 빈 파일입니다."
    assert say_n("{n} object", "{n} objects", 1) == "객체 1개"
    assert say("not translated {n}", n=1) == "not translated 1"


def test_a_sentence_made_before_is_rendered_at_the_edge(korean):
    text.use("en")
    inner = say_n("{n} object", "{n} objects", 3)
    sentence = say("Left out: {objects}.", objects=inner)
    problem = Problem(sentence)
    assert str(problem) == "Left out: 3 objects."
    text.use_catalogue("ko", {"{n} object": ["객체 {n}개"], "Left out: {objects}.": "제외됨: {objects}."})
    assert str(sentence) == f"{sentence}" == str(problem) == "제외됨: 객체 3개."
    assert sentence.english == english(sentence) == "Left out: 3 objects."


@pytest.mark.usefixtures("korean")
def test_a_problem_within_a_sentence_is_rendered_with_it():
    text.use("en")
    outer = say("Left out: {objects}.", objects=Problem(say("{file}: the file is empty.", file="a")))
    text.use_catalogue("ko", {"{file}: the file is empty.": "{file}: 빈 파일입니다."})
    assert str(outer) == "Left out: a: 빈 파일입니다.."


def test_keys_in_sentences_are_those_in_force():
    text.name_keys_by({"mask.accept": "Enter"}.__getitem__)
    sentence = say("Press {key:mask.accept}.")
    assert sentence == "Press Enter."
    text.name_keys_by({"mask.accept": "F9"}.__getitem__)
    assert str(sentence) == "Press F9."


@pytest.mark.usefixtures("korean")
def test_a_translation_that_cannot_be_filled_gives_way_to_english():
    assert say("the file is empty.") == "the file is empty."


@pytest.mark.usefixtures("korean")
def test_what_a_file_keeps_in_english_is_recalled():
    assert recalled("Accept mask") == "마스크 수락"
    assert recalled("7 objects") == "객체 7개"
    assert recalled("1 object") == "객체 1개"
    assert recalled("a.json is missing.") == "a.json 없음."
    assert recalled("a name of a person") == "a name of a person"


@pytest.mark.usefixtures("korean")
def test_the_name_of_a_step_in_the_name_of_a_step_is_recalled_too():
    assert recalled("Take back “Accept mask”") == "“마스크 수락” 되돌리기"
    assert recalled("Take back “Take back “Accept mask””") == "““마스크 수락” 되돌리기” 되돌리기"
    deep = "Take back “" * 3000 + "Accept mask" + "”" * 3000  # of a stranger's project
    assert recalled(deep).count("되돌리기") == 4


def test_a_sentence_can_be_copied_sent_and_written():
    sentence = say("Left out: {objects}.", objects=say_n("{n} object", "{n} objects", 2))
    for other in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):  # noqa: S301
        assert isinstance(other, Sentence)
        assert (other, other.key, other.arguments) == (sentence, sentence.key, sentence.arguments)
    assert json.dumps({"told": sentence}) == '{"told": "Left out: 2 objects."}'
    assert {sentence: 1}["Left out: 2 objects."] == 1


def test_arguments_hold_on_to_nothing():
    class Large:
        def __str__(self) -> str:
            return "large"

    assert say("{what}", what=Large()).arguments == {"what": "large"}


def test_busy_says_both():
    busy = Busy(say("It is locked."))
    assert str(busy) == "It is locked. The change was not saved; try again."
    assert busy.meanwhile == "It is locked. The change is not saved yet; it is tried again by itself."


def test_a_language_without_a_catalogue_is_english():
    assert text.use("tlh_QO") == "en"
    assert text.in_force() == "en"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {0: 1, 1: 0, 2: 1, 21: 1}), ("de", {1: 0, 2: 1}), ("fr", {0: 0, 1: 0, 2: 1}), ("ko", {0: 0, 1: 0, 5: 0}),
        ("ru", {0: 2, 1: 0, 2: 1, 5: 2, 11: 2, 12: 2, 21: 0, 22: 1}), ("pl", {1: 0, 2: 1, 5: 2, 12: 2, 21: 2, 22: 1}),
        ("cs", {1: 0, 4: 1, 5: 2}), ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 11: 4, 100: 5, 103: 3}),
    ],
)  # fmt: skip
def test_the_plural_rules_are_those_of_cldr(language, forms):
    assert {n: plural.form_of(language, n) for n in forms} == forms
