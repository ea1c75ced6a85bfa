"""What `--json` prints is the same in every language: programs read it."""

import time
from contextlib import closing

import numpy as np
import pytest

from app import text
from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project
from tests.sentences import pseudo
from tests.sentences.extraction import extracted


@pytest.fixture
def cats(call, photos, tmp_path):
    """A project in which an object was drawn and deleted."""
    path = tmp_path / "cats.maskwright"
    call("new", path, photos)
    with closing(Project.open(path)) as opened:
        image = next(image for image in opened.images() if image.path == "猫.png")
        mask = Mask.from_array(np.ones((3, 4), np.bool_))
        with opened.step("Accept mask") as step:
            told = {"predicted_iou": 0.93, "by": "brush"}
            made = step.add(Annotation(0, image.id, None, mask, provenance=told, clicks=3))
        time.sleep(0.01)  # the journal tells milliseconds apart
        with opened.step("Delete object") as step:
            step.delete(made)
    return path


@pytest.fixture
def foreign():
    text.use_catalogue(pseudo.LANGUAGE, pseudo.catalogue(extracted().forms))
    yield
    text.use("en")


@pytest.mark.parametrize(
    "words", [["doctor"], ["formats"], ["keys"], ["history", "--image", "猫.png"], ["models", "list"]]
)
def test_json_is_the_same_in_every_language(call, cats, request, words):
    words = [*words, cats] if words[0] == "history" else words
    plain, told = call(*words, "--json"), call(*words)
    request.getfixturevalue("foreign")
    assert call(*words, "--json").json == plain.json
    assert call(*words).out != told.out, "people read their language"
    assert text.in_force() == pseudo.LANGUAGE


@pytest.mark.usefixtures("foreign")
def test_what_went_wrong_is_told_in_the_language_of_the_person_also_with_json(call, cats):
    outcome = call("history", cats, "--image", "dog.png", "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert pseudo.unaccented_words(outcome.err.replace("dog.png", "")) == []
