"""Images whose names are spelled in another way than before: other capitals, accents apart from their letters."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from app.images.reading import read_image
from app.project import respelled
from app.project.identity import stamp_of_file
from app.project.image_folder import ImageFolder
from app.project.scan import image_files
from app.project.store import Project
from tests.project.conftest import an_object, dot
from tests.project.test_scan import paths, timed

COMPOSED, APART = "caf\u00e9/\u00e9.png", "cafe\u0301/e\u0301.png"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere both names are one file")
SECOND_NS = 1_700_000_000_000_000_000
"""As archives and network shares keep it: it tells no file from another."""


def photo(path: Path, shade: int = 0, size: tuple[int, int] = (8, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 0, 0)).save(path)
    timed(path, SECOND_NS)


def of(root: Path, *names: str) -> Project:
    """A project with an object on each of these images, which nobody has opened."""
    for shade, name in enumerate(names):
        photo(root / name, shade)
    project = Project.create(root.parent / f"{root.name}.maskwright", root)
    list(project.folder.scan())
    with project.step("Fill") as step:
        for image in project.images():
            step.add(an_object(image.id, mask=dot()))
    return project


def objects(project: Project) -> dict[str, int]:
    return {image.path: len(project.annotations(image.id)) for image in project.images()}


def renamed(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    old.rename(new)


@on_linux
@pytest.mark.parametrize(("old", "new"), [
    (COMPOSED, APART), (APART, COMPOSED), ("IMG.JPG", "img.jpg"), ("Day 1/a.png", "day 1/a.png"),
])  # fmt: skip
def test_a_name_that_is_spelled_otherwise_is_that_of_the_same_image(tmp_path, old, new):
    project = of(tmp_path / "photos", old)
    renamed(project.root / old, project.root / new)
    list(project.folder.scan())
    assert objects(project) == {new: 1}
    assert project.folder.missing_images() == []
    assert project.folder.scanned.respelled == {1}
    list(project.folder.scan())
    assert objects(project) == {new: 1}
    project.undo()
    assert objects(project) == {new: 0}
    project.close()


@on_linux
@pytest.mark.parametrize(("one", "other"), [("a.png", "A.png"), (COMPOSED, APART)])
def test_two_files_that_differ_only_in_spelling_stay_two_images(tmp_path, one, other):
    project = of(tmp_path / "photos", one)
    photo(project.root / other)
    list(project.folder.scan())
    assert objects(project) == {one: 1, other: 0}
    project.close()
    os.link(tmp_path / "photos" / one, tmp_path / "photos" / one.replace(".png", ".PNG"))  # one file, two names
    again = Project.open(project.path)
    list(again.folder.scan())
    assert objects(again) == {one: 1, other: 0, one.replace(".png", ".PNG"): 0}
    again.close()


@on_linux
def test_another_photo_with_a_name_that_is_spelled_alike_is_another_image(tmp_path):
    project = of(tmp_path / "photos", "a.png", "b.png")
    opened = project.images()[1]
    project.image_table.note(opened.id, content_hash=read_image(project.image_path(opened)).content_hash)
    for name, new in (("a.png", "A.png"), ("b.png", "B.png")):
        (project.root / name).unlink()
        photo(project.root / new, 99, size=(90, 60) if name == "a.png" else (8, 6))
    timed(project.root / "B.png", SECOND_NS + 1)
    list(project.folder.scan())
    assert objects(project) == {"a.png": 1, "b.png": 1, "A.png": 0, "B.png": 0}
    project.close()


@on_linux
def test_where_two_spellings_may_be_meant_none_is_guessed(tmp_path):
    project = of(tmp_path / "photos", "a.png")
    (project.root / "a.png").unlink()
    for name in ("A.png", "a.PNG"):
        photo(project.root / name)
    list(project.folder.scan())
    assert objects(project) == {"a.png": 1, "A.png": 0, "a.PNG": 0}
    project.close()


class OneSpelling:
    """A disk that opens a file by any spelling of its name, as those of Windows and macOS do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self._root = root
        monkeypatch.setattr(ImageFolder, "stamp_of", lambda _folder, record: self._stamp_of(record))
        monkeypatch.setattr(respelled, "is_one_file", lambda one, other: self._listed(one) == self._listed(other))

    def _stamp_of(self, record):
        listed = self._listed(self._root / record.path)
        return listed and stamp_of_file(listed)

    def _listed(self, path):
        wanted = respelled.one_spelling(str(path))
        return next((each for each in self._root.rglob("*") if respelled.one_spelling(str(each)) == wanted), None)


@on_linux
@pytest.mark.parametrize(("old", "new"), [
    ("IMG.JPG", "img.jpg"), ("Day 1/a.png", "day 1/a.png"), (COMPOSED, APART), ("stack.TIF", "Stack.tif"),
])  # fmt: skip
@pytest.mark.parametrize("is_edited", [False, True])
def test_on_a_disk_that_knows_a_file_by_any_spelling_it_stays_one_image(tmp_path, monkeypatch, old, new, is_edited):
    project = of(tmp_path / "photos", old, "other.png")
    project.image_table.note_sizes({each.id: (6, 8) for each in project.images()})
    OneSpelling(monkeypatch, project.root)
    renamed(project.root / old, project.root / new)
    if is_edited:
        photo(project.root / new, 9, size=(90, 60))
    list(project.folder.scan())
    assert objects(project) == {new: 1, "other.png": 1}
    assert project.folder.missing_images() == []
    assert [each.path for each in project.folder.replaced_in_scan()] == ([new] if is_edited else [])
    assert paths(project) == sorted([new, "other.png"], key=str.casefold)
    project.close()


def test_a_file_that_is_waited_for_under_another_spelling_comes_as_it_is_listed(tmp_path, monkeypatch):
    photo(tmp_path / "Day 1" / "IMG.png")
    monkeypatch.setattr(Path, "is_file", lambda path: path.name.casefold() == "img.png")
    assert list(image_files(tmp_path, first="Day 1/IMG.png")) == [["Day 1/IMG.png"], ["Day 1/IMG.png"]]
    for first in ("day 1/IMG.png", "Day 1/img.PNG"):
        assert list(image_files(tmp_path, first=first)) == [["Day 1/IMG.png"]]
