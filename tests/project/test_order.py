"""Images are listed folder by folder, 2 before 10, also while a scan goes on."""

from __future__ import annotations

import random

import pytest

from app.project.order import in_order, inserted, places_of
from app.project.records import ImageRecord
from app.project.store import Project


def records(dice, number):
    paths = set()
    while len(paths) < number:
        folders = [f"{dice.choice('aB')}{dice.randint(1, 12)}" for _ in range(dice.randint(0, 2))]
        paths.add("/".join([*folders, f"img{dice.randint(1, 10_000)}.png"]))
    return [ImageRecord(id, path) for id, path in enumerate(paths)]


@pytest.mark.parametrize("seed", range(20))
def test_new_ones_get_to_where_sorting_would_put_them(seed):
    dice = random.Random(seed)
    all_of_them = records(dice, dice.randint(0, 300))
    cut = dice.randint(0, len(all_of_them))
    old, new = sorted(all_of_them[:cut], key=in_order()), all_of_them[cut:]
    wanted = sorted(all_of_them, key=in_order())
    assert list(inserted({record.id: record for record in old}, new).values()) == wanted
    for row, some in reversed(places_of(old, sorted(new, key=in_order()))):
        old[row:row] = some
    assert old == wanted


def test_while_a_scan_goes_on_the_images_are_those_of_the_file_in_their_order(tmp_path):
    for folder in ("", "b/", "a/"):
        (tmp_path / folder).mkdir(exist_ok=True)
        for number in range(250):
            (tmp_path / f"{folder}{number}.jpg").touch()
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    told = []
    for added, _ in project.folder.scan(told.extend):
        listed = project.images()
        assert len(listed) == added == project.statistics.counts()["image"]
        assert listed == sorted(listed, key=in_order())
        assert {record.id for record in told} == {record.id for record in listed}
        assert project.image(told[-1].id) == told[-1]
    assert [record.path for record in project.images()][:2] == ["0.jpg", "1.jpg"]
    listed = project.images()
    project.refresh()
    assert project.images() == listed
    project.close()
