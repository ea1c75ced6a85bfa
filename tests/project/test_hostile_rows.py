"""Objects whose masks are a hundred megabytes of text: refused by what their image can need, not read to be refused."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.formats.registry import formats
from app.masks.rle import Mask, most_letters
from app.problem import Problem
from app.project.quality.checks import check
from app.project.quality.comparison import Comparison, compare
from app.project.safety.repair import repair
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object, dot

LETTERS = 100_000_000
MOST_BYTES = 30_000_000
"""Of Python's memory: none of it holds such a text."""
LIES = {
    "of its image": (6, 8, True),
    "of another image": (20_000, 20_000, True),
    "of an image nobody has opened": (20_000, 20_000, False),
}


@pytest.fixture(params=LIES)
def hostile(request, project: Project) -> Path:
    """A project with a sound object, and one whose mask is all single pixels."""
    height, width, is_known = LIES[request.param]
    first, second, _ = project.images()
    with project.step("Draw") as step:
        sound = step.add(an_object(first.id))
        step.add(an_object(second.id))
    if is_known:
        project.image_table.note(second.id, width=8, height=6)
    project.close()
    with closing(sqlite3.connect(project.path)) as db, db:
        db.execute(
            "UPDATE annotation SET height = ?, width = ?, counts = ? || hex(zeroblob(?)) WHERE id != ?",
            (height, width, "111", LETTERS // 2, sound.id),
        )
        assert db.execute("SELECT max(length(counts)) FROM annotation").fetchone()[0] > LETTERS
    return project.path


def frugally(work: Callable[[], object]) -> object:
    tracemalloc.start()
    try:
        return work()
    finally:
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < MOST_BYTES


def test_they_are_not_even_loaded(hostile):
    with closing(Project.open(hostile)) as opened:
        objects = frugally(lambda: [o for image in opened.images() for o in opened.annotations(image.id)])
        assert [len(each.mask.counts) < 100 for each in objects] == [True, True]
        assert objects[0].mask == dot() or objects[1].mask == dot()
        with pytest.raises(Problem, match="damaged"):
            next(each for each in objects if each.mask != dot()).mask.region()


def test_check_names_the_one_and_goes_on(hostile):
    with closing(Project.open(hostile)) as opened:
        findings = frugally(lambda: drained(check(opened)))
    assert [finding.kind for finding in findings] == ["damaged"]


def test_repair_saves_the_others(hostile, tmp_path):
    report = frugally(lambda: drained(repair(hostile, tmp_path / "saved.maskwright")))
    assert report.saved["annotation"] >= 1
    with closing(Project.open(tmp_path / "saved.maskwright")) as saved:
        assert all(each.mask == dot() for each in saved.annotation_table.all())


def test_comparing_is_one_sentence(hostile, tmp_path):
    with closing(Project.create(tmp_path / "other.maskwright", hostile.parent / "photos")) as other:
        for _ in other.folder.scan():
            pass
        with other.step("Draw") as step:
            step.add(an_object(other.images()[0].id, mask=dot(2)))
            step.add(an_object(other.images()[1].id, mask=dot(2)))
        with closing(Project.open(hostile)) as one:
            found = frugally(lambda: drained(compare(one, other)))
    assert isinstance(found, Comparison)
    assert found.only_in_a == 2


@pytest.mark.slow
@pytest.mark.parametrize("each", formats(), ids=lambda each: each.name)
def test_every_export_leaves_it_out_and_says_so(hostile, tmp_path, each):
    with closing(Project.open(hostile)) as opened:
        report = frugally(lambda: drained(each.export_file(opened, tmp_path / f"out{each.suffix}")))
    assert (report.annotations, report.skipped) == (1, 1)
    assert any("mask is damaged" in line for line in report.problems)


@settings(max_examples=300, deadline=None)
@given(
    arrays.arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.booleans(), fill=st.booleans())
)
def test_no_mask_of_ours_is_longer_than_its_image(pixels):
    mask = Mask.from_array(pixels)
    assert len(mask.counts) <= pixels.size + 1 <= most_letters(mask.size)


def test_the_finest_masks_there_can_be_are_read(project):
    """Also on an image that was replaced by a smaller one, but for those that no image needs."""
    first, second, _ = project.images()
    fine, finer = (Mask.from_array(np.indices((side, 1000)).sum(axis=0) % 2 == 1) for side in (990, 1200))
    with project.step("Draw") as step:
        kept = step.add(an_object(first.id, mask=fine))
        large = step.add(an_object(second.id, mask=finer))
    project.image_table.note(first.id, width=8, height=6)
    project.image_table.note(second.id, width=1000, height=1200)
    project.refresh()
    assert [each.mask for each in project.annotation_table.all()] == [fine, finer]
    assert project.annotation(kept.id).mask.area == fine.area
    project.image_table.note(second.id, width=8, height=6)
    assert project.annotation(large.id).mask.counts == ""


def test_runs_beyond_the_image_are_refused_before_they_are_parsed():
    for counts in ("0" * 1000, b"0" * 1000, [0] * 1000):
        with pytest.raises(Problem, match="longer than its size of 6 x 8 pixels can need"):
            Mask.from_coco((6, 8), counts)
    with pytest.raises(Problem, match="can need"):
        _ = Mask((6, 8), "1" * 1000, (0, 0, 8, 6), 24).runs
