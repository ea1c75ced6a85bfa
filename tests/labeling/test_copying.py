"""Copy, cut, paste and duplicate: between images, sizes and projects; what lies on the clipboard is not believed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from app.engine.requests import LoadModel
from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.carry_steps import fitted_masks
from app.labeling.clip import Clip, Copied, clip_in, written
from app.labeling.commands import REGISTRY
from app.masks.placing import beside, fitted, moved
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.project.records import Annotation
from app.project.store import Project
from app.work import run
from tests.labeling.conftest import Desk


def square(x, y, side=8, size=(48, 64)) -> Mask:
    return Mask.from_region(Region(x, y, np.ones((side, side), np.bool_), size))


@pytest.fixture
def two(desk):
    """Two objects of two classes on the first image, which are selected: their ids."""
    session = desk.session
    cat, dog = session.classes.add("cat"), session.classes.add("dog")
    rows = [(cat, square(10, 10), {"tail": "long"}), (dog, square(30, 20), {})]
    with session.project.step("Made") as step:
        ids = [
            step.add(Annotation(0, session.image_id, c.id, mask, attributes=attributes)).id
            for c, mask, attributes in rows
        ]
    session.objects.select(*ids)
    return ids


def press(acting, key):
    command = REGISTRY.for_key(key, acting)
    assert command is not None, f"{key} does nothing here"
    command.run(acting)


def names(desk, rows):
    known = {c.id: c.name for c in desk.session.classes.all()}
    return [known.get(row.category_id) for row in rows]


def test_what_is_copied_lies_at_the_same_place_of_another_image_in_one_step(desk, acting, two):
    press(acting, "Ctrl+C")
    desk.open(1)
    press(acting, "Ctrl+V")
    pasted = desk.saved(1)
    assert [row.mask for row in pasted] == [row.mask for row in desk.saved(0)]
    assert names(desk, pasted) == ["cat", "dog"]
    assert pasted[0].attributes == {"tail": "long"}
    assert pasted[0].provenance == {"by": "paste", "from": "0.png"}
    assert desk.session.objects.selection == tuple(row.id for row in pasted)
    assert desk.notices()[-1] == "Pasted 2 objects."
    press(acting, "Ctrl+Z")
    assert not desk.saved(1)
    assert len(desk.saved(0)) == 2


def test_cut_deletes_in_one_step_and_paste_brings_it_back(desk, acting, two):
    before = [row.mask for row in desk.saved()]
    press(acting, "Ctrl+X")
    assert not desk.saved()
    assert desk.notices()[-1] == "Cut 2 objects."
    press(acting, "Ctrl+V")
    assert [row.mask for row in desk.saved()] == before, "nothing lies there any more: the same place"
    press(acting, "Ctrl+Z")
    press(acting, "Ctrl+Z")
    assert [row.id for row in desk.saved()] == two


def test_a_copy_of_what_lies_there_already_lies_aside_and_the_next_one_further(desk, acting, two):
    press(acting, "Ctrl+C")
    for _ in range(3):
        press(acting, "Ctrl+V")
    assert "A little aside" in desk.notices()[-1]
    corners = [row.mask.bbox[:2] for row in desk.saved()[::2]]
    assert corners == [(10, 10), (14, 14), (18, 18), (22, 22)]


def test_duplicates_lie_aside_are_selected_and_leave_the_clipboard_alone(desk, acting, two):
    desk.session.objects.select(two[0])
    press(acting, "Ctrl+C")
    kept = desk.session.copying.clipboard.get()
    desk.session.objects.select(two[1])
    press(acting, "Ctrl+D")
    added = desk.saved()[-1]
    assert added.mask == moved(square(30, 20), 4, 4)
    assert desk.session.objects.selection == (added.id,)
    assert desk.session.copying.clipboard.get() == kept
    press(acting, "Ctrl+D")
    assert desk.saved()[-1].mask == moved(square(30, 20), 8, 8)


def test_what_is_pasted_lies_on_top(desk, acting, two):
    with desk.project.step("High") as step:
        step.add(Annotation(0, desk.session.image_id, None, square(0, 0), z_order=7))
    press(acting, "Ctrl+D")
    assert [row.z_order for row in desk.session.objects.selected()] == [7, 7]
    assert desk.session.objects.all()[-1].id == desk.session.objects.selection[-1]


@pytest.fixture
def sizes(tmp_path):
    """A project with a large image, one half as large, and one of another shape."""
    folder = tmp_path / "sizes"
    folder.mkdir()
    for name, (width, height) in {"a": (64, 48), "b": (32, 24), "c": (40, 40), "d": (3, 2)}.items():
        Image.new("RGB", (width, height)).save(folder / f"{name}.png")
    project = Project.create(tmp_path / "sizes.maskwright", folder)
    for _ in project.folder.scan():
        pass
    desk = Desk(project)
    desk.engine.start()
    desk.submit(LoadModel("first"))
    yield desk
    assert desk.engine.stop()
    project.close()


@pytest.mark.parametrize(("number", "box"), [(1, (5, 5, 4, 4)), (2, (6, 11, 5, 5)), (3, (0, 0, 1, 1))])
def test_in_an_image_of_another_size_it_is_fitted_and_the_person_is_told(sizes, number, box):
    sizes.open(0)
    with sizes.project.step("Made") as step:
        row = step.add(Annotation(0, sizes.session.image_id, None, square(10, 10)))
    sizes.session.objects.select(row.id)
    sizes.session.copying.copy()
    sizes.open(number)
    sizes.session.copying.paste()
    [pasted] = sizes.saved(number)
    assert pasted.mask.bbox == box
    assert pasted.mask.size == (sizes.session.image.height, sizes.session.image.width)
    assert "Fitted: it comes from an image of 64 x 48." in sizes.notices()[-1]


def test_another_project_gets_the_classes_that_it_lacks_in_the_same_step(desk, two, sizes):
    desk.session.copying.copy()
    sizes.session.copying.clipboard = desk.session.copying.clipboard
    dog = sizes.session.classes.add("Dog")
    sizes.open(0)
    sizes.session.copying.paste()
    assert names(sizes, sizes.saved(0)) == ["cat", "Dog"], "a name is a name, in capitals or not"
    cat = sizes.session.classes.all()[1]
    assert cat.color == desk.session.classes.all()[0].color
    sizes.session.undo_stack.undo()
    assert [c.id for c in sizes.session.classes.all()] == [dog.id]
    assert not sizes.saved(0)


def test_keys_say_why_there_is_nothing_to_copy_or_to_paste(desk, acting):
    for key in ("Ctrl+C", "Ctrl+X", "Ctrl+D"):
        assert REGISTRY.for_key(key, acting) is None
        assert "Select objects first" in REGISTRY.of_key(key)[0].why_not_now(acting)
    press(acting, "Ctrl+V")
    assert "There are no objects to paste" in desk.notices()[-1]
    desk.click()
    assert "Accept the mask first" in REGISTRY.of_key("Ctrl+C")[0].why_not_now(acting)


def test_the_past_can_be_copied_and_not_pasted_into(desk, two):
    [made] = desk.project.history.steps_of(desk.session.image_id)
    desk.session.objects.delete_selected()
    desk.session.review.look_back(made.id)
    desk.session.objects.select(two[1])
    assert desk.session.copying.copy() == 1
    for change in (desk.session.copying.paste, desk.session.copying.cut, desk.session.copying.duplicate):
        with pytest.raises(Problem, match="Nothing can be changed"):
            change()
    desk.session.review.return_to_now()
    desk.session.copying.paste()
    [row] = desk.saved()
    assert (row.mask, names(desk, [row])) == (square(30, 20), ["dog"])


# --- what is on the clipboard is not believed ---------------------------------------------------------------------


def good() -> dict:
    return json.loads(written(Clip("a.png", (Copied(square(1, 1), "cat", "#112233", attributes={"a": 1}),))))


def test_a_clip_is_read_as_it_was_written():
    clip = Clip("a.png", (Copied(square(1, 1), "cat", "#112233", "pet", {"a": [1, {"b": None}]}, iscrowd=True),))
    assert clip_in(written(clip)) == clip


def changed(path: str, value: object) -> bytes:
    whole = good()
    *way, last = path.split(".")
    at = whole
    for part in way:
        at = at[int(part)] if part.isdigit() else at[part]
    at[last] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[]", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b'{"version":1,"image":"","objects":' + b'[{"attributes":{"a":' * 5000, "damaged"),
        (changed("version", 2), "newer version"),
        (changed("objects", []), "damaged"),
        (changed("objects", [good()["objects"][0]] * 20_001), "damaged"),
        (changed("objects.0.segmentation", {"size": [48, 64], "counts": "0"}), "do not add up"),
        (changed("objects.0.segmentation", {"size": [1 << 40, 64], "counts": "0"}), "impossible size"),
        (changed("objects.0.segmentation", {"size": [-1, -1], "counts": "1"}), "longer than|impossible|add up"),
        (changed("objects.0.segmentation", {"size": [48, 64], "counts": "\u20ac"}), "damaged"),
        (changed("objects.0.class", "x" * 1001), "damaged"),
        (changed("objects.0.class", 7), "damaged"),
        (changed("objects.0.attributes", {"a": "x" * 200_000}), "damaged"),
    ],
)
def test_what_is_wrong_on_the_clipboard_is_one_sentence(desk, data, told):
    desk.session.copying.clipboard.put(data, "")

    def paste() -> None:
        desk.session.copying.paste()
        desk.work_beside()  # much is read beside the window

    with pytest.raises(Problem, match=told) as refused:
        paste()
    assert len(str(refused.value)) < 150
    assert not desk.saved()


def test_a_wrong_colour_is_one_of_the_palette(desk):
    desk.session.copying.clipboard.put(changed("objects.0.color", "red; }"), "")
    desk.session.copying.paste()
    assert desk.session.classes.all()[0].color == "#E69F00"


# --- places ------------------------------------------------------------------------------------------------------


def test_moving_and_fitting_keep_every_pixel_that_has_room():
    rng = np.random.default_rng(0)
    pixels = rng.random((48, 64)) < 0.3
    mask = Mask.from_array(pixels)
    for dx, dy in ((3, 2), (-5, 7), (0, -47), (64, 0), (-100, 100)):
        wanted = np.zeros_like(pixels)
        rows, columns = np.nonzero(pixels)
        rows, columns = rows + dy, columns + dx
        inside = (rows >= 0) & (rows < 48) & (columns >= 0) & (columns < 64)
        wanted[rows[inside], columns[inside]] = True
        assert moved(mask, dx, dy) == Mask.from_array(wanted)
    assert fitted(mask, (48, 64)) is mask
    twice = fitted(mask, (96, 128))
    assert (twice.to_array()[::2, ::2] == pixels).all()


@pytest.mark.parametrize("size", [(20_400, 20_400), (20_400, 30_000)])
def test_a_mask_that_would_be_too_large_in_the_other_image_is_refused(size):
    pixels = np.zeros((100, 100), np.bool_)
    pixels[30:70, 30:70] = True
    large, small = Mask.from_array(pixels), Mask.from_array(pixels & ~np.roll(pixels, 1, axis=0))
    with pytest.raises(Problem, match="megapixels that can be worked on at once"):
        fitted(large, size)
    assert fitted(small, size).area == 8160 * 204
    assert [mask is None for mask in run(fitted_masks([large, small], size))] == [True, False]


def test_what_fills_the_image_has_no_room_aside():
    full = Mask.from_array(np.ones((48, 64), np.bool_))
    assert beside([full], [full], 4) == (0, 0)
    right = square(56, 40)
    assert beside([right], [right], 4) == (-4, -4)
