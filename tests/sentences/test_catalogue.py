"""Every sentence is in the list of keys, and every translation has the places of its key."""

from __future__ import annotations

import json

import pytest

import app.labeling.actions
import app.ui.actions  # noqa: F401  (both fill the registry)
from app.labeling.commands import REGISTRY
from app.paths import resource
from app.text import languages, places
from tests.sentences import pseudo
from tests.sentences.extraction import KEYS_FILE, bypassing, extracted


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
