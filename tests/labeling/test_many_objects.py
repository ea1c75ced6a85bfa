"""What is done to thousands of objects is left to the window, which does it beside itself; the same comes of it."""

import numpy as np
import pytest
from msgspec.structs import replace

from app.labeling import between, object_steps
from app.labeling.between import UNION
from app.labeling.events import LongWork
from app.labeling.policies import NEW_CUTS_OLD
from app.masks.rle import Mask
from app.problem import Problem
from app.project.history import journal
from app.project.records import Annotation, KeptProposal
from app.project.store import Project
from app.work import WorkStopped, run

COUNT = 12


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr(object_steps, "MANY", 4)
    monkeypatch.setattr("app.labeling.paste_step.MANY", 4)
    monkeypatch.setattr("app.labeling.stacking.MANY", 4)
    monkeypatch.setattr(between, "_FEW", 4)
    monkeypatch.setattr(journal, "_LONG", 4)


def hide(desk):
    desk.session.objects.toggle_hidden(*desk.session.objects.selection)


def classify(desk):
    desk.session.objects.set_category(desk.session.classes.all()[1].id)


def paste(desk):
    desk.session.copying.copy()
    desk.session.copying.paste()


ACTS = {
    "hide": hide,
    "class": classify,
    "delete": lambda desk: desk.session.objects.delete_selected(),
    "cut": lambda desk: desk.session.copying.cut(),
    "paste": paste,
    "duplicate": lambda desk: desk.session.copying.duplicate(),
    "front": lambda desk: desk.session.stacking.to_front(),
    "union": lambda desk: desk.session.between.combine(UNION),
    "cut by above": lambda desk: desk.session.between.cut_by_above(),
}


def drawn(desk):
    """A dozen objects in a row, each over a part of the one before, and one that is not selected on top of all."""
    desk.open()
    desk.session.classes.add("cat")
    desk.session.classes.add("dog")
    with desk.project.step("Draw") as step:
        for n in range(COUNT + 1):
            pixels = np.zeros((48, 64), np.bool_)
            pixels[10:20, 4 * n : 4 * n + 6] = True
            step.add(Annotation(0, desk.session.image_id, None, Mask.from_array(pixels)))
    desk.session.objects.select(*(each.id for each in desk.saved()[:COUNT]))


def seen(desk):
    """What can be told of the objects, without numbers that differ from project to project."""
    return (
        [(each.mask, each.category_id, each.hidden, each.z_order) for each in desk.session.objects.all()],
        desk.session.objects.selection,
        [sentence for sentence in desk.notices() if "Copied" not in sentence][-1:],
        desk.project.undo_label,
    )


@pytest.fixture
def expected(desk, request):
    """What comes of an act on a few; taken back."""
    drawn(desk)
    ACTS[request.param](desk)
    found = seen(desk)
    desk.session.undo_stack.undo()
    desk.session.objects.select(*(each.id for each in desk.saved()[:COUNT]))
    return request.param, found


@pytest.mark.parametrize("expected", ACTS, indirect=True)
def test_of_many_comes_what_comes_of_a_few(desk, expected, few_are_many):
    act, (objects, selection, told, label) = expected
    before = desk.session.objects.all()
    ACTS[act](desk)
    assert isinstance(desk.events[-1], LongWork)
    assert desk.session.objects.all() == before, "nothing is changed on this thread"
    desk.work_beside()
    now = seen(desk)
    assert now[0] == objects
    assert len(now[1]) == len(selection)
    assert now[2:] == (told, label)
    desk.events.clear()
    desk.session.undo_stack.undo()
    if any(isinstance(event, LongWork) for event in desk.events):  # one is brought to the front by one row
        desk.work_beside()
    assert desk.session.objects.all() == before
    assert desk.project.redo_label == label


def test_what_was_deleted_meanwhile_is_left_out(desk, few_are_many):
    drawn(desk)
    hide(desk)
    first = desk.saved()[0]
    with desk.project.step("Meanwhile") as step:
        step.delete(first)
    desk.events[:] = [event for event in desk.events if isinstance(event, LongWork)]
    desk.work_beside()
    assert [each.hidden for each in desk.saved()] == [True] * (COUNT - 1) + [False]


def test_where_nothing_is_left_of_them_that_is_told(desk, few_are_many):
    drawn(desk)
    ACTS["delete"](desk)
    with desk.project.step("Meanwhile") as step:
        for each in desk.saved()[:COUNT]:
            step.delete(each)
    desk.work_beside()
    assert desk.notices()[-1] == f"{COUNT} objects were changed meanwhile and stay as they are."


def test_objects_that_were_changed_meanwhile_are_not_united_as_they_were(desk, few_are_many):
    drawn(desk)
    first, second, *_ = desk.saved()
    ACTS["union"](desk)
    with desk.project.step("Meanwhile") as step:
        step.delete(first)
        step.put(replace(second, mask=other_mask()))
    before = desk.saved()
    desk.work_beside()
    assert desk.saved() == before
    assert desk.notices()[-1] == "2 objects were changed meanwhile and stay as they are."


def test_a_paste_brings_nothing_back_that_was_deleted_while_it_was_made(desk, few_are_many):
    drawn(desk)
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    desk.session.copying.copy()
    with desk.project.step("Aside") as step:
        for each in desk.saved()[:COUNT]:
            step.put(replace(each, mask=each.mask if each.id > 2 else wide(each.mask)))
    first, second, *_ = desk.saved()
    desk.session.copying.paste()

    def change(progress) -> None:
        if progress.done == progress.total // 3 + 1:
            with desk.project.step("Meanwhile") as step:
                step.delete(first)
                step.put(replace(second, attributes={"seen": True}))

    work = next(event for event in reversed(desk.events) if isinstance(event, LongWork))
    sibling = Project.sibling_of(desk.project.path, read_only=False)
    outcome = run(work.work(sibling), change)
    sibling.close()
    work.done(outcome)
    saved = {each.id: each for each in desk.saved()}
    assert first.id not in saved
    assert saved[second.id].attributes == {"seen": True}


