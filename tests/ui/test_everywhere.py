"""Everything mode on all images that nobody has worked on, while somebody works."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt

from app.engine.job_model import JobModel, ModelChangedError
from app.labeling.commands import REGISTRY
from app.problem import Problem
from app.project.records import KeptProposal
from app.sam.automatic import FoundMask
from app.sam.crops import Crop
from tests.project.conftest import dot
from tests.ui.conftest import ANSWER_MS


def look_everywhere(window):
    REGISTRY.run("everything.everywhere", *window.targets())


def proposals(window):
    """By the id of the image, how many there are."""
    project = window.workspace.project
    return {image.id: len(project.proposals.of_image(image.id)) for image in project.images()}


def over(window, qtbot):
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=3 * ANSWER_MS)


@pytest.mark.slow
def test_a_click_is_answered_while_everything_is_looked_for_on_other_images(hand, opened, qtbot):
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    session, project = hand.session, opened.workspace.project
    shown, done, *free = [image.id for image in project.images()]
    session.navigation.open(done)
    session.navigation.set_status("done")
    session.navigation.open(shown)
    qtbot.waitUntil(lambda: session.place.is_encoded, timeout=ANSWER_MS)
    label = project.undo_label
    look_everywhere(opened)
    assert opened.jobs.current.title == "Looking for everything: image 1 of 2"
    hand.click(100, 100)
    hand.wait_for_mask()
    assert opened.jobs.current is not None, "it goes on meanwhile"
    over(opened, qtbot)
    found = proposals(opened)
    assert {image_id for image_id, number in found.items() if number} == set(free)
    assert f"{sum(found.values())} things are proposed" in opened.toast.text()
    assert project.undo_label == label, "finding something is no step"
    session.navigation.open(free[0])
    assert len(session.everything.findings) == found[free[0]]


@pytest.fixture
def finds(opened, monkeypatch):
    """What the model finds on an image, by its id: a number of steps, and what is raised after them."""
    steps: dict[int, tuple[int, Exception | None]] = {}

    def everything(_model, image):
        number, error = steps.get(image.image_id, (1, None))
        for step in range(number):
            yield step, number
        if error is not None:
            raise error
        return [FoundMask(dot(size=(512, 512)), 0.9, 0.9, (1.0, 1.0), Crop(0, 0, 512, 512, 0))]

    monkeypatch.setattr(JobModel, "everything", everything)
    return steps


def test_what_cannot_be_read_is_counted_and_the_image_that_is_shown_has_its_proposals(opened, finds, qtbot):
    shown, lost, *_others = [image.id for image in opened.workspace.project.images()]
    finds[lost] = 1, Problem("It is gone.")
    look_everywhere(opened)
    with pytest.raises(Problem, match="under way already"):
        look_everywhere(opened)
    over(opened, qtbot)
    assert opened.workspace.session.image_id == shown
    assert len(opened.workspace.session.everything.findings) == 1
    assert list(proposals(opened).values()) == [1, 0, 1, 1]
    told = "Looked for everything on 4 images; 3 things are proposed. 1 image cannot be read."
    assert opened.toast.text() == told
    del finds[lost]
    look_everywhere(opened)  # only the one that is left
    over(opened, qtbot)
    assert opened.toast.text() == "Looked for everything on 1 image; 1 thing is proposed."
    with pytest.raises(Problem, match="has objects, or was looked at"):
        look_everywhere(opened)


@pytest.mark.parametrize("how", ["cancelled", "another model"])
def test_what_was_found_stays_when_it_ends_before(opened, finds, qtbot, how):
    _, second, *_others = [image.id for image in opened.workspace.project.images()]
    finds[second] = (10**9, None) if how == "cancelled" else (1, ModelChangedError("Another model was chosen."))
    look_everywhere(opened)
    qtbot.waitUntil(lambda: sum(proposals(opened).values()) == 1, timeout=ANSWER_MS)
    if how == "cancelled":
        opened.status.cancel.click()
    over(opened, qtbot)
    assert opened.toast.text() == ("Cancelled." if how == "cancelled" else "Another model was chosen.")
    assert sum(proposals(opened).values()) == 1
    del finds[second]
    look_everywhere(opened)
    over(opened, qtbot)
    assert list(proposals(opened).values()) == [1, 1, 1, 1]


class Held:
    """The model while it looks at the second image: it goes on when it may."""

    def __init__(self, second: int) -> None:
        self.may_go_on, self.error, self.looked_at = False, None, []
        self._second = second

    def everything(self, _model, image):
        self.looked_at.append(image.image_id)
        yield 0, 1
        while image.image_id == self._second and not self.may_go_on:
            yield 0, 1
        error, self.error = self.error, None
        if image.image_id == self._second and error is not None:
            raise error
        return [FoundMask(dot(size=(512, 512)), 0.9, 0.9, (1.0, 1.0), Crop(0, 0, 512, 512, 0))]


@pytest.fixture
def held(opened, monkeypatch, qtbot):
    _, second, *_others = [image.id for image in opened.workspace.project.images()]
    held = Held(second)
    monkeypatch.setattr(JobModel, "everything", lambda model, image: held.everything(model, image))
    look_everywhere(opened)
    qtbot.waitUntil(lambda: second in held.looked_at, timeout=ANSWER_MS)
    return held


def test_an_image_that_is_done_or_looked_at_meanwhile_is_left_alone(opened, held, qtbot):
    project, navigation = opened.workspace.project, opened.workspace.session.navigation
    first, second, third, fourth = [image.id for image in project.images()]
    for image_id in (third, second):
        navigation.open(image_id)
        navigation.set_status("done")
    project.proposals.keep(fourth, [KeptProposal(0, fourth, dot(size=(512, 512)), 0.9, 0.9, (1.0, 1.0), "model")])
    held.may_go_on = True
    over(opened, qtbot)
    assert held.looked_at == [first, second]
    assert list(proposals(opened).values()) == [1, 0, 0, 1]


def test_a_project_that_is_opened_again_is_looked_at_at_once(opened, held, photos, qtbot):
    path = opened.workspace.project.path
    opened.projects.close()
    opened.open_path(path)
    qtbot.waitUntil(lambda: opened.workspace is not None, timeout=ANSWER_MS)
    look_everywhere(opened)
    held.may_go_on = True
    over(opened, qtbot)
    assert list(proposals(opened).values()) == [1, 1, 1, 1]


def test_what_cannot_be_read_because_the_folder_was_moved_is_looked_at_where_it_is(
    opened, held, photos, tmp_path, monkeypatch, qtbot
):
    folder = opened.workspace.project.folder
    moved = shutil.copytree(folder.root, tmp_path / "moved")
    monkeypatch.setattr(type(folder), "root", property(lambda _folder: moved))
    held.error, held.may_go_on = Problem("It is gone."), True
    over(opened, qtbot)
    assert opened.toast.text() == "Looked for everything on 4 images; 4 things are proposed."
