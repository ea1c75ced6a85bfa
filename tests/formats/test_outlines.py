"""Outlines are filled by those who read them: the very library, called as the reader calls it, on the very file."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from app.formats.kit.describe import describe
from app.formats.kit.filling import is_simplified, tolerance_of
from app.formats.kit.sampling import sample_outlines, tracing_of
from app.formats.kit.yolo_rings import put_back
from app.formats.registry import format_named, formats
from app.masks.outlines import outlines
from app.masks.rle import Mask, Region
from app.masks.tracing import INSET, traced
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.fillers import OPTIONS, by_coco, by_labelme, by_ultralytics
from tests.formats.fillers import seen as seen_in

DRAWN = [each for each in formats() if each.tracing is not None]
every = pytest.mark.parametrize("each", DRAWN, ids=lambda each: each.name)
SIZE = (120, 160)


def parts_of(pixels):
    return cv2.connectedComponents(pixels.astype(np.uint8), connectivity=4)[0] - 1


def blob():
    """An object with slanting sides, a hole, and a thin arm."""
    pixels = np.zeros(SIZE, np.uint8)
    cv2.ellipse(pixels, (70, 60), (45, 30), 25, 0, 360, 1, -1)
    cv2.ellipse(pixels, (60, 55), (9, 5), 70, 0, 360, 0, -1)
    cv2.circle(pixels, (90, 68), 4, 0, -1)
    cv2.line(pixels, (100, 60), (150, 60), 1, 1)
    cv2.line(pixels, (140, 60), (140, 30), 1, 1)
    cv2.rectangle(pixels, (0, 100), (90, 119), 1, -1)
    cv2.line(pixels, (50, 101), (70, 80), 1, 5)
    assert parts_of(pixels) == 1
    return pixels.astype(bool)


@pytest.fixture
def projects(make_project):
    """One with an object for each of these masks, and one to import into."""

    def make(masks):
        one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
        for project in (one, other):
            Image.new("RGB", masks[0].shape[::-1]).save(project.root / "cat.png")
        with one.step("Accept masks") as step:
            category = step.add(Category(0, "cat", ""))
            for pixels in masks:
                step.add(Annotation(0, 1, category.id, Mask.from_array(pixels)))
        return one, other

    return make


def written(project, each, tmp_path, **options):
    out = tmp_path / f"out{each.suffix}"
    drained(each.export_file(project, out, **OPTIONS.get(each.name, {}), **options))
    return out


@every
def test_the_reader_sees_the_very_mask_and_so_do_we(each, projects, tmp_path):
    one, other = projects([blob()])
    out = written(one, each, tmp_path)
    (seen,) = seen_in(each.name, out, "cat", SIZE)
    assert (seen == blob()).all()
    drained(each.import_file(other, out))
    (annotation,) = other.annotation_table.all()
    assert (annotation.mask.to_array() == blob()).all()


@every
def test_parts_and_holes_come_back_to_us_as_the_very_mask(each, projects, tmp_path):
    pixels = np.random.default_rng(3).random((30, 40)) < 0.6
    one, other = projects([pixels])
    report = drained(each.import_file(other, written(one, each, tmp_path)))
    assert (report.annotations, report.problems) == (1, [])
    assert [a.mask for a in other.annotation_table.all()] == [a.mask for a in one.annotation_table.all()]


@every
@settings(max_examples=60, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))).filter(lambda pixels: parts_of(pixels) == 1))
def test_any_mask_in_one_piece_is_filled_to_the_very_mask(each, pixels):
    mask = Mask.from_array(pixels)
    assert each.tracing.seen(mask, 0.0)[1] == 1
    rings = each.tracing.rings(mask, 0.0)
    assert (by_coco(list(map(put_back, rings)), pixels.shape) == pixels).all()


@settings(max_examples=60, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))).filter(np.any))
def test_any_mask_is_filled_to_the_very_mask_by_labelme_and_loses_nothing_in_yolo(pixels):
    """Parts are shapes of their own to labelme; to YOLO there is a line of pixels between them."""
    mask = Mask.from_array(pixels)
    assert (by_labelme(format_named("labelme").tracing.rings(mask, 0.0), pixels.shape) == pixels).all()
    rings = format_named("yolo-seg").tracing.rings(mask, 0.0)
    assert (by_coco(list(map(put_back, rings)), pixels.shape) == pixels).all()
    assert (by_ultralytics(rings, pixels.shape) | pixels == by_ultralytics(rings, pixels.shape)).all()


def test_a_bridge_between_two_parts_is_as_short_as_can_be():
    pixels = np.zeros((40, 60), bool)
    pixels[5:15, 5:20] = pixels[20:35, 26:50] = True
    rings = format_named("yolo-seg").tracing.rings(Mask.from_array(pixels), 0.0)
    assert (by_ultralytics(rings, pixels.shape) & ~pixels).sum() == 6  # from column 19 to column 26
    assert (by_coco(list(map(put_back, rings)), pixels.shape) == pixels).all()


def islands(*places, side=6, size=(60, 90)):
    pixels = np.zeros(size, bool)
    for x, y in places:
        pixels[y : y + side, x : x + side] = True
    return pixels


def test_all_bridges_together_are_as_short_as_can_be():
    """From each part to the nearest, whatever lies first in the file: a row of islands, told in disorder by their
    heights."""
    row = [(5, 30), (15, 10), (25, 32), (35, 8), (45, 31), (55, 9), (65, 30)]
    pixels = islands(*row)
    rings = format_named("yolo-seg").tracing.rings(Mask.from_array(pixels), 0.0)
    extra = (by_ultralytics(rings, pixels.shape) & ~pixels).sum()
    apart = np.array([[max(abs(a - c), abs(b - d)) - 6 for c, d in row] for a, b in row])
    joined, rest, least = {0}, set(range(1, len(row))), 0
    while rest:
        length, nearest = min((apart[one, other], other) for one in joined for other in rest)
        joined.add(nearest)
        rest.remove(nearest)
        least += length
    assert extra == least
    assert (by_coco(list(map(put_back, rings)), pixels.shape) == pixels).all()


@pytest.mark.parametrize(
    ("parts", "lost", "lines"),
    [("bridged", "gap between parts", 1), ("separate", "parts in one object", 3), ("largest", "smaller parts", 1)],
)
def test_an_object_in_parts_is_bridged_or_not_as_chosen_and_what_is_lost_is_told(
    projects, tmp_path, parts, lost, lines
):
    pixels = islands((5, 5), (40, 30), (70, 5))
    pixels[11, 11] = True  # it touches the first by a corner, and is no part by itself
    whole = islands((20, 20))
    one, other = projects([pixels, whole])
    each = format_named("yolo-seg")
    report = drained(each.export_file(one, tmp_path / "out", parts=parts))
    assert report.losses == {lost: 1}
    assert report.annotations == 2
    told = describe(report).kinds
    assert len(told) == 1
    assert ("the option parts=separate keeps it" in told[0]) == (parts == "bridged")
    assert len((tmp_path / "out" / "labels" / "cat.txt").read_text().splitlines()) == lines + 1
    *seen, last = seen_in("yolo-seg", tmp_path / "out", "cat", pixels.shape)
    assert (last == whole).all()
    if parts == "separate":
        assert (np.any(seen, axis=0) == pixels).all()
    if parts == "largest":
        assert (seen[0] == (islands((5, 5)) | (pixels & ~islands((5, 5), (40, 30), (70, 5))))).all()
    drained(each.import_file(other, tmp_path / "out"))
    assert other.statistics.counts()["annotation"] == lines + 1
    figures = drained(sample_outlines(one, each, parts=parts))
    assert (figures.worst_iou == 1) == (parts == "separate")


def test_rings_of_strangers_stay_where_they_are():
    rng = np.random.default_rng(0)
    rings = [np.floor(rng.random((40, 2)) * 100), np.floor(rng.random((40, 2)) * 200) / 2, rng.random((3, 2)) * 100]
    for ring in rings:
        assert (put_back(ring) == ring).all()


@pytest.mark.parametrize("width", [481, 9_999, 60_000])
def test_shares_are_exact_enough_for_wide_images_read_as_float32(projects, tmp_path, width):
    pixels = np.zeros((40, width), bool)
    pixels[3:33, width // 2 : width - 1] = True
    pixels[10:20, width - 9 : width - 4] = False
    one, other = projects([pixels])
    out = written(one, format_named("yolo-seg"), tmp_path)
    (seen,) = seen_in("yolo-seg", out, "cat", pixels.shape)
    assert (seen == pixels).all()
    drained(format_named("yolo-seg").import_file(other, out))
    assert [a.mask for a in other.annotation_table.all()] == [a.mask for a in one.annotation_table.all()]


# --- simplified ------------------------------------------------------------------------------------------------------


@every
def test_with_less_detail_there_are_fewer_points_and_the_report_says_so(each, projects, tmp_path):
    one, _ = projects([blob()])
    points, ious = [], []
    for detail in ("exact", "0.5", "1", "2"):
        report = drained(each.export_file(one, tmp_path / f"{detail}{each.suffix}", **OPTIONS.get(each.name, {}),
                                          detail=detail))  # fmt: skip
        (seen,) = seen_in(each.name, tmp_path / f"{detail}{each.suffix}", "cat", SIZE)
        ious.append((seen & blob()).sum() / (seen | blob()).sum())
        points.append(each.tracing.seen(Mask.from_array(blob()), tolerance_of(detail))[0])
        simplified = report.losses == {"exact outline": 1}
        assert simplified == (detail != "exact" and each.name != "cityscapes")  # its masks are in the maps beside
    assert points == sorted(points, reverse=True)
    assert points[1] < points[0] / 2
    assert ious[0] == 1
    assert min(ious) > 0.9
    assert ious[1] > 0.96


@pytest.mark.parametrize("name", ["coco", "cvat", "labelme", "yolo-seg"])
def test_what_is_simplified_is_told_in_an_image_that_pycocotools_cannot_hold(name, make_project, tmp_path):
    """Of a slanting object and an upright one, at the first and the last pixel of the image, and in its middle."""
    each, losses = format_named(name), []
    upright = np.zeros(SIZE, bool)
    upright[10:60, 20:90] = True
    for folder, size in (("small", (1000, 2000)), ("huge", (50_000, 60_000))):
        project = make_project("cat.png", folder=folder)
        (project.root / "cat.png").unlink()
        project.image_table.note(1, height=size[0], width=size[1])
        with project.step("Accept masks") as step:
            category = step.add(Category(0, "cat", ""))
            for share in (0, 0.5, 1):
                x, y = (int(share * (whole - part)) for whole, part in zip(size[::-1], SIZE[::-1], strict=True))
                for pixels in (blob(), upright):
                    step.add(Annotation(0, 1, category.id, Mask.from_region(Region(x, y, pixels, size))))
        options = OPTIONS.get(each.name, {}) | {"detail": "1"}
        losses.append(drained(each.export_file(project, tmp_path / f"{folder}{each.suffix}", **options)).losses)
    assert losses == [{"exact outline": 3}] * 2


def test_what_is_too_long_for_any_reader_counts_as_simplified():
    zigzag = np.array([[0, 0], [500, 0]] * 5000, np.float64)
    assert is_simplified(Mask.from_array(np.ones((500, 500), bool)), lambda mask, tolerance: [zigzag], 1.0)


@pytest.mark.parametrize("tolerance", [0.5, 1, 2])
def test_no_simplified_outline_is_farther_away_than_it_may_be(tolerance):
    """From the line through the middles of the pixel edges, which itself is half a pixel from a corner at most."""
    region = Mask.from_array(blob()).region()
    exact = np.concatenate(outlines(region))
    lines = np.zeros((8 * SIZE[0], 8 * SIZE[1]), np.uint8)
    for polygon in traced(region, tolerance):
        cv2.polylines(lines, [np.round(8 * polygon).astype(np.int32)], True, 1)
    distance = cv2.distanceTransform(1 - lines, cv2.DIST_L2, 5) / 8
    at = np.minimum(8 * exact, [8 * SIZE[1] - 1, 8 * SIZE[0] - 1]).astype(int)
    assert distance[at[:, 1], at[:, 0]].max() <= tolerance + 0.5 + 0.2


def test_what_is_small_is_not_simplified_away():
    for side in range(1, 6):
        pixels = np.zeros((20, 20), bool)
        pixels[4 : 4 + side, 3 : 3 + side] = True
        for each in DRAWN:
            _, iou = each.tracing.seen(Mask.from_array(pixels), 2.0)
            assert iou > 0.9, (each.name, side)


def test_an_outline_is_drawn_in_by_less_than_pycocotools_sees():
    region = Mask.from_array(blob()).region()
    for exact, inset in zip(outlines(region), traced(region, inset=INSET), strict=True):
        assert np.abs(np.abs(inset - exact) - INSET).max() < 1e-4


# --- the figures that the window shows -------------------------------------------------------------------------------


def test_figures_are_measured_on_some_objects(projects):
    masks = [np.roll(blob(), shift, axis=1) for shift in range(0, 200, 2)]
    one, _ = projects(masks)
    exact = drained(sample_outlines(one, format_named("yolo-seg")))
    assert (exact.mean_iou, exact.worst_iou) != (0, 0)
    assert 20 <= exact.objects <= 60
    rough = drained(sample_outlines(one, format_named("yolo-seg"), detail="2"))
    assert rough.points < exact.points / 2
    assert rough.worst_iou <= rough.mean_iou < exact.mean_iou
    assert str(rough).startswith(f"Measured on {rough.objects} objects: {round(rough.points)} points each, IoU 0.9")


def test_there_are_no_figures_where_no_polygons_are_written(projects):
    one, _ = projects([blob()])
    assert drained(sample_outlines(one, format_named("coco"), masks="rle", detail="1")) is None
    assert drained(sample_outlines(one, format_named("voc"))) is None
    assert tracing_of(format_named("coco"), {}) is None
    assert drained(sample_outlines(one, format_named("coco"), masks="polygons")).mean_iou == 1