def test_a_project_that_is_read_only_says_so(desk, few_are_many, monkeypatch):
    drawn(desk)
    monkeypatch.setattr(desk.project.steps._file, "read_only_reason", "It is open in another window.")
    with pytest.raises(Problem, match=r"is read-only\. It is open in another window"):
        hide(desk)
    assert not any(isinstance(event, LongWork) for event in desk.events)


def test_the_next_object_is_selected_also_after_one_that_is_gone(desk):
    drawn(desk)
    desk.session.objects.select(9999)
    desk.session.objects.select_neighbour(+1)
    assert desk.session.objects.selection == (desk.saved()[0].id,)


def test_an_undo_of_many_is_of_the_step_that_was_meant(desk, few_are_many):
    drawn(desk)
    desk.session.undo_stack.undo()
    work = desk.events[-1]
    assert isinstance(work, LongWork)
    with desk.project.step("Meanwhile") as step:
        step.delete(desk.saved()[0])
    desk.events.append(work)
    with pytest.raises(Exception, match="changed meanwhile"):
        desk.work_beside()
    assert len(desk.saved()) == COUNT


def other_mask() -> Mask:
    pixels = np.zeros((48, 64), np.bool_)
    pixels[40:44, 10:20] = True
    return Mask.from_array(pixels)


def wide(mask: Mask) -> Mask:
    """Twice as high, so that what is pasted at the old place cuts it."""
    pixels = mask.to_array()
    pixels[20:30] = pixels[10:20]
    return Mask.from_array(pixels)


@pytest.mark.parametrize("act", ["hide", "class", "delete", "cut"])
def test_what_another_wrote_meanwhile_stays(desk, few_are_many, act):
    drawn(desk)
    first = desk.saved()[0]
    ACTS[act](desk)
    desk.events[:] = [event for event in desk.events if isinstance(event, LongWork)]
    with desk.project.step("Meanwhile") as step:
        step.put(replace(first, mask=other_mask()))
    desk.work_beside()
    assert {each.id: each.mask for each in desk.saved()}[first.id] == other_mask()


def test_what_a_long_delete_leaves_is_no_rejected_proposal(desk, few_are_many):
    drawn(desk)
    first, other = desk.saved()[:2]
    proposals = desk.project.proposals
    proposals.keep(first.image_id, [_proposal(first), _proposal(other)])
    proposals.flush()
    ACTS["delete"](desk)
    with desk.project.step("Meanwhile") as step:
        step.put(replace(first, mask=other_mask()))
    desk.work_beside()
    assert first.id in {each.id for each in desk.saved()}
    assert [each.state for each in proposals.of_image(first.image_id)] == ["proposed", "rejected"]


def _proposal(annotation):
    return KeptProposal(0, annotation.image_id, annotation.mask, 0.9, 0.9, (1.0, 1.0), "some")


def test_what_was_written_before_it_is_told_is_not_covered(desk, few_are_many):
    drawn(desk)
    last = desk.saved()[-1]
    hide(desk)
    work = desk.events[-1]
    sibling = Project.sibling_of(desk.project.path, read_only=False)
    outcome = run(work.work(sibling))
    sibling.close()
    with desk.project.step("Meanwhile") as step:
        step.add(replace(last, id=0, z_order=5))
    work.done(outcome)
    remembered = desk.saved()
    desk.project.refresh()
    assert remembered == desk.saved()
    assert desk.project.statistics.annotation_counts()[desk.session.image_id] == len(remembered) == COUNT + 2


@pytest.mark.parametrize("act", ["hide", "delete", "paste", "duplicate"])
def test_ended_before_its_end_it_changes_nothing(desk, few_are_many, act):
    drawn(desk)
    before = desk.saved()
    ACTS[act](desk)
    work = desk.events[-1]

    def stop(progress) -> None:
        if progress.done > 0.9 * progress.total - 1:
            raise WorkStopped

    sibling = Project.sibling_of(desk.project.path, read_only=False)
    with pytest.raises(WorkStopped):
        run(work.work(sibling), stop)
    sibling.close()
    desk.project.refresh()
    assert desk.saved() == before
    assert desk.project.undo_label == "Draw"


def test_what_is_remembered_of_many_changes_is_what_is_in_the_file(desk):
    drawn(desk)
    for times in range(8):  # more than are followed one by one
        desk.session.objects.all()
        with desk.project.step("Mixed") as step:
            for number, each in enumerate(desk.saved()):
                if number % 3 == 0 and times % 2:
                    step.delete(each)
                elif number % 3 == 1:
                    step.put(replace(each, z_order=number % 7 + times))
                else:
                    step.add(replace(each, id=0, z_order=-number))
        remembered = desk.session.objects.all(), desk.saved()
        desk.project.refresh()
        assert remembered == (desk.session.objects.all(), desk.saved())
    assert len(desk.saved()) > 60


def test_much_is_read_from_the_clipboard_beside_the_window(desk, monkeypatch):
    monkeypatch.setattr("app.labeling.copying._MUCH", 10)
    drawn(desk)
    paste(desk)
    assert isinstance(desk.events[-1], LongWork)
    desk.work_beside()
    assert len(desk.saved()) == 2 * COUNT + 1
    assert desk.project.undo_label == f"Paste {COUNT} objects"
    assert len(desk.session.objects.selection) == COUNT
