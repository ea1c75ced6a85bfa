"""The numbers that classes have in a file are those of the next export; where they cannot be, it is told by name."""

import json

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.formats.kit.class_numbers import Numbering, choose, numbered, numbers_of
from app.formats.kit.report import Report
from app.formats.kit.yaml import names_in
from app.formats.registry import format_named
from app.masks.rle import Mask
from app.project.records import NUMBERS, Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

GAPS = {"car": 3, "person": 7, "truck": 20}
ZERO = {"truck": 2, "car": 0, "person": 1}
"""As the file lists them."""
OTHER = {"car": 9, "person": 7, "dog": 20}


# --- files of each kind, with one object of each class in a column of its own, from column `first` on ---------------


def write_coco(folder, numbers, first=0):
    shape = [{"size": [HEIGHT, WIDTH], "counts": column(first + place)} for place in range(len(numbers))]
    annotations = [
        {"id": at + 1, "image_id": 1, "category_id": number, "segmentation": shape[at], "iscrowd": 0}
        for at, number in enumerate(numbers.values())
    ]
    return dump(folder / "in.json", annotations, numbers)


def column(place):
    before = place * HEIGHT
    return [before, HEIGHT, HEIGHT * WIDTH - before - HEIGHT]


def dump(file, annotations, numbers):
    images = [{"id": 1, "file_name": "cat.png", "width": WIDTH, "height": HEIGHT}]
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return file


def read_coco(out):
    content = json.loads(out.read_text())
    names = {each["id"]: each["name"] for each in content["categories"]}
    assert {each["category_id"] for each in content["annotations"]} <= names.keys()
    return {each["name"]: each["id"] for each in content["categories"]}


def write_panoptic(folder, numbers, first=0):
    (folder / "panoptic").mkdir()
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for place in range(len(numbers)):
        pixels[:, first + place, 0] = place + 1
    Image.fromarray(pixels).save(folder / "panoptic" / "cat.png")
    segments = [{"id": place + 1, "category_id": number} for place, number in enumerate(numbers.values())]
    dump(folder / "panoptic.json", [{"image_id": 1, "file_name": "cat.png", "segments_info": segments}], numbers)
    return folder


def read_panoptic(out):
    content = json.loads((out / "panoptic.json").read_text())
    used = {segment["category_id"] for each in content["annotations"] for segment in each["segments_info"]}
    numbers = {each["name"]: each["id"] for each in content["categories"]}
    assert used <= set(numbers.values())
    return numbers


def write_yolo(folder, numbers, first=0):
    (folder / "labels").mkdir()
    width = 1 / WIDTH
    lines = [f"{number} {(at + 0.5) * width} 0.5 {width} 1\n" for at, number in enumerate(numbers.values(), first)]
    (folder / "labels" / "cat.txt").write_text("".join(lines))
    names = "".join(f"  {number}: {name}\n" for name, number in numbers.items())
    (folder / "data.yaml").write_text(f"names:\n{names}")
    return folder


def read_yolo(out):
    names = names_in((out / "data.yaml").read_text())
    assert sorted(names) == list(range(len(names)))
    return {name: number for number, name in names.items()}


def index(numbers, first, factor=1, dtype=np.uint8):
    pixels = np.zeros((HEIGHT, WIDTH), dtype)
    for place, number in enumerate(numbers, first):
        pixels[:, place] = number * factor
    return Image.fromarray(pixels)


def pixels_in(file):
    return {number for number in np.unique(np.asarray(Image.open(file))).tolist() if number}


def write_png(folder, numbers, first=0):
    (folder / "semantic").mkdir()
    index(numbers.values(), first).save(folder / "semantic" / "cat.png")
    listed = [{"number": number, "name": name} for name, number in numbers.items()]
    (folder / "classes.json").write_text(json.dumps({"classes": listed}))
    return folder


