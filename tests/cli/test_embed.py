"""maskwright embed: everything is encoded once, here or for elsewhere."""

import shutil

import pytest

from app.paths import resource


@pytest.fixture
def project(tmp_path, call):
    (tmp_path / "photos").mkdir()
    for name in ("chelsea.png", "rocket.jpg"):
        shutil.copy(resource(f"samples/{name}"), tmp_path / "photos")
    project = tmp_path / "p.maskwright"
    assert call("new", str(project), str(tmp_path / "photos")).code == 0
    return str(project)


def test_images_are_encoded_once_and_fit_the_window_of_another_machine(project, tmp_path, call):
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"no image")
    out = tmp_path / "to carry"
    first = call("embed", project, "--out", str(out), "--json").json
    assert (first["encoded"], first["there_already"], first["folder"]) == (2, 0, str(out))
    again = call("embed", project, "--out", str(out))
    assert again.code == 0
    assert "0 images encoded, 2 were there" in again.out
    shutil.copytree(out, tmp_path / "home" / "cache" / "embeddings")  # on the other machine
    there = call("embed", project, "--json").json
    assert (there["encoded"], there["there_already"]) == (0, 2)


def test_a_folder_that_cannot_be_written_is_one_sentence(project, tmp_path, call):
    (tmp_path / "file").write_text("in the way")
    outcome = call("embed", project, "--out", str(tmp_path / "file"))
    assert outcome.code == 1
    assert "cannot be written or is full after 0 of 2 images" in outcome.err
