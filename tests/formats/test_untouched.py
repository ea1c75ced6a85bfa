"""A stranger's file that nobody worked on goes out as it came in: whole files as trees of JSON or XML, or lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from msgspec.structs import replace
from pycocotools import mask as coco_mask

from app.formats.kit.describe import describe
from app.formats.registry import format_named
from app.masks.geometry import Geometry, Shape
from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, NAMES, WIDTH
from tests.formats.test_every_format import pixels_of

COCO, LABELME, CVAT, YOLO, YOLO_BOXES = map(format_named, ("coco", "labelme", "cvat", "yolo-seg", "yolo"))
CAT = [[2.25, 1.5, 12, 1.0, 12.5, 9.75, 2, 9]]
DOGS = [[1, 1, 5.5, 1, 5.5, 4, 1, 4], [8, 2, 14.123456789, 2, 14, 7.5]]
RUNS = {"size": [HEIGHT, WIDTH], "counts": [5, 3, HEIGHT * WIDTH - 8]}


def coco_content() -> dict:
    dense = Mask.from_array(pixels_of("block"))
    shared = {"image_id": 7, "category_id": 3, "iscrowd": 0}
    return {
        "info": {"year": 2014, "version": "1.0"},
        "licenses": [{"id": 1, "name": "CC"}],
        "images": [
            {"id": 7, "file_name": NAMES[0], "width": WIDTH, "height": HEIGHT, "license": 1},
            {"id": 2, "file_name": NAMES[1], "width": WIDTH, "height": HEIGHT},
            {"id": 3, "file_name": NAMES[2], "width": WIDTH, "height": HEIGHT},
        ],
        "annotations": [
            {"id": 11, "segmentation": CAT, "area": 83.5625, "bbox": [2, 1.0, 10.5, 8.75], **shared},
            {"id": 12, "segmentation": DOGS, "area": 30.34, "bbox": [1, 1, 13.123, 6.5], **shared, "image_id": 2},
            {"id": 13, "segmentation": RUNS, "area": 3, "bbox": [0, 5, 1, 3], **shared, "iscrowd": 1},
            {"id": 14, "segmentation": {"size": [HEIGHT, WIDTH], "counts": dense.counts}, "area": dense.area,
             "bbox": list(dense.bbox), **shared},
            {"id": 15, "segmentation": CAT, "area": 83.5625, "bbox": [2, 1.0, 10.5, 8.75], **shared, "score": 0.5},
        ],
        "categories": [{"id": 3, "name": "cat", "supercategory": "animal"}],
    }  # fmt: skip


def by_id(content: dict) -> dict:
    lists = ("images", "annotations", "categories")
    return {
        key: sorted(value, key=lambda each: each["id"]) if key in lists else value for key, value in content.items()
    }


def exported(project, each, tmp_path, **options):
    report = drained(each.export_file(project, tmp_path / f"out{each.suffix}", **options))
    return report, tmp_path / f"out{each.suffix}"


# --- COCO ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def coco_file(tmp_path) -> Path:
    file = tmp_path / "in.json"
    file.write_text(json.dumps(coco_content()), encoding="utf-8")
    return file


def test_a_coco_file_comes_back_as_it_was(project, coco_file, tmp_path):
    assert drained(COCO.import_file(project, coco_file)).problems == []
    report, out = exported(project, COCO, tmp_path, masks="kept")
    assert (report.losses, report.problems) == ({}, [])
    assert by_id(json.loads(out.read_text(encoding="utf-8"))) == by_id(coco_content())
    assert '"segmentation":[[2.25,1.5,12,1.0,12.5,9.75,2,9]]' in out.read_text(encoding="utf-8")


def test_it_does_so_after_a_kill_and_from_a_project_that_is_only_read(make_project, coco_file, tmp_path):
    project = make_project()
    project.close()
    work = (
        "import os, sys; from pathlib import Path; from app.project.store import Project; "
        "from app.formats.registry import format_named; "
        "project = Project.open(Path(sys.argv[1])); "
        "list(format_named('coco').import_file(project, Path(sys.argv[2]))); os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", work, project.path, coco_file], env=os.environ, check=False)
    assert died.returncode != 0
    with closing(Project.open(project.path)) as again:
        assert again.undo_label == "Import COCO"
    with closing(Project.open(project.path, read_only=True)) as again:
        _, out = exported(again, COCO, tmp_path, masks="kept")
    assert by_id(json.loads(out.read_text(encoding="utf-8"))) == by_id(coco_content())


def test_masks_are_run_lengths_where_that_is_wanted_and_it_is_told(project, coco_file, tmp_path):
    drained(COCO.import_file(project, coco_file))
    report, out = exported(project, COCO, tmp_path)
    assert report.losses == {"imported outline": 3}
    assert "3 times: its imported outline is not written; the option masks=kept keeps it." in describe(report).kinds[-1]
    assert "cannot" not in str(describe(report))
    for item in json.loads(out.read_text(encoding="utf-8"))["annotations"]:
        mask = project.annotation(item["id"]).mask
        assert item["segmentation"] == {"size": [HEIGHT, WIDTH], "counts": mask.counts}
        assert (item["area"], item["bbox"]) == (mask.area, list(mask.bbox))


def test_what_was_worked_on_is_traced_and_undo_brings_its_outline_back(project, coco_file, tmp_path):
    drained(COCO.import_file(project, coco_file))
    with project.step("Brush") as step:
        step.put(replace(project.annotation(11), mask=Mask.from_array(pixels_of("block"))))
    _, out = exported(project, COCO, tmp_path, masks="polygons")
    items = {item["id"]: item for item in json.loads(out.read_text(encoding="utf-8"))["annotations"]}
    assert items[11]["segmentation"] == [[3, 2, 11, 2, 11, 7, 3, 7]]
    assert (items[11]["bbox"], items[11]["area"]) == ([3, 2, 8, 5], 40)
    assert items[12]["segmentation"] == DOGS
    project.undo()
    _, out = exported(project, COCO, tmp_path, masks="kept")
    assert by_id(json.loads(out.read_text(encoding="utf-8"))) == by_id(coco_content())


@pytest.mark.parametrize(
    "said", [{"bbox": [4, 1, 14, 9.75]}, {"area": 5}, {"area": "x", "bbox": [1, 2]}, {"bbox": None}]
)
def test_a_bbox_or_area_that_contradicts_the_mask_is_not_written_again(project, write, tmp_path, said):
    drained(COCO.import_file(project, write({"segmentation": CAT, **said})))
    _, out = exported(project, COCO, tmp_path, masks="kept")
    [item] = json.loads(out.read_text(encoding="utf-8"))["annotations"]
    mask = project.annotation(1).mask
    assert item["segmentation"] == CAT
    assert (item["area"], item["bbox"]) == (mask.area, list(mask.bbox))


@pytest.mark.parametrize("segmentation", [[["2", "1", "12", "1", "12", "9"]], [[2, 1, 12, 1, 12, 1e13]]])
def test_numbers_that_are_none_are_traced(project, write, tmp_path, segmentation):
    assert drained(COCO.import_file(project, write({"segmentation": segmentation}))).annotations == 1
    assert project.annotation(1).geometry is None
    _, out = exported(project, COCO, tmp_path, masks="kept")
    [item] = json.loads(out.read_text(encoding="utf-8"))["annotations"]
    assert isinstance(item["segmentation"], dict)


def test_an_outline_that_is_too_long_to_be_kept_is_told(project, write, tmp_path):
    polygon = [2.000000000001, 1.000000000001, 12.000000000001, 1.000000000001, 12, 9] * 20_001
    report = drained(COCO.import_file(project, write({"segmentation": [polygon]})))
    [sentence] = [each for each in report.problems if "outline" in each]
    assert "more points than are kept" in sentence
    assert project.annotation(1).geometry is None


def test_a_strangers_project_cannot_put_something_else_into_a_file(project, tmp_path):
    evil = Geometry((Shape("polygon", '1,1,9,1,9,9]],"evil":[[1'),), area='1,"evil":1')
    with project.step("Import") as step:
        step.add(Annotation(0, 1, None, Mask.from_array(pixels_of("block")), geometry=evil))
    for each in (COCO, LABELME, CVAT, YOLO, YOLO_BOXES):
        report, out = exported(project, each, tmp_path)
        files = [out] if out.is_file() else [path for path in out.rglob("*") if path.is_file()]
        assert report.annotations == 1
        assert all(b"evil" not in file.read_bytes() for file in files)


# --- labelme ---------------------------------------------------------------------------------------------------------

BLANK = {"group_id": None, "description": "", "flags": {}, "mask": None}
SHAPES = [
    {"label": "cat", "points": [[2.25, 1.5], [12, 1.0], [12.5, 9.75], [2, 9]], "shape_type": "polygon", **BLANK},
    {"label": "cat", "points": [[12.5, 9.25], [2, 1]], "shape_type": "rectangle", **BLANK, "description": "late"},
    {"label": "dog", "points": [[6.5, 6], [6.5, 8.25]], "shape_type": "circle", "group_id": 4, "flags": {"a": True}},
    {"label": "dog", "points": [[3, 2], [9, 2], [9, 7], [3, 7]], "shape_type": "rotation", "direction": 0.5},
    {
        "label": "dog",
        "points": [[3, 2], [9, 3], [8, 7], [2, 6]],
        "shape_type": "oriented_rectangle",
        "line_color": None,
    },
]


def labelme_content(*shapes) -> dict:
    return {"version": "5.5.0", "flags": {"seen": True}, "shapes": list(shapes), "imagePath": "../photos/cat.png",
            "imageData": None, "imageHeight": HEIGHT, "imageWidth": WIDTH}  # fmt: skip


@pytest.fixture
def labelme_folder(tmp_path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cat.json").write_text(json.dumps(labelme_content(*SHAPES)), encoding="utf-8")
    return tmp_path / "in"


def test_a_labelme_file_comes_back_as_it_was(make_project, labelme_folder, tmp_path):
    project = make_project("cat.png")
    assert drained(LABELME.import_file(project, labelme_folder)).problems == []
    report, out = exported(project, LABELME, tmp_path)
    assert (report.losses, report.problems) == ({}, [])
    assert json.loads((out / "cat.json").read_text(encoding="utf-8")) == labelme_content(*SHAPES)


def test_a_file_goes_back_to_the_labelme_that_wrote_it_unless_there_is_what_that_does_not_know(make_project, tmp_path):
    project = make_project("cat.png")
    (tmp_path / "in").mkdir()
    content = {**labelme_content(*SHAPES), "version": "4.5.6"}
    (tmp_path / "in" / "cat.json").write_text(json.dumps(content), encoding="utf-8")
    drained(LABELME.import_file(project, tmp_path / "in"))
    _, out = exported(project, LABELME, tmp_path)
    assert json.loads((out / "cat.json").read_text(encoding="utf-8")) == content
    assert exported(project, YOLO, tmp_path)[0].image_losses == {"other imported image data": 1}  # its flags
    with project.step("Brush") as step:
        step.put(replace(next(project.annotation_table.all()), mask=Mask.from_array(pixels_of("block"))))
    for options, version in (({}, "5.5.0"), ({"masks": "polygons"}, "4.5.6")):
        _, out = exported(project, LABELME, tmp_path, **options)
        written = json.loads((out / "cat.json").read_text(encoding="utf-8"))
        assert (written["version"], "labelme_version" in written) == (version, False)


def test_the_parts_of_a_group_come_back_each_with_its_own_keys(make_project, tmp_path):
    project = make_project("cat.png")
    parts = [
        {**SHAPES[0], "group_id": 3, "description": "left"},
        {**SHAPES[2], "group_id": 3},
        {**SHAPES[3], "label": "cat"},
    ]
    parts[1] |= {"label": "cat"}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cat.json").write_text(json.dumps(labelme_content(*parts)), encoding="utf-8")
    assert drained(LABELME.import_file(project, tmp_path / "in")).joined == 1
    report, out = exported(project, LABELME, tmp_path)
    assert report.losses == {}
    assert json.loads((out / "cat.json").read_text(encoding="utf-8")) == labelme_content(*parts)


def test_a_labelme_shape_that_was_worked_on_is_a_mask_and_the_others_are_not(make_project, labelme_folder, tmp_path):
    project = make_project("cat.png")
    drained(LABELME.import_file(project, labelme_folder))
    first = next(project.annotation_table.all())
    with project.step("Brush") as step:
        step.put(replace(first, mask=Mask.from_array(pixels_of("block"))))
    _, out = exported(project, LABELME, tmp_path)
    shapes = json.loads((out / "cat.json").read_text(encoding="utf-8"))["shapes"]
    assert shapes[0]["shape_type"] == "mask"
    assert shapes[1:] == SHAPES[1:]


# --- CVAT ------------------------------------------------------------------------------------------------------------

CVAT_FILE = f"""<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><labels><label><name>cat</name><color>#fa3253</color><attributes></attributes></label></labels></task></meta>
<image id="0" name="cat.png" width="{WIDTH}" height="{HEIGHT}">
<polygon label="cat" source="manual" occluded="0" points="2.25,1.50;12.00,1.00;12.50,9.75;2.00,9.00" z_order="0">
<attribute name="age">3</attribute></polygon>
<box label="cat" source="auto" occluded="1" xtl="2.00" ytl="1.00" xbr="12.50" ybr="9.30" z_order="2"></box>
<box label="cat" occluded="0" xtl="4.00" ytl="3.00" xbr="12.50" ybr="9.30" rotation="31.50" z_order="2"></box>
<ellipse label="cat" source="manual" occluded="0" cx="9.70" cy="6.10" rx="4.20" ry="2.00" z_order="3"></ellipse>
<ellipse label="cat" source="manual" occluded="0" cx="9.70" cy="6.10" rx="4.20" ry="2.00" rotation="20.00"
 z_order="3" group_id="7"></ellipse>
