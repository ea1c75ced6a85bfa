"""Proposals in the project file: written beside the work, gone with their image, decided by steps."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress

import pytest
from PIL import Image

from app.problem import Problem
from app.project.records import KeptProposal
from app.project.safety.backup import back_up
from app.project.safety.repair import repair
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object, dot
from tests.project.test_durability import ROOT


def proposal(image_id: int, n: int = 0, **values) -> KeptProposal:
    return KeptProposal(values.pop("id", 0), image_id, dot(1 + n % 6, 1 + n // 6), 0.9, 0.95, (1.5, 1.5), "starter")


@pytest.fixture
def image(project):
    return project.images()[0]


@pytest.fixture
def kept(project, image):
    """Three proposals in the file."""
    kept = project.proposals.keep(image.id, [proposal(image.id, n) for n in range(3)])
    project.proposals.flush()
    return kept


def states(project, image) -> list[str]:
    return [each.state for each in project.proposals.of_image(image.id)]


def in_file(path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT count(*) FROM proposal").fetchone()[0]


def test_they_are_written_by_themselves_and_known_at_once(project, image):
    kept = project.proposals.keep(image.id, [proposal(image.id, n) for n in range(3)])
    assert project.proposals.of_image(image.id) == kept
    deadline = time.monotonic() + 5
    while in_file(project.path) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert project.proposals.of_image(image.id) == kept
    assert project.undo_label is None


def test_keeping_does_not_wait_for_another_writer(project, image):
    with closing(sqlite3.connect(project.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        start = time.perf_counter()
        kept = project.proposals.keep(image.id, [proposal(image.id)])
        assert time.perf_counter() - start < 0.1
        assert project.proposals.of_image(image.id) == kept
        other.execute("ROLLBACK")
    project.proposals.close()
    assert in_file(project.path) == 1


def test_new_ones_take_the_place_of_those_undecided_and_of_no_others(project, image, kept):
    with project.step("Accept mask") as step:
        step.judge(image.id, [kept[0].mask], "accepted")
    [new] = project.proposals.keep(image.id, [proposal(image.id, 5)])
    assert new.id > kept[-1].id
    for _ in range(2):
        assert [(each.id, each.state) for each in project.proposals.of_image(image.id)] == [
            (kept[0].id, "accepted"), (new.id, "proposed"),
        ]  # fmt: skip
        project.proposals.flush()


def test_a_verdict_belongs_to_its_step(project, image, kept):
    with project.step("Accept mask") as step:
        step.judge(image.id, [kept[1].mask], "accepted")
        step.add(an_object(image.id, mask=kept[1].mask))
    assert states(project, image) == ["proposed", "accepted", "proposed"]
    project.undo()
    assert states(project, image) == ["proposed"] * 3
    project.redo()
    assert states(project, image) == ["proposed", "accepted", "proposed"]
    with suppress(ZeroDivisionError), project.step("Fails") as step:
        step.judge(image.id, [kept[0].mask], "rejected")
        assert 1 // 0
    assert states(project, image) == ["proposed", "accepted", "proposed"]


def test_undo_of_a_verdict_on_one_that_made_way_does_nothing(project, image, kept):
    with project.step("Reject 3 proposals") as step:
        step.judge_all(kept, "rejected")
    project.undo()
    project.proposals.keep(image.id, [proposal(image.id, 5)])
    project.redo()
    assert states(project, image) == ["proposed"]


def test_they_go_with_their_image_and_follow_it_when_its_file_is_moved(project, image, kept):
    old = project.image_path(image)
    Image.new("RGB", (8, 6), "red").save(old)
    drained(project.folder.scan())
    old.rename(project.root / "more" / "renamed.png")
    for _ in project.folder.scan():
        pass
    assert project.image(image.id).path == "more/renamed.png"
    assert project.proposals.of_image(image.id) == kept
    with project.step("Delete image") as step:
        step.delete(project.image(image.id))
    assert not project.proposals.of_image(image.id)
    assert in_file(project.path) == 0
    project.undo()
    assert project.image(image.id)


def test_those_of_an_image_that_is_gone_meanwhile_are_dropped(project, image):
    with project.step("Delete image") as step:
        step.delete(image)
    project.proposals.keep(image.id, [proposal(image.id)])
    project.proposals.close()
    assert in_file(project.path) == 0


def test_a_kill_leaves_those_that_were_written(project, image, tmp_path):
    path = project.path
    project.close()
    script = f"""
