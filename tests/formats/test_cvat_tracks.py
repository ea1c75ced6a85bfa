"""Tracks of CVAT: their key frames are objects, and what is no mask is said as it is."""

import pytest

from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

CVAT = format_named("cvat")
POINTS = "2.00,1.00;12.00,1.00;12.00,9.00;2.00,9.00"


def shape(frame, *, key=1, outside=0, tag="polygon", more=f'points="{POINTS}"'):
    return f'<{tag} frame="{frame}" keyframe="{key}" outside="{outside}" occluded="0" {more} z_order="0"></{tag}>'


def track(*shapes, track_id=4, label="cat"):
    return f'<track id="{track_id}" label="{label}" source="manual">{"".join(shapes)}</track>'


@pytest.fixture
def imported(tmp_path):
    def run(project, *tracks, meta="", images=""):
        file = tmp_path / "in.xml"
        content = f"<annotations><version>1.1</version><meta>{meta}</meta>{images}{''.join(tracks)}</annotations>"
        file.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{content}', encoding="utf-8")
        return drained(CVAT.import_file(project, file))

    return run


def found(project):
    paths = {record.id: record.path for record in project.images()}
    names = {category.id: category.name for category in project.categories()}
    return [(paths[a.image_id], names[a.category_id], a.mask.bbox) for a in project.annotation_table.all()]


def test_key_frames_are_read_and_tracks_counted(make_project, imported):
    project = make_project("frame_000000.png", "frame_000002.png", "frame_000003.png")
    mask = 'rle="1, 3, 2" left="17" top="3" width="3" height="2"'
    report = imported(
        project,
        track(shape(0), shape(1, key=0), shape(2), shape(3, outside=1)),
        track(shape(3, tag="mask", more=mask), shape(0, key=0, tag="mask", more=mask), track_id=5, label="dog"),
    )
    assert found(project) == [
        ("frame_000000.png", "cat", (2, 1, 10, 8)),
        ("frame_000002.png", "cat", (2, 1, 10, 8)),
        ("frame_000003.png", "dog", (17, 3, 3, 2)),
    ]
    assert [a.attributes for a in project.annotation_table.all()] == [{"track_id": number} for number in "445"]
    assert report.problems == [
        "2 tracks: their key frames were read (3); what CVAT made up between them is left out (2)."
    ]
    assert (report.annotations, report.skipped) == (3, 0)


def test_frames_that_the_file_lists_have_their_names(make_project, imported):
    project = make_project("b.png", "a.png", "frame_000000.png")
    images = "".join(
        f'<image id="{number}" name="{name}" width="{WIDTH}" height="{HEIGHT}"></image>'
        for number, name in enumerate(("b.png", "a.png"))
    )
    imported(project, track(shape(0), label="of 0"), track(shape(1), label="of 1"), images=images)
    assert {(path, name) for path, name, _ in found(project)} == {("b.png", "of 0"), ("a.png", "of 1")}


def test_as_many_images_as_frames_are_taken_in_order_and_it_is_told(make_project, imported):
    project = make_project("img_2.png", "img_10.png", "img_1.png")
    report = imported(project, track(shape(0), shape(2)), meta="<task><size>3</size></task>")
    assert [path for path, *_ in found(project)] == ["img_1.png", "img_10.png"]
    assert report.problems[-1] == "The frames of the tracks were taken for the images in the order of their names."


@pytest.mark.parametrize(
    "meta", ["", "<task><size>5</size></task>", "<task><size>3</size><start_frame>7</start_frame></task>",
             "<task><size>3</size><frame_filter>step=2</frame_filter></task>"]
)  # fmt: skip
def test_frames_without_an_image_are_said(make_project, imported, meta):
    project = make_project("img_2.png", "img_10.png", "img_1.png")
    report = imported(project, track(shape(12)), meta=meta)
    assert report.problems == [
        "track 4, frame 12: the project has no image named frame_000012.",
        "1 track: its key frames were read (0); what CVAT made up between them is left out (0).",
    ]
    assert (report.annotations, report.skipped) == (0, 1)


def test_a_video_of_another_size_is_said(make_project, imported):
    project = make_project("frame_000000.png", "sub/frame_000000.png", "frame_1.png")
    meta = "<task><original_size><width>99</width><height>12</height></original_size></task>"
    report = imported(project, track(shape(0), shape(1), shape("x")), meta=meta)
    assert report.problems[:3] == [
        "track 4, frame 0: it may be frame_000000.png or sub/frame_000000.png, and nothing tells which.",
        f"track 4, frame 1: frame_1.png has {WIDTH} x {HEIGHT} pixels, but the file was made for 99 x {HEIGHT}.",
        "track 4, frame x: it has no number of a frame.",
    ]


TAGS = {
    "points": "points have no area, so that there is no mask.",
    "polyline": "a polyline without a width covers no pixels; with an attribute width, in pixels, it is read.",
    "cuboid": "a cuboid is a solid in perspective, which is not read as a mask.",
    "skeleton": "a skeleton is made of joints, which are not read as a mask.",
}


@pytest.mark.parametrize("tag", TAGS)
def test_what_is_no_mask_is_said_as_it_is(make_project, imported, tag):
    project = make_project("frame_000000.png")
    inner = '<points label="knee" points="1,1"/>' if tag == "skeleton" else ""
    image = (
        f'<image id="0" name="frame_000000" width="{WIDTH}" height="{HEIGHT}">'
        f'<{tag} label="cat" points="1,1;2,2">{inner}</{tag}><box label="cat" xtl="1" ytl="1" xbr="5" ybr="5"/></image>'
    )
    report = imported(project, track(shape(0, tag=tag)), images=image)
    assert report.problems[:2] == [f"frame_000000, object 1: {TAGS[tag]}", f"track 4, frame 0: {TAGS[tag]}"]
    assert (report.annotations, report.skipped) == (1, 2)


def test_a_track_comes_back_as_objects_that_know_it(make_project, imported, tmp_path):
    project, other = make_project("frame_000000.png"), make_project("frame_000000.png", folder="copy")
    imported(project, track(shape(0)))
    report = drained(CVAT.export_file(project, tmp_path / "out.xml"))
    assert report.losses == {}
    drained(CVAT.import_file(other, tmp_path / "out.xml"))
    assert [a.attributes for a in other.annotation_table.all()] == [{"track_id": "4"}]


def test_equal_shapes_of_two_tracks_are_two_objects_and_come_in_once(make_project, imported):
    project = make_project(*(f"frame_{number:06d}.png" for number in range(3)))
    tracks = [track(*map(shape, range(3)), track_id=number) for number in range(2)]
    assert imported(project, *tracks).annotations == 6
    again = imported(project, *tracks)
    assert (again.annotations, again.unchanged) == (0, 6)