def read_png(out):
    numbers = {each["name"]: each["number"] for each in json.loads((out / "classes.json").read_text())["classes"]}
    assert pixels_in(out / "semantic" / "cat.png") <= set(numbers.values())
    return numbers


def write_voc(folder, numbers, first=0):
    names = {number: name for name, number in numbers.items()}
    for kind, values in (("SegmentationClass", numbers.values()), ("SegmentationObject", range(1, len(numbers) + 1))):
        (folder / kind).mkdir()
        index(values, first).save(folder / kind / "cat.png")
    listed = ["_background_", *(names.get(number, f"class {number}") for number in range(1, max(names) + 1))]
    (folder / "class_names.txt").write_text("".join(f"{name}\n" for name in listed))
    return folder


def read_voc(out):
    names = (out / "class_names.txt").read_text().splitlines()
    used = pixels_in(out / "SegmentationClass" / "cat.png")
    return {name: number for number, name in enumerate(names) if number in used}


def write_cityscapes(folder, numbers, first=0):
    index(numbers.values(), first).save(folder / "cat_gtFine_labelIds.png")
    index(numbers.values(), first, 1000, np.uint16).save(folder / "cat_gtFine_instanceIds.png")
    listed = [{"id": number, "name": name} for name, number in numbers.items()]
    (folder / "labels.json").write_text(json.dumps({"labels": listed}))
    return folder


def read_cityscapes(out):
    numbers = {each["name"]: each["id"] for each in json.loads((out / "labels.json").read_text())["labels"]}
    assert pixels_in(out / "cat_gtFine_labelIds.png") <= set(numbers.values())
    instances = pixels_in(out / "cat_gtFine_instanceIds.png")
    assert {number // 1000 or number for number in instances} <= set(numbers.values())
    return numbers


FILES = {
    "coco": (write_coco, read_coco),
    "panoptic": (write_panoptic, read_panoptic),
    "yolo": (write_yolo, read_yolo),
    "yolo-seg": (write_yolo, read_yolo),
    "png": (write_png, read_png),
    "voc": (write_voc, read_voc),
    "cityscapes": (write_cityscapes, read_cityscapes),
}
EVERY = pytest.mark.parametrize("name", FILES)
ANY_NUMBERS = pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("yolo")])
FROM_ZERO = pytest.mark.parametrize("name", ["coco", "panoptic", "yolo", "yolo-seg"])


class Desk:
    """One project, and files in and out of it in one format."""

    def __init__(self, name, project, folder):
        self.format, self.project, self.folder = format_named(name), project, folder
        self.write, self.read = FILES[name]
        self.count = 0

    def bring(self, numbers):
        """Imports a file; returns what is told."""
        file = self.write(self._new(), numbers, first=4 * (self.count - 1))
        return [
            told
            for told in drained(self.format.import_file(self.project, file)).problems
            if not told.startswith("Objects")
        ]

    def numbers(self):
        """The numbers in an export, and what it tells of them."""
        out = self._new() / f"out{self.format.suffix}"
        report = drained(self.format.export_file(self.project, out))
        return self.read(out), [sentence for sentence in report.problems if sentence.startswith("The class ")]

    def _new(self):
        self.count += 1
        folder = self.folder / f"files-{self.count}"
        folder.mkdir()
        return folder

    def named(self, name):
        return next(each for each in self.project.categories() if each.name == name)

    def put(self, category):
        with self.project.step("Change") as step:
            step.put(category)

    def add(self, name):
        with self.project.step("Add") as step:
            made = step.add(Category(0, name, "#123456"))
            pixels = np.zeros((HEIGHT, WIDTH), bool)
            pixels[:, -1] = True
            step.add(Annotation(0, self.project.images()[0].id, made.id, Mask.from_array(pixels)))

    def delete(self, name):
        category = self.named(name)
        with self.project.step("Delete") as step:
            for each in self.project.annotation_table.all():
                if each.category_id == category.id:
                    step.delete(each)
            step.delete(category)