import time
from pathlib import Path
from app.project.store import Project
from tests.project.test_proposals import proposal, in_file
project = Project.open(Path({str(path)!r}))
image = project.images()[0]
project.proposals.keep(image.id, [proposal(image.id, n) for n in range(3)])
while in_file(project.path) < 3:
    time.sleep(0.01)
print("written", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        process.kill()
    with closing(Project.open(path)) as again:
        assert states(again, again.images()[0]) == ["proposed"] * 3


def test_what_could_not_be_written_is_written_at_the_next_step(project, image, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("app.project.proposals.open_sibling", lambda *_, **__: (_ for _ in ()).throw(Problem("full")))
        kept = project.proposals.keep(image.id, [proposal(image.id)])
        thread = project.proposals._thread
        if thread is not None:
            thread.join()
    assert in_file(project.path) == 0
    assert project.proposals.of_image(image.id) == kept
    with project.step("Mark done") as step:
        step.put(type(image)(image.id, image.path, status="done"))
    assert in_file(project.path) == 1


def test_a_project_that_is_only_read_keeps_them_until_it_is_closed(project, image):
    with closing(Project.open(project.path, read_only=True)) as reader:
        kept = reader.proposals.keep(image.id, [proposal(image.id)])
        assert reader.proposals.of_image(image.id) == kept
    assert in_file(project.path) == 0


def test_proposals_alone_are_no_reason_for_a_backup(project, image):
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    assert back_up(project.path) is not None
    project.proposals.keep(image.id, [proposal(image.id)])
    project.proposals.flush()
    assert back_up(project.path) is None


def test_repair_saves_them_and_what_became_of_them(project, image, kept, tmp_path):
    with project.step("Accept mask") as step:
        step.judge(image.id, [kept[0].mask], "accepted")
        step.add(an_object(image.id, mask=kept[0].mask))
    project.file.db.execute("UPDATE proposal SET counts = 'no RLE' WHERE id = ?", (kept[1].id,))
    project.close()
    damaged = tmp_path / "damaged.maskwright"
    shutil.copyfile(project.path, damaged)
    report = drained(repair(damaged, tmp_path / "repaired.maskwright"))
    assert report.undo_kept
    with closing(Project.open(tmp_path / "repaired.maskwright")) as repaired:
        assert states(repaired, image) == ["accepted", "proposed"]
        repaired.undo()
        assert states(repaired, image) == ["proposed", "proposed"]


@pytest.mark.parametrize("verdict", ["{}", None, "[]", '{"id":1}', '{"id":1,"image_id":1,"state":"eaten"}', "no JSON"])
def test_a_damaged_verdict_is_one_sentence(project, image, kept, verdict):
    with project.step("Reject 3 proposals") as step:
        step.judge_all(kept, "rejected")
    project.file.db.execute("UPDATE journal SET before = ? WHERE kind = 'proposal'", (verdict,))
    with pytest.raises(Problem, match="damaged"):
        project.undo()
    assert states(project, image) == ["rejected"] * 3


def test_masks_of_a_stranger_that_are_damaged_hold_nothing_up(project, image, kept):
    changes = ("counts = 'no RLE'", f"counts = '{'0' * 5000}'", "box = 'no box'")
    for each, change in zip(kept, changes, strict=True):
        project.file.db.execute(f"UPDATE proposal SET {change} WHERE id = ?", (each.id,))  # noqa: S608
    assert [each.id for each in project.proposals.of_image(image.id)] == [kept[0].id]
    with project.step("Accept mask") as step:
        step.judge(image.id, [each.mask for each in kept], "accepted")
        step.add(an_object(image.id))
    assert states(project, image) == ["proposed"]
