import time

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