@pytest.fixture
def desk(make_project, tmp_path):
    return lambda name: Desk(name, make_project("cat.png"), tmp_path)


@FROM_ZERO
def test_numbers_from_zero_come_back(desk, name):
    at = desk(name)
    assert at.bring(ZERO) == []
    assert at.numbers() == (ZERO, [])


@ANY_NUMBERS
def test_numbers_with_gaps_come_back(desk, name):
    at = desk(name)
    assert at.bring(GAPS) == []
    assert at.numbers() == (GAPS, [])


@ANY_NUMBERS
def test_a_class_of_the_person_takes_no_number_of_a_file(desk, name):
    """Its row may have the very id."""
    at = desk(name)
    with at.project.step("Add") as step:
        step.add(Category(3, "mine", "#123456"))
    assert at.bring(GAPS) == []
    numbers, told = at.numbers()
    assert {key: numbers[key] for key in GAPS} == GAPS
    if "mine" in numbers:
        assert numbers["mine"] not in GAPS.values()
        assert told == [f"The class mine came with no number of its own; here it is {numbers['mine']}."]


@EVERY
def test_a_class_that_is_added_gets_a_number_that_is_told(desk, name):
    at = desk(name)
    at.bring(ZERO if name.startswith("yolo") else GAPS)
    was, _ = at.numbers()
    at.add("new")
    numbers, told = at.numbers()
    assert {key: numbers[key] for key in was} == was
    assert numbers["new"] not in was.values()
    assert told == [f"The class new came with no number of its own; here it is {numbers['new']}."]


@EVERY
def test_a_class_that_is_renamed_keeps_its_number(desk, name):
    at = desk(name)
    numbers = ZERO if name.startswith("yolo") else GAPS
    at.bring(numbers)
    at.put(replace(at.named("person"), name="rider"))
    assert at.numbers() == ({"rider" if key == "person" else key: value for key, value in numbers.items()}, [])


@ANY_NUMBERS
def test_a_class_that_is_deleted_leaves_a_gap(desk, name):
    at = desk(name)
    at.bring(GAPS)
    at.delete("person")
    assert at.numbers() == ({"car": 3, "truck": 20}, [])
    at.project.undo()
    assert at.numbers() == (GAPS, [])


@pytest.mark.parametrize("name", ["yolo", "yolo-seg"])
def test_yolo_has_no_gaps_and_tells_what_becomes_of_them(desk, name):
    at = desk(name)
    at.bring(ZERO)
    at.delete("car")
    told = "The class truck was number 2, but here numbers go from 0 to 1; it is 0."
    assert at.numbers() == ({"person": 1, "truck": 0}, [told])


@pytest.mark.parametrize("name", ["yolo", "yolo-seg"])
def test_a_yolo_file_with_gaps_is_told(desk, name):
    at = desk(name)
    at.bring({"car": 0, "person": 2, "truck": 5})
    told = "The class truck was number 5, but here numbers go from 0 to 2; it is 1."
    assert at.numbers() == ({"car": 0, "person": 2, "truck": 1}, [told])


@ANY_NUMBERS
def test_a_second_file_with_other_numbers_changes_none_and_is_told(desk, name):
    at = desk(name)
    at.bring(GAPS)
    told = "The class car has the number 9 in the file; the number 3 that it has here is kept."
    assert at.bring(OTHER) == [told]
    numbers, told = at.numbers()
    assert {key: numbers[key] for key in GAPS} == GAPS
    assert numbers["dog"] not in GAPS.values()
    assert told == [f"The class dog was number 20, which truck has too; here it is {numbers['dog']}."]


@FROM_ZERO
def test_a_second_file_that_counts_from_one(desk, name):
    at = desk(name)
    at.bring(ZERO)
    told = at.bring({"car": 1, "person": 2, "truck": 3})
    assert [sentence.split(" in the file")[0] for sentence in told] == [
        f"The class {each} has the number {number}" for each, number in (("car", 1), ("person", 2), ("truck", 3))
    ]
    assert at.numbers() == (ZERO, [])


