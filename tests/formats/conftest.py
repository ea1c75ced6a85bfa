"""Real projects over real photos, and COCO files as strangers write them."""

import json

import pytest
from PIL import Image

from app.project.store import Project

WIDTH, HEIGHT = 20, 12
NAMES = ["cat.png", "100% sure #1.png", "sub/猫と犬.png"]


@pytest.fixture
def make_project(tmp_path):
    """A project of its own folder with these images."""
    made = []

    def make(*names, folder="photos"):
        root = tmp_path / folder
        for name in names or NAMES:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (WIDTH, HEIGHT), "white").save(root / name)
        project = Project.create(tmp_path / f"{folder}.maskwright", root)
        made.append(project)
        for _ in project.folder.scan():
            pass
        return project

    yield make
    for project in made:
        project.close()


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def write(tmp_path):
    """A COCO file with one image, one class and these annotations; other keys replace those."""

    def write(*annotations, name="in.json", **keys):
        content = {
            "images": [{"id": 10, "file_name": "cat.png", "width": WIDTH, "height": HEIGHT}],
            "categories": [{"id": 3, "name": "cat"}],
            "annotations": [
                {"id": number, "image_id": 10, "category_id": 3, "iscrowd": 0, **annotation}
                for number, annotation in enumerate(annotations, start=1)
            ],
            **keys,
        }
        file = tmp_path / name
        file.write_text(json.dumps(content), encoding="utf-8")
        return file

    return write
