"""Files with several pictures: each page is an image of the project."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image

from app.images.pages import as_file, path_of, shown, source_of, split
from app.images.reading import file_hash, image_size, read_image, read_thumbnail
from app.problem import Problem
from app.project.store import Project


def stack(pages: int = 4) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 60000, (pages, 20, 30), np.uint16)


def scanned(folder) -> Project:
    project = Project.create(folder / "p.maskwright", folder)
    list(project.folder.scan())
    return project


def test_name_of_a_page_goes_both_ways_and_plain_names_stay_whatever_they_hold(tmp_path):
    assert split(path_of("a/stack.tif", 3)) == ("a/stack.tif", 3)
    assert path_of("stack.tif", 1) == "stack.tif"
    assert (shown("a/s.tif#page=12"), as_file("a/s.tif#page=12")) == ("a/s.tif, page 12", "a/s_page12.tif")
    for plain in ("a#page=2.tif", "a.png#page=2", "a.tif#page=1", "a.tif#page=02", "a.tif#page=", "#page=2", "a.tif#2"):
        assert split(plain) == (plain, 1)
        assert source_of(tmp_path / plain).file == tmp_path / plain


KINDS = {
    "plain": {"photometric": "minisblack"},
    "imagej": {"imagej": True},
    "ome": {"ome": True, "photometric": "minisblack"},
    "big endian": {"byteorder": ">", "photometric": "minisblack"},
    "bigtiff": {"bigtiff": True, "photometric": "minisblack"},
    "tiles": {"tile": (16, 16), "photometric": "minisblack"},
    "deflate": {"compression": "zlib", "photometric": "minisblack"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_is_an_image_as_if_it_were_a_file(tmp_path, kind):
    name = "stack.ome.tif" if kind == "ome" else "stack.tif"
    tifffile.imwrite(tmp_path / name, stack(), **KINDS[kind])
    project = scanned(tmp_path)
    assert [record.path for record in project.images()] == [name] + [f"{name}#page={n}" for n in (2, 3, 4)]
    hashes = set()
    for values, record in zip(stack(), project.images(), strict=True):
        path = project.image_path(record)
        one = tmp_path / "one.tif"
        tifffile.imwrite(one, values, photometric="minisblack")
        assert np.array_equal(read_image(path).pixels, read_image(one).pixels)
        assert np.array_equal(read_thumbnail(path, 10), read_thumbnail(one, 10))
        assert image_size(path) == (30, 20)
        assert read_image(path).content_hash == file_hash(path)
        hashes.add(file_hash(path))
    assert len(hashes) == 4
    project.close()


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "group4", "packbits"])
def test_pages_that_pillow_wrote_with_their_compression_and_turn(tmp_path, compression):
    mode = "1" if compression == "group4" else "RGB"
    pages = [Image.effect_noise((40, 30), 90).convert("RGB").convert(mode) for _ in range(3)]
    pages[0].save(tmp_path / "s.tif", save_all=True, append_images=pages[1:], compression=compression)
    for number, page in enumerate(pages, start=1):
        page.save(tmp_path / "one.tif", compression=compression)
        path = tmp_path / path_of("s.tif", number)
        assert np.array_equal(read_image(path).pixels, read_image(tmp_path / "one.tif").pixels)


def test_small_copies_and_levels_are_no_images(tmp_path):
    with tifffile.TiffWriter(tmp_path / "levels.tif") as file:
        file.write(stack()[0], photometric="minisblack", subifds=1)
        file.write(stack()[0][::2, ::2], photometric="minisblack", subfiletype=1)
        file.write(stack()[1][::2, ::2], photometric="minisblack", subfiletype=1)
        file.write(stack()[2], photometric="minisblack")
    project = scanned(tmp_path)
    assert [record.path for record in project.images()] == ["levels.tif", "levels.tif#page=3"]
    project.close()


def test_one_page_of_a_stack_of_2000_is_read_without_the_others(tmp_path):
    numbers = np.arange(2000, dtype=np.uint16)[:, None, None]
    tifffile.imwrite(tmp_path / "s.tif", np.zeros((2000, 64, 64), np.uint16) + numbers, photometric="minisblack")
    project = scanned(tmp_path)
    assert len(project.images()) == 2000
    content = bytearray((tmp_path / "s.tif").read_bytes())
    last = tmp_path / "s.tif#page=2000"
    before = read_image(last).content_hash
    with tifffile.TiffFile(tmp_path / "s.tif") as file:
        at = file.pages[999].dataoffsets[0]
    content[at : at + 100] = bytes(b"\xff" * 100)  # another page has no say
    (tmp_path / "s.tif").write_bytes(content)
    assert read_image(last).content_hash == before
    project.close()


def test_renamed_stack_keeps_its_images_and_missing_pages_are_said(tmp_path):
    tifffile.imwrite(tmp_path / "old.tif", stack(), photometric="minisblack")
    project = scanned(tmp_path)
    for record in project.images():
        picture = read_image(project.image_path(record))
        project.image_table.note(record.id, content_hash=picture.content_hash, size_bytes=picture.size_bytes)
    ids = {record.path: record.id for record in project.images()}
    (tmp_path / "old.tif").rename(tmp_path / "new.tif")
    list(project.folder.scan())
    assert {r.path: r.id for r in project.images()} == {p.replace("old", "new"): n for p, n in ids.items()}
    with pytest.raises(Problem, match=r"^new\.tif, page 9: the file has no page 9\.$"):
        read_image(tmp_path / "new.tif#page=9")
    project.close()
