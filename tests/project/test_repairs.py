"""Repairs of findings: each is one step, and what is mended is so until the step is undone."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as replace_row
from PIL import Image

from app.masks.rle import Mask
from app.problem import Problem
from app.project.quality.checks import check
from app.project.quality.repairs import REPAIRS, looked_at_again, mend
from app.project.records import ChangeSet
from app.project.safety.repair import repair
from app.project.store import Project
from tests.conftest import drained
from tests.project.test_checks import SIZE, add, first, square  # noqa: F401  a fixture


def speckled() -> Mask:
    pixels = square(0, 40, 12).to_array()
    pixels[0, 79] = True
    return Mask.from_array(pixels)


def pierced() -> Mask:
    pixels = square(5, 5, 30).to_array()
    pixels[10:12, 10:12] = False
    return Mask.from_array(pixels)


FAULTY = {
    "island": (speckled(), square(0, 40, 12)),
    "pinhole": (pierced(), square(5, 5, 30)),
    "empty": (Mask.from_array(np.zeros(SIZE, np.bool_)), None),
    "outside": (square(50, 50, 30, (90, 100)), Mask.from_array(square(50, 50, 30, (90, 100)).to_array()[:60, :80])),
    "duplicate": (square(20, 20, 20), None),
}


def test_every_repair_is_tried():
    assert set(FAULTY) == set(REPAIRS)


@pytest.mark.parametrize("kind", FAULTY)
def test_a_repair_is_one_step_that_ends_its_finding_and_undo_opens_it_again(project, first, kind):  # noqa: F811
    faulty, sound = FAULTY[kind]
    if kind == "duplicate":
        add(project, first, faulty)
    [row] = add(project, first, faulty)
    [finding] = [each for each in drained(check(project)) if each.kind == kind]
    assert mend(project, [finding]) is not None
    now = project.annotation(row)
    assert (None if now is None else now.mask) == sound
    assert looked_at_again(project, finding).state == "mended"
    assert kind not in [each.kind for each in drained(check(project))]
    project.undo()
    assert project.annotation(row).mask == faulty
    assert looked_at_again(project, looked_at_again(project, finding)).state == "open"
    project.redo()
    assert looked_at_again(project, finding).state == "mended"


def test_all_of_a_kind_are_mended_in_one_step(project, first):  # noqa: F811
    rows = add(project, first, speckled(), square(20, 20, 5), *([Mask.from_array(np.zeros(SIZE, np.bool_))] * 2))
    found = drained(check(project))
    mend(project, found)
    assert drained(check(project)) == []
    assert project.undo_label == f"Mend {len(found)} findings"
    project.undo()
    assert len(project.annotations(first.id)) == len(rows)


def test_what_lies_beside_its_image_is_not_clipped_to_nothing(project, first):  # noqa: F811
    [row] = add(project, first, square(70, 90, 10, (90, 100)))
    [finding] = drained(check(project))
    with pytest.raises(Problem, match="delete it instead"):
        mend(project, [finding])
    assert project.annotation(row) is not None


def test_a_mask_that_is_wrong_in_the_same_way_after_a_change_is_open_and_fine_no_longer(project, first):  # noqa: F811
    [row] = add(project, first, speckled())
    [finding] = drained(check(project))
    fine = replace(finding, state="fine")
    assert looked_at_again(project, fine).state == "fine"
    pixels = speckled().to_array()
    pixels[40, 5] = True
    with project.step("Refine mask") as step:
        step.put(replace_row(project.annotation(row), mask=Mask.from_array(pixels)))
    again = looked_at_again(project, fine)
    assert (again.state, again.sentence) == ("open", "The mask has 2 islands of less than 20 pixels.")


def test_findings_are_there_after_a_restart_with_what_was_said_to_them(project, first, tmp_path):  # noqa: F811
    add(project, first, speckled(), speckled())
    found = project.findings.replace(drained(check(project)))
    project.findings.note([replace(found[0], state="fine"), replace(found[1], state="mended")])
    project.close()
    with closing(Project.open(project.path)) as again:
        kept = again.findings.all()
        assert kept == found
        assert [each.state for each in kept] == ["fine", "mended", "open"]
    damaged = tmp_path / "damaged.maskwright"
    shutil.copyfile(project.path, damaged)
    drained(repair(damaged, tmp_path / "repaired.maskwright"))
    with closing(Project.open(tmp_path / "repaired.maskwright")) as repaired:
        assert [each.state for each in repaired.findings.all()] == ["fine", "mended", "open"]


def test_findings_of_a_stranger_that_are_none_are_left_out(project, first):  # noqa: F811
    add(project, first, speckled())
    project.findings.replace(drained(check(project)) * 4)
    Image.new("RGB", (5, 5)).save(project.image_path(first))
    for n, change in enumerate(("objects = 'no JSON'", "objects = '[]'", "kind = 'curse'"), 1):
        project.file.db.execute(f"UPDATE finding SET {change} WHERE id = {n}")  # noqa: S608
    assert [each.id for each in project.findings.all()] == [4]


def test_of_a_row_of_doubles_those_stay_that_have_no_twin_any_more(project, first):  # noqa: F811
    add(project, first, *(square(20 + n, 20, 60, (100, 120)) for n in range(0, 10, 2)))
    findings = [each for each in drained(check(project)) if each.kind == "duplicate"]
    pairs = {each.objects for each in findings}
    mend(project, findings)
    left = {each.id for each in project.annotation_table.all()}
    assert all(len(set(pair) & left) >= 1 for pair in pairs)
    assert len(left) > 1


def test_what_was_found_at_other_masks_is_left_alone(project, first):  # noqa: F811
    one, other = add(project, first, square(20, 20, 20), square(20, 20, 20))
    [finding] = [each for each in drained(check(project)) if each.kind == "duplicate"]
    with project.step("Meanwhile") as step:
        step.delete(project.annotation(one))
    assert not (mend(project, [finding]) or ChangeSet("")).changes
    assert project.annotation(other) is not None


def test_what_one_object_has_twice_is_mended_at_once(project, first):  # noqa: F811
    pixels = pierced().to_array()
    pixels[0, 79] = True
    [row] = add(project, first, Mask.from_array(pixels))
    mend(project, [each for each in drained(check(project)) if each.kind in ("island", "pinhole")])
    assert project.annotation(row).mask == square(5, 5, 30)
