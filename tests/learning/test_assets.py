"""Where training pictures come from: licences file by file, Qt's resource files, drawings with exact parts."""

import struct
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from app.learning.assets import fetching, photos, things
from app.learning.assets.clipart import collect, cutout
from app.learning.assets.cutouts import StoredCutouts
from app.learning.assets.debian import Copyright, Licence
from app.learning.assets.rcc import resources
from app.problem import Problem
from app.sam.checksum import sha256_of

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2014 Somebody
License: GPL-3+

Files: photos/dog.jpg
       photos/birds/*
Copyright: 2012 A Photographer
License: CC-BY-SA-3.0
Comment: from the web

Files: photos/birds/parrot.png
Copyright: none
License: public-domain

License: CC-BY-SA-3.0
 The whole text.
"""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("icons/a.svg", "GPL-3+"),
        ("photos/dog.jpg", "CC-BY-SA-3.0"),
        ("photos/dog.webp", "CC-BY-SA-3.0"),  # packed in another format than the source
        ("photos/birds/owl.jpg", "CC-BY-SA-3.0"),
        ("photos/birds/parrot.webp", "public-domain"),  # the last stanza that fits
        ("photos/dog2.jpg", "GPL-3+"),
    ],
)
def test_the_licence_of_a_file_is_that_of_the_last_stanza_that_fits(path, name):
    licence = Copyright(COPYRIGHT).licence_of(path)
    assert licence is not None
    assert licence.name == name


def test_by_name_a_star_of_another_folder_says_nothing():
    assert Copyright(COPYRIGHT).licence_of("backgrounds/dog.jpg", by_name=True).name == "CC-BY-SA-3.0"
    assert Copyright(COPYRIGHT).licence_of("backgrounds/owl.jpg", by_name=True) is None


@pytest.mark.parametrize(
    ("name", "permits"),
    [
        ("CC0-1.0", True), ("public-domain", True), ("CC-BY-2.0", True), ("CC-BY-SA-4.0", True),
        ("CC-BY-3.0 and CC0-1.0", True), ("GPL-3+", False), ("CC-BY-NC-4.0", False), ("CC-BY-ND-4.0", False),
        ("CC-BY-3.0 and GPL-2+", False), ("LGPLv3", False), ("", False),
    ],
)  # fmt: skip
def test_only_licences_that_let_us_give_the_result_away(name, permits):
    assert Licence(name, "").permits is permits


def test_a_site_with_terms_of_its_own_is_left_out_whatever_the_package_says():
    text = "Files: *\nCopyright: Various\nLicense: public-domain\n Taken from morguefile.com, donated.\n"
    licence = Copyright(text).licence_of("a.jpg")
    assert licence is not None
    assert licence.name == "public-domain"
    assert not licence.permits


def test_photos_of_a_folder_are_those_that_are_permitted_and_not_drawn(tmp_path):
    folder = photos.Folder("hills", "usr/share/hills", "pictures/*.jpg", drawn=("map?",))
    pictures, words = tmp_path / "usr/share/hills/pictures", tmp_path / "usr/share/doc/hills"
    pictures.mkdir(parents=True)
    words.mkdir(parents=True)
    (words / "copyright").write_text(
        "Files: pictures/*\nCopyright: A\nLicense: CC0-1.0\n\nFiles: pictures/b*\nCopyright: B\nLicense: GPL-2\n"
    )
    for name in ("a", "b", "map1"):
        (pictures / f"{name}.jpg").write_bytes(b"picture")
    [(source, content)] = photos._from_folder(folder, tmp_path)
    assert (source.path, source.licence, source.holders, content) == ("pictures/a.jpg", "CC0-1.0", "A", b"picture")


def rcc(files: dict[str, bytes], *, compress: bool = False) -> bytes:
    """As Qt's rcc writes it, version 1: a root with files."""
    names, contents, nodes = b"", b"", struct.pack(">IHII", 0, 2, len(files), 1)
    for name, content in files.items():
        stored = struct.pack(">I", len(content)) + zlib.compress(content) if compress else content
        nodes += struct.pack(">IHHHI", len(names), 1 if compress else 0, 0, 0, len(contents))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
        contents += struct.pack(">I", len(stored)) + stored
    start = 20
    header = struct.pack(">4s4I", b"qres", 1, start, start + len(nodes), start + len(nodes) + len(contents))
    return header + nodes + contents + names


@pytest.mark.parametrize("compress", [False, True])
def test_resources_have_their_paths_and_contents(tmp_path, compress):
    files = {"a.jpg": b"first", "ü.png": b"second" * 100}
    (tmp_path / "some.rcc").write_bytes(rcc(files, compress=compress))
    assert dict(resources(tmp_path / "some.rcc")) == {f"/{name}": content for name, content in files.items()}


@pytest.mark.parametrize("data", [b"", b"nothing of Qt", b"qres", rcc({"a": b"b"}, compress=True)[:-40]])
def test_a_damaged_resource_file_is_a_problem(tmp_path, data):
    (tmp_path / "bad.rcc").write_bytes(data)
    with pytest.raises(Problem, match=r"bad\.rcc is"):
        list(resources(tmp_path / "bad.rcc"))


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{}</svg>'
FACE = SVG.format(
    '<circle cx="50" cy="50" r="48" fill="#fc0"/>'
    '<g fill="#00f"><rect x="20" y="25" width="20" height="20"/><rect x="60" y="25" width="20" height="20"/></g>'
    '<rect x="25" y="60" width="50" height="20" style="fill:#a00"/>'
    '<rect x="0" y="0" width="100" height="100" fill="none" stroke="none"/>'
)


def test_a_drawing_becomes_the_whole_and_its_visible_parts():
    found = cutout(FACE.encode())
    assert found is not None
    assert found.planes.shape == found.rgba.shape[:2]
    scale = max(found.planes.shape) / 100
    areas = [np.count_nonzero(found.planes >> bit & 1) / scale**2 for bit in range(found.count)]
    assert areas[0] == pytest.approx(np.pi * 48**2, rel=0.02)
    skin, mouth, *eyes = areas[1:]
    assert skin == pytest.approx(np.pi * 48**2 - 1000 - 800, rel=0.02)  # what the eyes and the mouth leave of it
    assert mouth == pytest.approx(1000, rel=0.05)
    assert eyes == [pytest.approx(400, rel=0.05)] * 2  # both eyes together are in two pieces: nothing to click on
    assert tuple(found.rgba[found.planes.shape[0] // 2, found.planes.shape[1] // 2]) == (255, 204, 0, 255)


@pytest.mark.parametrize(
    "data",
    [b"", b"not a drawing", SVG.format("").encode(), b"<svg" + b" " * 700_000 + b"/>",
     SVG.format('<circle cx="2" cy="2" r="1"/>').replace("100 100", "0 0").encode()],
)  # fmt: skip
def test_what_is_no_drawing_is_left_out(data):
    assert cutout(data) is None


def test_no_entity_is_read_from_outside(tmp_path):
    (tmp_path / "secret.txt").write_text("M0 0h90v90h-90z")
    text = f'<!DOCTYPE svg [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]>' + SVG.format('<path d="&e;"/>')
    assert cutout(text.encode()) is None


@pytest.mark.parametrize("href", ["href", "xlink:href"])
def test_no_picture_is_read_from_outside(tmp_path, href):
    """Debris of a drawing program, or somebody who wants to see what lies on the disk."""
    Image.new("RGB", (50, 50), "red").save(tmp_path / "secret.png")
    picture = (
        f'<image xmlns:xlink="http://www.w3.org/1999/xlink" {href}="{tmp_path}/secret.png" width="90" height="90"/>'
    )
    assert cutout(SVG.format(picture).encode()) is None


def test_the_bank_gives_back_what_was_cut_out(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/face.svg").write_text(FACE)
    (tmp_path / "a/broken.svg").write_text("<svg")
    (tmp_path / "a/flag.svg").write_text(FACE)
    collect(tmp_path / "a", tmp_path / "clipart.bin")
    bank, face = StoredCutouts(tmp_path / "clipart.bin"), cutout(FACE.encode())
    assert len(bank) == 1
    assert np.array_equal(bank[0].rgba, face.rgba)
    assert np.array_equal(bank[0].planes, face.planes)


@pytest.fixture
def emoji(tmp_path):
    """A package of two things, a flag and a sign. The thing is a red disc with a blue window in it."""
    folder = tmp_path / "package/assets"
    folder.mkdir(parents=True)
    y, x = np.mgrid[:256, :256]
    picture = np.zeros((256, 256, 4), np.uint8)
    picture[(x - 120) ** 2 + (y - 120) ** 2 < 100**2] = (200, 40, 40, 255)
    picture[100:150, 80:160] = (30, 60, 220, 255)
    for name in ("1f697", "1f9d1-1f3fb", "1f1e9-1f1ea", "2b06-fe0f"):
        Image.fromarray(picture).save(folder / f"{name}.webp", lossless=True)
    Image.new("RGBA", (256, 256)).save(folder / "1f600.webp", lossless=True)  # nothing is drawn
    return tmp_path


def test_a_thing_is_a_whole_with_parts_inside(emoji):
    things.collect(emoji, emoji / "things.bin")
    found = StoredCutouts(emoji / "things.bin")
    assert len(found) == 2
    whole = found[0].planes & 1 > 0
    assert whole.mean() == pytest.approx(np.pi / 4, abs=0.03)
    assert np.array_equal(whole, found[0].rgba[..., 3] > 100)
    windows = [found[0].planes >> bit & 1 > 0 for bit in range(1, found[0].count)]
    assert any(window.sum() / whole.sum() == pytest.approx(4000 / (np.pi * 100**2), rel=0.2) for window in windows)
    assert found[0].rgba[whole][:, 0].max() == 200  # RGB


def test_signs_and_flags_are_no_things_and_of_many_tones_two_stay():
    tones = [f"1f468-1f3f{tone}-200d-1f680" for tone in "bcdef"]
    names = ["1f468-200d-1f680", *tones, "1f680", "1f1e9-1f1ea", "1f3f4-e0067", "2b06-fe0f", "1f552"]
    chosen = things.chosen(names)
    assert "1f680" in chosen
    assert 1 <= len([name for name in chosen if "1f468" in name]) <= 2
    assert not {"1f1e9-1f1ea", "1f3f4-e0067", "2b06-fe0f", "1f552"} & set(chosen)


@pytest.mark.parametrize("kind", ["pypi", "npm"])
def test_a_package_is_unpacked_once_and_only_if_it_is_the_expected_one(tmp_path, monkeypatch, kind):
    made = tmp_path / "made"
    asked = []

    def download(command, folder):
        asked.append(command)
        if kind == "pypi":
            with zipfile.ZipFile(folder / "some_thing-1.0-py3-none-any.whl", "w") as archive:
                archive.writestr(zipfile.ZipInfo("a.txt"), "hello")
        else:
            (made / "package").mkdir(parents=True, exist_ok=True)
            (made / "package/a.txt").write_text("hello")
            with tarfile.open(folder / "some-thing-1.0.tgz", "w") as archive:
                archive.add(made / "package/a.txt", "package/a.txt", filter=_of_no_time)

    monkeypatch.setattr(fetching, "_run", download)
    get, name = (fetching.pypi, "some-thing") if kind == "pypi" else (fetching.npm, "@some/thing")
    with pytest.raises(Problem, match="is not the file that was expected"):
        get(name, "1.0", "0" * 64, tmp_path / "wrong")
    assert not [path for path in (tmp_path / "wrong").iterdir() if path.is_dir()]
    file = next(path for path in (tmp_path / "wrong").iterdir())
    for _ in range(2):
        root = get(name, "1.0", sha256_of(file), tmp_path / "right")
    assert next(root.rglob("a.txt")).read_text() == "hello"
    assert len(asked) == 2


def _of_no_time(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    return member
