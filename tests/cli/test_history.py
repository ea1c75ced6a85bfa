import time
from contextlib import closing
from datetime import date

import numpy as np
import pytest

from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project


@pytest.fixture
def project(call, photos, tmp_path):
    """猫.png had an object, which was deleted."""
    path = tmp_path / "cats.maskwright"
    call("new", path, photos)
    opened = Project.open(path)
    image = next(image for image in opened.images() if image.path == "猫.png")
    scores = {"model": "starter", "predicted_iou": 0.93}
    with opened.step("Accept mask") as step:
        mask = Mask.from_array(np.ones((3, 4), np.bool_))
        made = step.add(Annotation(0, image.id, None, mask, provenance=scores, clicks=3))
    time.sleep(0.01)  # the journal tells milliseconds apart
    with opened.step("Delete object") as step:
        step.delete(made)
    opened.close()
    return path


def test_history_tells_what_was_done_the_newest_first(call, project):
    outcome = call("history", project, "--image", "猫.png")
    deleted, accepted = outcome.out.splitlines()
    assert "Delete object: object 1, deleted" in deleted
    assert accepted.endswith("Accept mask: object 1, 3 clicks, starter, predicted IoU 0.93")


def test_history_gives_the_objects_as_of_a_time(call, project):
    steps = call("history", project, "--image", "猫.png", "--json").json["steps"]
    assert [step["object"] for step in steps] == [1, 1]
    accepted = call("history", project, "--image", "猫.png", "--as-of", steps[1]["time"], "--json").json
    assert [(made["id"], made["clicks"], made["mask"]["area"]) for made in accepted["objects"]] == [(1, 3, 12)]
    long_ago = call("history", project, "--image", "猫.png", "--as-of", "2001-01-01", "--json").json
    assert long_ago["objects"] == []


def test_history_refuses_what_is_no_time_and_no_image(call, project):
    assert call("history", project, "--image", "猫.png", "--as-of", "then").err.startswith("then is not a time")
    assert call("history", project, "--image", "dog.png").err == "dog.png is not an image of this project."


def test_a_day_means_its_end(call, project):
    """What was done today is not there as of yesterday; as of today all is."""
    objects = {}
    for when in ("yesterday", "today", f"{date.today()}", "2001-01-01"):
        objects[when] = call("history", project, "--image", "猫.png", "--as-of", when).out
    assert set(objects.values()) == {"There was no object.\n"}
    call("history", project, "--image", "猫.png", "--as-of", _accepted(call, project), "--bring-back")
    assert call("history", project, "--image", "猫.png", "--as-of", "today").out.startswith("object 1: 3 clicks")
    assert call("history", project, "--image", "猫.png", "--as-of", "yesterday").out == "There was no object.\n"


def _accepted(call, project) -> str:
    return call("history", project, "--image", "猫.png", "--json").json["steps"][-1]["time"]


@pytest.mark.parametrize("time", ["then", "0001-01-01", "9999-12-31", "2026-13-01", "", "2026-11-23T"])
def test_what_is_no_time_is_one_sentence(call, project, time):
    outcome = call("history", project, "--image", "猫.png", "--as-of", time)
    assert outcome.code == 0 or outcome.err.endswith("2026-11-23 or 2026-11-23T14:05.")


def test_an_object_that_never_was_is_one_sentence(call, project):
    for more in ([], ["--as-of", "today"]):
        told = call("history", project, "--image", "猫.png", "--object", "99", *more).err
        assert told == "猫.png never had an object 99."


def test_history_brings_back_what_was(call, project):
    then = _accepted(call, project)
    for more in (["--object", "1"], []):
        told = call("history", project, "--image", "猫.png", "--as-of", then, "--bring-back", *more)
        assert told.out == ("Brought back 1 object.\n" if more else "Nothing is different from then.\n")
    with closing(Project.open(project)) as opened:
        assert [each.id for each in opened.annotation_table.all()] == [1]
        assert opened.undo_label == "Bring back the object"
    told = call("history", project, "--image", "猫.png", "--as-of", "2001-01-01", "--bring-back", "--json").json
    assert (told["brought_back"], told["deleted"]) == (0, 1)
    refused = call("history", project, "--image", "猫.png", "--as-of", "2001-01-01", "--bring-back", "--object", "1")
    assert refused.err == "猫.png had no object 1 then."
    assert call("history", project, "--image", "猫.png", "--bring-back").code == 2


def test_compact_forgets_old_steps_and_history_says_so(call, project):
    call("history", project, "--image", "猫.png", "--as-of", _accepted(call, project), "--bring-back")
    assert call("compact", project, "--keep-days", "1").out.startswith("No step is that old")
    told = call("compact", project, "--keep-days", "0", "--json").json
    assert (told["steps"], told["backup"] is not None) == (3, True)
    made, begins = call("history", project, "--image", "猫.png").out.splitlines()
    assert made.endswith("Accept mask: object 1, 3 clicks, starter, predicted IoU 0.93")
    assert begins.startswith("Of what was done before ")
    assert call("history", project, "--image", "猫.png", "--as-of", "today").out.startswith("object 1: ")
    refused = call("history", project, "--image", "猫.png", "--as-of", "yesterday").err
    assert refused.startswith("The history begins at ")
    assert call("compact", project).code == call("compact", project, "--before", "2026-01-01", "--keep-days", "1").code
    assert call("compact", project, "--before", "then").err.startswith("then is not a time")


def test_history_tells_what_a_mask_was_made_with_by_hand(call, project):
    with closing(Project.open(project)) as opened, opened.step("Accept mask") as step:
        mask = Mask.from_array(np.ones((3, 4), np.bool_))
        image = next(image for image in opened.images() if image.path == "猫.png")
        step.add(Annotation(0, image.id, None, mask, provenance={"model": "", "by": "brush, polygon"}, clicks=2))
    newest = call("history", project, "--image", "猫.png").out.splitlines()[0]
    assert newest.endswith("2 clicks, brush, polygon")
