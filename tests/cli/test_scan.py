"""The command scan, and what check and export say of photos that were renamed, replaced or resized."""

from __future__ import annotations

import pytest

from tests.project.test_photos import labelled, rename, save, sized


def made(folder, *names):
    labelled(folder, names, sized).close()
    return folder / "p.maskwright"


@pytest.fixture
def replaced(tmp_path):
    """Two of three photos are others: one smaller, one as large as before."""
    project = made(tmp_path / "photos", "a", "b", "sub/c")
    save(project.parent / "a.png", 3, (24, 32))
    save(project.parent / "sub/c.png", 9)
    return project


def test_scan_counts_photos_that_exchanged_their_names(tmp_path, call):
    project = made(tmp_path / "photos", "a", "b", "c")
    rename(project.parent, {"a": "b", "b": "c", "c": "a"})
    assert call("scan", project).out == "3 images: 0 new, 3 moved, 0 missing.\n"
    assert call("scan", project).out == "3 images: 0 new, 0 moved, 0 missing.\n"


def test_scan_says_under_which_name_the_masks_of_a_photo_are_kept_that_is_gone(tmp_path, call):
    project = made(tmp_path / "photos", "a", "b")
    (project.parent / "a.png").unlink()
    rename(project.parent, {"b": "a"})
    assert call("scan", project).out.splitlines() == [
        "2 images: 0 new, 1 moved, 1 missing.",
        "a (missing).png is missing.",
        "a.png is another photo now, and the one before is gone: its masks are kept as a (missing).png.",
    ]


def test_replaced_photos_are_told_by_every_command_until_they_are_accepted(replaced, tmp_path, call):
    names = ("a.png (64 x 48 then, 32 x 24 now)", "sub/c.png (64 x 48 then, 64 x 48 now)")
    for _ in range(2):
        told = call("scan", replaced).out
        assert all(name in told for name in names)
        assert "--accept NAME" in told
        told = call("export", replaced, tmp_path / "out.json").out
        assert all(name in told for name in names)
        told = call("check", replaced).out.splitlines()
        assert [line.split(":")[0] for line in told if "was replaced" in line] == ["a.png", "sub/c.png"]
    told = call("scan", replaced, "--accept", "c.png").out
    assert "sub/c.png is right as it is now." in told
    assert names[0] in told
    assert names[1] not in told
    found = call("scan", replaced, "--json").json
    assert [each["image"] for each in found["replaced"]] == ["a.png"]
    assert (found["replaced"][0]["was"], found["replaced"][0]["now"]) == ("64 x 48", "32 x 24")
    found = call("scan", replaced, "--accept-all", "--json").json
    assert (found["accepted"], found["scaled"], found["replaced"]) == (["a.png"], 1, [])
    for command in (("scan", replaced), ("check", replaced), ("export", replaced, tmp_path / "out.json")):
        assert "replaced" not in call(*command).out


def test_name_that_none_or_several_images_have_is_refused(replaced, call):
    assert call("scan", replaced, "--accept", "d.png").err.strip() == "d.png is none of the images of this project."
    save(replaced.parent / "c.png", 1)
    call("scan", replaced)
    assert call("scan", replaced, "--accept", "sub/c.png").code == 0
    save(replaced.parent / "x/b.png", 1)
    call("scan", replaced)
    outcome = call("scan", replaced, "--accept", "x/b.png")
    assert outcome.code == 0
    assert "x/b.png is as it was." in outcome.out
    (replaced.parent / "b.png").rename(replaced.parent / "y.png")
    (replaced.parent / "y.png").rename(replaced.parent / "sub/b.png")
    assert "2 images are called b.png: give the path of one." in call("scan", replaced, "--accept", "b.png").err


def test_embed_notes_what_photos_hold_as_long_as_they_are_those_that_were_labelled(tmp_path, call):
    project = made(tmp_path / "photos", "a", "b")
    save(project.parent / "b.png", 5)
    assert call("embed", project).code == 0
    assert "b.png" in call("scan", project).out
    for number, name in enumerate(("a.png", "b.png")):
        save(project.parent / name, 1 - number)  # exchanged, by a tool that writes new files
    told = call("scan", project).out
    assert "1 moved" in told
