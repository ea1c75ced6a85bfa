"""The images that are remembered, when another connection has written: those that are as they were stay."""

from __future__ import annotations

from contextlib import closing

import pytest
from msgspec.structs import replace
from PIL import Image

from app.project import image_table
from app.project.store import Project
from app.project.tables.images import image_of, is_as


@pytest.fixture
def project(tmp_path):
    for number in range(30):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{number}.png")
    with closing(Project.create(tmp_path / "p.maskwright", tmp_path)) as project:
        list(project.folder.scan())
        yield project


@pytest.fixture
def made(monkeypatch):
    """The ids of the images whose records are made."""
    made = []
    monkeypatch.setattr(image_table, "image_of", lambda row: made.append(row["id"]) or image_of(row))
    return made


def written(project, query, *parameters):
    """By another connection."""
    with closing(Project.sibling_of(project.path, read_only=False)) as other, other.file.transaction():
        other.file.db.execute(query, parameters)
    project.refresh()


@pytest.mark.parametrize(
    ("column", "value"),
    [("status", "done"), ("width", 9), ("height", 9), ("content_hash", "0" * 64), ("size_bytes", 1), ("mtime_ns", 2),
     ("extra", '{"a": 1}')],
)  # fmt: skip
def test_of_the_images_only_one_that_is_different_is_made_anew(project, made, column, value):
    before = project.images()
    written(project, f"UPDATE image SET {column} = ? WHERE id = ?", value, before[11].id)  # noqa: S608
    made.clear()
    after = project.images()
    assert made == [before[11].id]
    assert [one is other for one, other in zip(before, after, strict=True)] == [n != 11 for n in range(30)]
    assert after[11] == replace(before[11], **{column: {"a": 1} if column == "extra" else value})
    assert project.image(before[11].id) is after[11]
    project.refresh()
    made.clear()
    assert project.images() == after
    assert made == []


def test_images_that_came_and_went_are_in_their_places(project):
    before = project.images()
    written(project, "DELETE FROM image WHERE id = ?", before[3].id)
    assert project.images() == [*before[:3], *before[4:]]
    written(project, "INSERT INTO image(path) VALUES ('10b.png')")
    assert [each.path for each in project.images()][10:12] == ["10b.png", "11.png"]
    written(project, "UPDATE image SET path = '0a.png' WHERE path = '29.png'")
    assert [each.path for each in project.images()][:2] == ["0.png", "0a.png"]


def test_what_is_noted_but_not_written_yet_lies_over_what_is_read_again(project):
    image = project.images()[5]
    project.image_table.show_as(image.id, (5, 7))
    project.refresh()
    assert (project.image(image.id).height, project.image(image.id).width) == (5, 7)
    written(project, "UPDATE image SET status = 'done' WHERE id = ?", image.id)
    assert project.image(image.id) == replace(image, height=5, width=7, status="done")


def test_a_row_is_as_its_record(project):
    for row in project.file.db.execute("SELECT * FROM image").fetchall():
        read = project.file.db.execute(f"{image_table.TABLES['image'].select} WHERE id = ?", (row["id"],)).fetchone()
        assert is_as(image_of(read), read)