@FROM_ZERO
def test_classes_of_one_name_become_one_with_the_first_number(desk, name):
    at = desk(name)
    file = at.write(at._new(), {"car": 0, "person": 1, "truck": 2})
    changed = file if file.is_file() else file / ("panoptic.json" if name == "panoptic" else "data.yaml")
    changed.write_text(changed.read_text().replace("person", "car"))
    assert drained(at.format.import_file(at.project, file)).problems == [
        "The file has several classes named car; they became one."
    ]
    numbers, told = at.numbers()
    assert numbers == ({"car": 0, "truck": 1} if name.startswith("yolo") else {"car": 0, "truck": 2})
    assert bool(told) == name.startswith("yolo")


def test_coco_and_panoptic_share_their_numbers_and_yolo_takes_the_order(make_project, tmp_path):
    project = make_project("cat.png")
    coco, panoptic, yolo = (Desk(name, project, tmp_path / name) for name in ("coco", "panoptic", "yolo"))
    for name in ("coco", "panoptic", "yolo"):
        (tmp_path / name).mkdir()
    coco.bring({"truck": 30, "person": 5, "car": 0})
    assert panoptic.numbers() == ({"truck": 30, "person": 5, "car": 0}, [])
    assert yolo.numbers() == ({"car": 0, "person": 1, "truck": 2}, [])


def test_numbers_are_undone_with_the_import_and_are_no_detail(desk):
    at = desk("coco")
    with at.project.step("Add") as step:
        step.add(Category(0, "car", "#123456"))
    at.bring(GAPS)
    assert numbers_of(at.named("car")) == {"coco": 3}
    at.project.undo()
    assert at.named("car").extra == {}


def test_an_id_that_is_no_number_is_told(desk, tmp_path):
    at = desk("coco")
    file = write_coco(tmp_path, {"car": "a7", "person": 2.0, "truck": "12"})
    assert drained(at.format.import_file(at.project, file)).problems == [
        "The class car is called a7 by the objects of the file, which is no whole number; an export gives it a number."
    ]
    numbers, _ = at.numbers()
    assert (numbers["person"], numbers["truck"]) == (2, 12)


def test_keys_of_a_stranger_are_no_numbers(desk, tmp_path):
    at = desk("coco")
    file = write_coco(tmp_path, {"car": 4})
    content = json.loads(file.read_text())
    content["categories"][0][NUMBERS] = {"yolo": "x", "coco": [1]}
    file.write_text(json.dumps(content))
    drained(at.format.import_file(at.project, file))
    assert at.named("car").extra == {NUMBERS: {"coco": 4}}
    at.put(replace(at.named("car"), extra={NUMBERS: {"coco": True, "yolo": 1 << 60, "png": "1"}}))
    assert at.numbers()[0] == {"car": at.named("car").id}
    at.put(replace(at.named("car"), extra={NUMBERS: "none"}))
    assert at.numbers()[0] == {"car": at.named("car").id}


def test_a_class_of_cityscapes_with_a_number_of_its_own_scheme_keeps_its_borders(desk):
    at = desk("cityscapes")
    at.bring({"cat": 7, "dog": 26})
    assert at.numbers() == ({"cat": 7, "dog": 26}, [])
    at.add("car")  # whose number dog has
    numbers, told = at.numbers()
    assert numbers["car"] == 34
    assert len(told) == 1


def test_no_number_is_left():
    classes = [numbered(Category(each, f"c{each}", ""), "x", 2) for each in range(1, 6)]
    report = Report("Exported")
    assert choose(classes, Numbering("x", 1, 3), report) == {1: 2, 2: 3, 3: 1}
    assert report.problems == [
        "The class c2 was number 2, which c1 has too; here it is 3.",
        "The class c3 was number 2, which c1 has too; here it is 1.",
    ]
