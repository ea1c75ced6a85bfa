"""Of the words of Typer itself none is left in English, in help and in what is said of a word that is wrong."""

import subprocess
import sys

import pytest

from app import text
from tests.sentences import pseudo
from tests.sentences.extraction import extracted

TECHNICAL = {"maskwright", "options", "command", "args", "image", "images", "project", "annotations", "open", "list",
             "model", "limit", "point", "coco", "json"}  # fmt: skip
"""Names of commands and their arguments, and what stands in brackets as all programs have it."""


@pytest.fixture(autouse=True)
def foreign():
    text.use_catalogue(pseudo.LANGUAGE, pseudo.catalogue(extracted().forms))
    yield
    text.use("en")


@pytest.mark.parametrize(
    "words",
    [
        ["segment"],
        ["segment", "x.png", "--nope"],
        ["segment", "x.png", "--point"],
        ["nope"],
        ["models", "lst"],
        ["evaluate", "--images", "x"],
        ["evaluate", "--images", "x", "--annotations", "y", "--limit", "0"],
        ["evaluate", "--images", "x", "--annotations", "y", "--limit", "a"],
        ["info", "a", "b", "c"],
        ["auto", "--format", "nope", "x.png"],
        ["embed", "p", "--json=1"],
    ],
    ids=" ".join,
)
def test_what_is_wrong_with_what_was_typed_is_told_in_the_language(call, words):
    outcome = call(*words)
    assert outcome.code == 2
    assert left_in_english(outcome.err + outcome.out, words) == []


@pytest.mark.parametrize(
    "words", [["--help"], ["segment", "--help"], ["models", "--help"], ["auto", "-h"]], ids=" ".join
)
def test_help_has_no_english_word_of_typer(call, words):
    shown = call(*words).out
    for english in ("Usage", "Arguments", "Options", "Commands", "Show this", "required", "default:"):
        assert english not in shown


def test_a_command_that_shows_neither_loads_nothing_for_it():
    typed = "import sys; from app.cli import main; sys.argv = ['maskwright', '--version']; main()"
    loaded = (
        "import atexit, sys; atexit.register(lambda: print('typer.rich_utils' in sys.modules, 'rich' in sys.modules));"
    )
    done = subprocess.run([sys.executable, "-c", f"{loaded} {typed}"], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["False", "False"]


def left_in_english(shown: str, words: list[str]) -> list[str]:
    typed = {part for word in words for part in word.replace("--", "").replace("=", " ").split()}
    return [word for word in pseudo.unaccented_words(shown) if word.lower() not in TECHNICAL | typed]