</image></annotations>
"""


def shapes_in(text: str) -> list[tuple]:
    """Tag, attributes and children of each shape."""
    return [
        (shape.tag, shape.attrib, [(each.tag, each.attrib, each.text) for each in shape])
        for image in ElementTree.fromstring(text).iter("image")
        for shape in image
    ]


def test_the_shapes_of_a_cvat_file_come_back_as_they_were(make_project, tmp_path):
    project = make_project("cat.png")
    (tmp_path / "in.xml").write_text(CVAT_FILE, encoding="utf-8")
    assert drained(CVAT.import_file(project, tmp_path / "in.xml")).problems == []
    report, out = exported(project, CVAT, tmp_path)
    assert (report.losses, report.problems) == ({}, [])
    assert shapes_in(out.read_text(encoding="utf-8")) == shapes_in(CVAT_FILE)


META = """<meta><task><id>7</id><name>cats &amp; dogs</name><size>1</size><mode>annotation</mode><overlap>0</overlap>
<created>2024-01-01 10:00:00.000000+00:00</created><labels>
<label><name>cat</name><color>#fa3253</color><type>any</type><attributes><attribute><name>age</name>
<mutable>False</mutable><input_type>number</input_type><default_value>1</default_value><values>1
9
1</values></attribute></attributes></label>
<label><name>dog</name><color>#33ddff</color><type>any</type><attributes></attributes></label></labels>
<owner><username>ann</username><email></email></owner></task><dumped>2024-02-02</dumped></meta>"""


def tree_of(element) -> tuple:
    """An element as a value, without the space between others."""
    return element.tag, element.attrib, (element.text or "").strip(), [tree_of(each) for each in element]


def test_the_meta_of_a_cvat_file_comes_back_as_it_was_with_the_labels_that_there_are(make_project, tmp_path):
    project = make_project("cat.png")
    text = CVAT_FILE[: CVAT_FILE.index("<meta>")] + META + CVAT_FILE[CVAT_FILE.index("<image") :]
    (tmp_path / "in.xml").write_text(text, encoding="utf-8")
    assert drained(CVAT.import_file(project, tmp_path / "in.xml")).problems == []
    _, out = exported(project, CVAT, tmp_path)
    assert tree_of(ElementTree.parse(out).getroot()) == tree_of(ElementTree.fromstring(text))
    cat, dog = project.categories()
    with project.step("Change") as step:
        step.put(replace(cat, color="#000001"))
        step.put(replace(dog, name="wolf & cub"))
    _, out = exported(project, CVAT, tmp_path)
    labels = ElementTree.parse(out).getroot().findall("meta/task/labels/label")
    assert [(each.findtext("name"), each.findtext("color")) for each in labels] == [
        ("cat", "#000001"),
        ("wolf & cub", "#33ddff"),
    ]
    assert [len(each.findall("attributes/attribute")) for each in labels] == [1, 0]


@pytest.mark.parametrize("kept", [7, "<meta>", "<a/>", "<meta><labels/></meta>", "<m>" * 50_000 + "</m>" * 50_000])
def test_a_strangers_meta_in_a_project_does_no_harm(make_project, tmp_path, kept):
    project = make_project("cat.png")
    project.set_setting("cvat", kept)
    (tmp_path / "in.xml").write_text(CVAT_FILE[: CVAT_FILE.index("<meta>")] + CVAT_FILE[CVAT_FILE.index("<image") :])
    drained(CVAT.import_file(project, tmp_path / "in.xml"))
    _, out = exported(project, CVAT, tmp_path)
    assert [each.findtext("name") for each in ElementTree.parse(out).getroot().iter("label")] == ["cat"]


# --- lines with a width ---------------------------------------------------------------------------------------------

LINES_OF_LABELME = [
    {"label": "wire", "points": [[1.5, 2], [9, 2.25], [14, 9]], "shape_type": "linestrip", **BLANK, "width": 3},
    {"label": "wire", "points": [[2, 10], [17.5, 10]], "shape_type": "line", **BLANK, "line_width": 2.5},
]
LINE_OF_CVAT = f"""<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><labels><label><name>wire</name><attributes></attributes></label></labels></task></meta>
<image id="0" name="cat.png" width="{WIDTH}" height="{HEIGHT}">
<polyline label="wire" source="manual" occluded="0" points="1.50,2.00;9.00,2.25;14.00,9.00" z_order="0">
<attribute name="width">3</attribute></polyline>
</image></annotations>
"""


@pytest.fixture
def lines(make_project, tmp_path):
    """Two projects, with the lines of labelme and that of CVAT."""
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cat.json").write_text(json.dumps(labelme_content(*LINES_OF_LABELME)), encoding="utf-8")
    (tmp_path / "in.xml").write_text(LINE_OF_CVAT, encoding="utf-8")
    assert drained(LABELME.import_file(one, tmp_path / "in")).problems == []
    assert drained(CVAT.import_file(other, tmp_path / "in.xml")).problems == []
    return one, other


def test_a_line_with_a_width_is_drawn_and_comes_back_as_it_was(lines, tmp_path):
    one, other = lines
    strip, line = one.annotation_table.all()
    pixels = line.mask.to_array()
    assert (pixels[:, 10].sum(), pixels[9:11, 3:17].all()) == (2, True)
    assert [each.mask for each in other.annotation_table.all()] == [strip.mask]
    report, out = exported(one, LABELME, tmp_path)
    assert report.losses == {}
    assert json.loads((out / "cat.json").read_text(encoding="utf-8")) == labelme_content(*LINES_OF_LABELME)
    report, out = exported(other, CVAT, tmp_path)
    assert report.losses == {}
    assert shapes_in(out.read_text(encoding="utf-8")) == shapes_in(LINE_OF_CVAT)


@pytest.mark.parametrize("each", [COCO, LABELME, CVAT, YOLO], ids=lambda each: each.name)
def test_a_line_of_another_format_is_its_mask_and_that_is_told(each, lines, make_project, tmp_path):
    for source, project in zip(("labelme", "cvat"), lines, strict=True):
        if each.name == source:
            continue
        report, out = exported(project, each, tmp_path)
        assert report.losses["imported outline"] == len(list(project.annotation_table.all()))
        again = make_project("cat.png", folder=f"from {source}")
        drained(each.import_file(again, out))
        assert masks_in(again) == masks_in(project)


def test_a_line_whose_width_was_changed_since_is_the_mask_that_it_has(lines, tmp_path):
    _, project = lines
    [line] = project.annotation_table.all()
    with project.step("Change") as step:
        step.put(replace(line, attributes={"width": "5"}))
    _, out = exported(project, CVAT, tmp_path)
    assert [tag for tag, *_ in shapes_in(out.read_text(encoding="utf-8"))] == ["mask"]


@pytest.mark.parametrize("width", [0, -3, "wide", None, 1e9, "nan"])
def test_a_line_without_a_good_width_is_told(make_project, tmp_path, width):
    project = make_project("cat.png")
    (tmp_path / "in").mkdir()
    content = labelme_content({**LINES_OF_LABELME[0], "width": width})
    (tmp_path / "in" / "cat.json").write_text(json.dumps(content), encoding="utf-8")
    report = drained(LABELME.import_file(project, tmp_path / "in"))
    assert (report.annotations, report.skipped) == (0, 1)
    assert "with a key width, in pixels, it is read" in report.problems[0]


def test_a_line_that_would_take_minutes_is_refused(make_project, tmp_path):
    project = make_project("cat.png")
    (tmp_path / "in").mkdir()
    points = [[x % 20, 12 * (x % 2)] for x in range(60_000)]
    content = labelme_content({**LINES_OF_LABELME[0], "points": points, "width": 9000})
    (tmp_path / "in" / "cat.json").write_text(json.dumps(content), encoding="utf-8")
    report = drained(LABELME.import_file(project, tmp_path / "in"))
    assert (report.annotations, report.skipped) == (0, 1)


# --- YOLO ------------------------------------------------------------------------------------------------------------

LINES = """0 0.112500 0.125000 0.600000 0.083333 0.625 0.8125 0.1 0.75
1 .25 0.5 0.750000 0.5 0.7500 0.25
0 0.437500 0.41666667 0.312500 0.5
"""


@pytest.mark.parametrize(("each", "kept"), [(YOLO, [0, 1, 2]), (YOLO_BOXES, [2])], ids=["polygons", "boxes"])
def test_the_lines_of_yolo_come_back_as_they_were(make_project, tmp_path, each, kept):
    project = make_project("cat.png")
    (tmp_path / "in" / "labels").mkdir(parents=True)
    (tmp_path / "in" / "labels" / "cat.txt").write_text(LINES, encoding="utf-8")
    (tmp_path / "in" / "data.yaml").write_text("names: [cat, dog]\n", encoding="utf-8")
    assert drained(each.import_file(project, tmp_path / "in")).problems == []
    report, out = exported(project, each, tmp_path)
    lines = (out / "labels" / "cat.txt").read_text(encoding="utf-8").splitlines()
    expected = LINES.replace(" .25", " 0.25").splitlines()
    assert [lines[number] for number in kept] == [expected[number] for number in kept]
    assert sum(report.losses.values()) == 3 - len(kept)


# --- from one format to another --------------------------------------------------------------------------------------


def masks_in(project) -> list[str]:
    return sorted(annotation.mask.counts for annotation in project.annotation_table.all())


@pytest.mark.parametrize("each", [COCO, LABELME, CVAT, YOLO], ids=lambda each: each.name)
@pytest.mark.parametrize("source", [COCO, LABELME, CVAT, YOLO], ids=lambda each: each.name)
def test_an_outline_in_another_format_is_the_very_mask(make_project, tmp_path, source, each):
    """As a shape of the same points where the format has such, else traced."""
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    where = tmp_path / f"in{source.suffix}"
    match source.name:
        case "coco":
            content = coco_content()
            content["annotations"] = [{**item, "image_id": 7} for item in content["annotations"]]
            content["images"] = content["images"][:1]
            where.write_text(json.dumps(content), encoding="utf-8")
        case "labelme":
            where.mkdir()
            (where / "cat.json").write_text(json.dumps(labelme_content(*SHAPES)), encoding="utf-8")
        case "cvat":
            where.write_text(CVAT_FILE, encoding="utf-8")
        case _:
            (where / "labels").mkdir(parents=True)
            (where / "labels" / "cat.txt").write_text(LINES, encoding="utf-8")
            (where / "data.yaml").write_text("names: [cat, dog]\n", encoding="utf-8")
    assert drained(source.import_file(one, where)).problems == []
    report, out = exported(one, each, tmp_path, **({"masks": "kept"} if each is COCO else {}))
    assert report.skipped == 0
    drained(each.import_file(other, out))
    assert masks_in(other) == masks_in(one)
    ours, theirs = (sum(a.geometry is not None for a in project.annotation_table.all()) for project in (one, other))
    assert (ours, theirs > 0) == (len(masks_in(one)) - (source is COCO), True)


def test_a_circle_is_a_polygon_where_there_are_no_circles_and_it_is_told(make_project, labelme_folder, tmp_path):
    project = make_project("cat.png")
    drained(LABELME.import_file(project, labelme_folder))
    report, out = exported(project, COCO, tmp_path, masks="kept")
    assert report.losses == {"imported outline": 1}
    assert "object 3: its imported outline cannot be kept" in "\n".join(describe(report).lost)
    items = json.loads(out.read_text(encoding="utf-8"))["annotations"]
    polygons = [item["segmentation"] for item in items]
    assert polygons[0] == [[2.25, 1.5, 12, 1.0, 12.5, 9.75, 2, 9]]
    assert polygons[3] == [[3, 2, 9, 2, 9, 7, 3, 7]]
    for item in items:
        filled = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(item["segmentation"], HEIGHT, WIDTH)))
        assert np.array_equal(filled.astype(bool), project.annotation(item["id"]).mask.to_array())
