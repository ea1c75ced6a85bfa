"""Projects as a stranger might send them: what they say of the place of their images is not ours."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from app.project.new_file import make
from app.project.records import Category, ImageRecord
from app.project.store import Project
from app.project.tables.stored_json import dump
from tests.project.conftest import an_object, dot


def home_of_somebody(folder: Path) -> Path:
    """With three pictures and a secret."""
    home = folder / "somebody"
    (home / "holidays").mkdir(parents=True)
    for name in ("a.png", "b.png", "holidays/c.png"):
        Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(home / name)
    (home / "taxes.txt").write_text("secret")
    return home


def sent(folder: Path, images_dir: object, *names: str) -> Path:
    """A project in a folder of its own, as it came by mail; names: of its images, each with an object."""
    folder.mkdir(exist_ok=True)
    path = folder / "sent.maskwright"
    make(path, folder)
    with closing(Project.open(path)) as project:
        with project.step("Add") as step:
            category = step.add(Category(0, "cat", "#ff0000"))
            for name in names:
                image = step.add(ImageRecord(0, name))
                step.add(an_object(image.id, category.id, mask=dot(size=(60, 80))))
        for image in project.images():
            project.image_table.note(image.id, width=80, height=60)
    say(path, images_dir)
    return path


def say(path: Path, images_dir: object) -> None:
    """The project says that its images are there."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE setting SET value = ? WHERE key = 'images_dir'", (dump(images_dir),))


def image_rows(path: Path) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT * FROM image ORDER BY id").fetchall()


def ways_to(home: Path, folder: Path) -> dict[str, str]:
    """How a project in a folder can name the home; two of them are links beside the project."""
    folder.mkdir(exist_ok=True)
    (folder / "images").symlink_to(home)
    (folder / "up").symlink_to("..")
    return {
        "absolute": str(home),
        "relative": os.path.relpath(home, folder),
        "turning": f"images2/../../{home.name}",
        "link": "images",
        "two links": f"up/{home.name}",
        "below a link": "images/holidays",
    }
