"""Every sentence is in the list of keys, and every translation has the places of its key."""

from __future__ import annotations

import json
from typing import Annotated

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

import app.labeling.actions
import app.ui.actions  # noqa: F401  (both fill the registry)
from app import text
from app.cli.help_texts import help_keys
from app.cli.program import program
from app.formats.kit.fields import FIELDS, MATTERS
from app.formats.kit.fields import WORDS as LOSSES
from app.labeling.between import FILL_UNDER
from app.labeling.carried import CARRY, SPLIT
from app.labeling.commands import REGISTRY
from app.labeling.paste_step import PASTE
from app.labeling.provenance import CUT, EVERYTHING_MODE, WORDS, made_with
from app.labeling.tools.registry import TOOLBOX
from app.paths import resource
from app.text import languages, places
from tests.sentences import pseudo
from tests.sentences.extraction import KEYS_FILE, bypassing, extracted, help_of_the_terminal, literals_of


def test_the_list_of_keys_is_what_the_code_says():
    """`python dev.py words` brings it up to date."""
    found = extracted()
    assert found.faults == []
    listed = json.loads(KEYS_FILE.read_text(encoding="utf-8"))
    assert sorted(set(found.forms) - set(listed)) == [], "not listed"
    assert sorted(set(listed) - set(found.forms)) == [], "nobody says it any more"
    assert listed == found.forms


def test_nothing_that_people_read_bypasses_the_catalogue():
    assert bypassing() == []


def test_help_is_found_wherever_a_command_may_have_it():
    small = typer.Typer(add_completion=False)

    @small.command(epilog="At the end.")
    def _one(side: Annotated[int, typer.Option(help="A literal.", show_default="as it\n is")] = 0) -> None:
        """First
        line.

        Second.
        """

    assert list(help_keys(get_command(small))) == ["First line.", "Second.", "At the end.", "A literal.", "as it is"]


def test_the_help_of_the_terminal_is_shown_in_the_language_in_force(monkeypatch):
    monkeypatch.setenv("COLUMNS", "500")
    text.use_catalogue(pseudo.LANGUAGE, pseudo.catalogue({key: key for key in help_of_the_terminal()}))
    try:
        shown = "".join(CliRunner().invoke(program, [*of, "--help"]).stdout for of in ([], ["export"], ["models"]))
    finally:
        text.use("en")
    for told in ("Label images with", "Without a command", "Write the annotations", "Exit status", "Download a model"):
        assert pseudo.accented(told).rstrip("~") in shown
        assert told not in shown


def test_what_rows_and_reports_keep_in_english_has_its_words():
    words = {word.key for word in WORDS}
    by_model = {"smart", "select"}
    assert {tool.id for tool in TOOLBOX.all()} - by_model <= words
    assert literals_of("MaskRepair", "_SpeckRepair", "Operation") <= words
    assert {CARRY, CUT, EVERYTHING_MODE, FILL_UNDER, PASTE, SPLIT} <= words
    assert literals_of("lose") | {field.name for field in FIELDS} | MATTERS.keys() <= {word.key for word in LOSSES}


def test_what_a_mask_was_made_with_is_told_in_the_language_in_force():
    text.use_catalogue("de", {"brush": "Pinsel"})
    try:
        assert made_with("brush, lasso of a stranger") == "Pinsel, lasso of a stranger"
    finally:
        text.use("en")
    assert (made_with("brush, eraser"), made_with(None), made_with("")) == ("brush, eraser", "", "")


def test_every_key_can_be_filled_and_names_known_commands():
    for key, forms in extracted().forms.items():
        for form in [key] if isinstance(forms, str) else forms:
            for place in places(form):
                assert place.isidentifier() or place.startswith("key:"), (form, place)
                command = place.removeprefix("key:")
                assert command == place or command in REGISTRY.commands, place


@pytest.mark.parametrize("language", languages()[1:])
def test_a_translation_has_the_places_of_its_key(language):
    english = json.loads(KEYS_FILE.read_text(encoding="utf-8"))
    translated = json.loads((resource("i18n") / f"{language}.json").read_text(encoding="utf-8"))
    for key, value in translated.items():
        assert key in english, key
        wanted = set(places(english[key] if isinstance(english[key], str) else english[key][-1]))
        for form in [value] if isinstance(value, str) else value:
            assert set(places(form)) <= wanted | {"n"}, form
            assert isinstance(value, list) or set(places(form)) == wanted, form


def test_the_made_up_language_keeps_the_places():
    for key, value in pseudo.catalogue(extracted().forms).items():
        assert isinstance(value, list) or places(value) == places(key)
