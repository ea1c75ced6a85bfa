"""Thousands of objects on one image: they look as few do, and no key waits for them."""

from __future__ import annotations

import random
import time
from statistics import median

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest

from app.labeling.policies import NEW_CUTS_OLD
from app.masks.outlines import outlines
from app.masks.rle import Region
from app.project.records import Annotation
from app.project.store import Project
from app.ui import drawn_objects
from app.ui.canvas import crowd, shapes
from app.ui.canvas.crowd import Crowd
from app.ui.canvas.outline import Outline
from app.ui.canvas.shapes import Drawn, Look
from app.ui.canvas.viewport import Viewport
from app.ui.outline_store import OutlineStore
from tests.bench.crowd import _blob, fill
from tests.bench.driver import until, wait

SIZE = (600, 800)
"""(height, width)"""
VIEW = (700, 500)
COLORS = ("#e6550d", "#3182bd", "#31a354")


def some(number, seed=0):
    """Blobs that do not overlap."""
    dice, cells = random.Random(seed), [(x, y) for x in range(5) for y in range(4)]
    return [blob(n, dice, *cells[n], dice.choice(COLORS)) for n in range(number)]


def blob(number, dice, column, row, color):
    pixels = _blob(dice)
    x, y = round(column * 150) + dice.randint(0, 20), round(row * 145) + dice.randint(0, 20)
    region = Region(x, y, pixels, SIZE)
    return Drawn(number, Outline(outlines(region)), region.bbox, QColor(color))


@pytest.fixture
def many(qapp, monkeypatch):
    """A crowd that takes any number for many, on an empty page."""
    monkeypatch.setattr(crowd, "_MANY", 0)
    crowd_ = Crowd(qapp)
    crowd_.begin(SIZE)
    yield crowd_
    crowd_.deleteLater()


def at(scale):
    view = Viewport()
    view.resize(*VIEW)
    view.show(SIZE[1], SIZE[0])
    view.zoom_at(VIEW[0] / 2, VIEW[1] / 2, scale)
    return view


def painted(paint):
    """(h, w, 3) of what paint paints on grey."""
    image = QImage(*VIEW, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    return np.frombuffer(image.bits(), np.uint8).reshape(VIEW[1], VIEW[0], 4)[..., :3].astype(int)


def of(many, view, look=Look()):  # noqa: B008
    """When its picture is made."""
    page = painted(lambda painter: many.paint(painter, view, 1.0, look))
    while not many.is_sharp:
        wait(5)
        page = painted(lambda painter: many.paint(painter, view, 1.0, look))
    return page


def plain(objects, view, look=Look()):  # noqa: B008
    """As few are drawn."""

    def paint(painter):
        painter.translate(view.left, view.top)
        painter.scale(view.scale, view.scale)
        shapes.paint_objects(painter, objects, view.scale, 1.0, look)

    return painted(paint)


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.7, 1.0, 1.5, 2.5])
@pytest.mark.parametrize(
    "look", [Look(), Look(contour_only=True), Look(opacity=0.65)], ids=["fills", "lines", "strong"]
)
def test_many_look_as_few_do(many, scale, look):
    objects, view = some(20), at(scale)
    many.show(objects)
    ours, theirs = of(many, view, look), plain(objects, view, look)
    background = (theirs == 128).all(axis=2) & (ours == 128).all(axis=2)
    difference = np.abs(ours - theirs).max(axis=2)
    assert difference[~background].mean() < 25  # of 255, where there is a line or a fill
    assert (difference > 100).mean() < 0.002  # no line, and no object, is missing


def test_fills_are_the_same_to_the_pixel_at_100_percent(many):
    objects, view = some(20), at(1.0)
    many.show(objects)
    difference = np.abs(of(many, view) - plain(objects, view)).max(axis=2)
    lines = (plain(objects, view, Look(contour_only=True)) != 128).any(axis=2)
    assert difference[~lines & ~(of(many, view, Look(contour_only=True)) != 128).any(axis=2)].max() <= 1


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_after_every_change_it_looks_as_if_drawn_anew(many, qapp, scale):
    dice, view = random.Random(1), at(scale)
    objects = some(12)
    many.show(list(objects))
    of(many, view)
    spare = some(20)[12:]
    for change in ("add", "recolor", "remove", "add", "remove first", "recolor", "add"):
        match change:
            case "add":
                objects.append(spare.pop())
            case "recolor":
                place = dice.randrange(len(objects))
                was = objects[place]
                objects[place] = Drawn(was.id, was.outline, was.bounds, QColor("#f0f0f0"))
            case "remove":
                objects.pop(dice.randrange(len(objects)))
            case "remove first":
                objects.pop(0)
        many.show(list(objects))
        fresh = Crowd(qapp)
        fresh.begin(SIZE)
        fresh.show(list(objects))
        assert np.abs(of(many, view) - of(fresh, view)).max() <= 2, change
        fresh.deleteLater()


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_many_that_are_selected_are_told_from_the_others(many, monkeypatch, scale):
    objects, view = some(20), at(scale)
    many.show(objects)
    plain_lines = of(many, view)
    ids = frozenset(range(5, 20))
    ours = painted(
        lambda painter: (many.paint(painter, view, 1.0, Look()), many.paint_selected(painter, view, 1.0, ids))
    )
    monkeypatch.setattr(crowd, "_MANY", 10**9)
    few = painted(
        lambda painter: (many.paint(painter, view, 1.0, Look()), many.paint_selected(painter, view, 1.0, ids))
    )
    different, wanted = (np.abs(page - plain_lines).max(axis=2) > 60 for page in (ours, few))
    assert 0.6 < different.sum() / wanted.sum() < 1.6
    for drawn in objects:
        x, y = view.to_view(*drawn.bounds[:2])
        place = np.s_[int(y) : int(y + drawn.bounds[3] * scale), int(x) : int(x + drawn.bounds[2] * scale)]
        if different[place].size:  # else it is out of view
            assert different[place].any() == (drawn.id in ids)


def test_around_many_that_are_selected_no_line_is_made_again(many, monkeypatch):
    objects, view = some(20), at(0.5)
    many.show(objects)
    below, ids, made = of(many, view), frozenset(range(5, 20)), []
    widened = crowd.widened
    monkeypatch.setattr(crowd, "widened", lambda *those: made.append(those) or widened(*those))
    rings = painted(lambda painter: many.paint_selected(painter, view, 1.0, ids))
    assert not made
    picture = many._kept_lines(view, ids, np.arange(20) >= 5)
    lines = painted(lambda painter: picture.paint(painter, picture.lines, view, 0))
    on_line = np.abs(lines - 128).max(axis=2) > 60
    assert (rings[on_line].min(axis=1) < 250).mean() > 0.95, "they are not painted over"
    assert (below[on_line] != 128).any(axis=1).all()


@pytest.mark.parametrize("scale", [0.5, 0.7, 1.0])
def test_all_that_are_selected_are_ringed_by_the_lines_that_are_kept(many, monkeypatch, scale):
    objects, view = some(20), at(scale)
    many.show(objects)
    of(many, view)
    ids = frozenset(range(20))

    def ringed():
        return painted(
            lambda painter: (many.paint(painter, view, 1.0, Look()), many.paint_selected(painter, view, 1.0, ids))
        )

    drawn = ringed()
    with monkeypatch.context() as patch:
        patch.setattr(crowd.pictures, "hairlines", lambda *_: pytest.fail("an outline is drawn"))
        kept = ringed()
    monkeypatch.setattr(crowd, "_level", lambda _view: 5)  # of which there is no picture
    many._old = many._pictures
    one_by_one = painted(lambda painter: many.paint_selected(painter, view, 1.0, ids))
    rings, wanted = ((page != 128).any(axis=2) for page in (kept, one_by_one))
    assert (drawn == kept).all()
    assert (rings & wanted).sum() > 0.9 * wanted.sum()


@pytest.mark.parametrize("scale", [0.5, 0.7, 1.0])
def test_of_nearly_all_that_are_selected_only_the_lines_near_the_others_are_drawn(many, monkeypatch, scale):
    objects, view = some(20), at(scale)
    many.show(objects)
    of(many, view)
    ids, drawn = frozenset(range(20)) - {6, 7}, []
    lines = crowd.pictures.hairlines
    monkeypatch.setattr(crowd.pictures, "hairlines", lambda some, at: (drawn.extend(some), lines(some, at))[1])
    nearly = painted(lambda painter: many.paint_selected(painter, view, 1.0, ids))
    assert len(drawn) < 6, "those that their boxes touch"
    picture = crowd.pictures.KeptPicture(crowd._level(view), SIZE)
    chosen = [each for each in objects if each.id in ids]
    picture.add_on_top(chosen, 0.4)
    there = np.isin([each.id for each in objects], list(ids))
    made = many._pictures[crowd._level(view)].lines_of(objects, many._bounds, there)
    assert np.abs(as_ints(picture.lines) - as_ints(made.lines)).max() <= 2
    again = painted(lambda painter: many.paint_selected(painter, view, 1.0, ids))
    assert (again == nearly).all()
    many.show(objects[:-1])
    less = painted(lambda painter: many.paint_selected(painter, view, 1.0, ids - {19}))
    assert (less != nearly).any(), "what was kept is of other objects"


def as_ints(image):
    return crowd.pictures.pixels_of(image).astype(int)


def test_where_several_beside_each_other_are_different_what_lies_around_is_drawn_once(many, monkeypatch):
    dice = random.Random(2)
    objects = [blob(n, dice, n % 10 * 0.3, n // 10 * 0.3, COLORS[n % 3]) for n in range(100)]
    view, drawn = at(1.0), []
    many.show(objects)
    of(many, view)
    lines = crowd.pictures.hairlines
    monkeypatch.setattr(crowd.pictures, "hairlines", lambda some, at: (drawn.extend(some), lines(some, at))[1])
    other = [Drawn(o.id, o.outline, o.bounds, QColor("#f0f0f0")) if o.id in (33, 34, 43, 44) else o for o in objects]
    places = many.show(other)
    assert len(places) == 1
    assert 4 < len(drawn) <= len(objects)
    fresh = Crowd(many)
    fresh.begin(SIZE)
    fresh.show(other)
    assert np.abs(of(many, view) - of(fresh, view)).max() <= 2


def test_what_changes_far_apart_is_drawn_in_its_places(many, monkeypatch):
    objects, drawn = some(20), []
    many.show(objects)
    of(many, at(1.0))
    lines = crowd.pictures.hairlines
    monkeypatch.setattr(crowd.pictures, "hairlines", lambda some, at: (drawn.extend(some), lines(some, at))[1])
    other = [Drawn(o.id, o.outline, o.bounds, QColor("#f0f0f0")) if o.id in (0, 19) else o for o in objects]
    assert len(many.show(other)) == 2
    assert {each.id for each in drawn} == {0, 19}


def test_another_image_shows_none_of_the_last_one(many):
    many.show(some(20))
    of(many, at(0.5))
    many.show([])
    assert (of(many, at(0.5)) == 128).all()
    many.begin(SIZE)
    many.show(some(1))
    assert (of(many, at(0.5)) != 128).any(axis=2).mean() < 0.05


# --- in the window ---------------------------------------------------------------------------------------------------


@pytest.fixture
def crowded(window, tmp_path, qtbot):
    """3,000 objects on one image, all in view."""
    folder = tmp_path / "crowd"
    folder.mkdir()
    Image.new("RGB", (1500, 1000), (90, 110, 130)).save(folder / "one.png")
    project = Project.create(folder / "p.maskwright", folder)
    list(project.folder.scan())
    fill(project, project.images()[0].id, 3000, (1000, 1500))
    project.close()
    window.open_path(folder)
    until(lambda: window.workspace.canvas.has_image and window.workspace.session.place.is_encoded)
    canvas = window.workspace.canvas
    until(lambda: len(canvas.marks.objects) == 3000 and canvas.marks.crowd.is_sharp)
    canvas.setFocus()
    wait(100)
    return window


@pytest.fixture
def some_hundred(window, tmp_path, monkeypatch):
    """300 objects on one image, drawn as thousands are."""
    monkeypatch.setattr(crowd, "_MANY", 0)
    folder = tmp_path / "crowd"
    folder.mkdir()
    Image.new("RGB", (1500, 1000), (90, 110, 130)).save(folder / "one.png")
    project = Project.create(folder / "p.maskwright", folder)
    list(project.folder.scan())
    fill(project, project.images()[0].id, 300, (1000, 1500))
    project.close()
    window.open_path(folder)
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    marks = window.workspace.canvas.marks
    until(lambda: len(marks.objects) == 300)
    wait(100)
    until(lambda: marks.crowd.is_sharp)
    return window.workspace


class Noted:
    """What is done for the objects from now on: rows, what is drawn, what is read from the file."""

    def __init__(self, workspace, monkeypatch):
        self.rows, self.made, self.painted, self.read = [], [], [], []
        model, marks = workspace.panels["objects"].model, workspace.canvas.marks
        model.rowsInserted.connect(lambda _parent, first, last: self.rows.append(("new", first, last)))
        model.rowsRemoved.connect(lambda _parent, first, last: self.rows.append(("gone", first, last)))
        model.dataChanged.connect(lambda first, last, _roles: self.rows.append(("other", first.row(), last.row())))
        make, paint = drawn_objects.Drawn, marks.crowd.paint
        monkeypatch.setattr(drawn_objects, "Drawn", lambda *values: self.made.append(values[0]) or make(*values))

        def note(painter, *rest):
            box = painter.clipBoundingRect()
            self.painted.append(box.width() * box.height() / (workspace.canvas.width() * workspace.canvas.height()))
            paint(painter, *rest)

        monkeypatch.setattr(marks.crowd, "paint", note)
        workspace.project.file.db.set_trace_callback(self._note_reading)

    def _note_reading(self, statement):
        if "FROM annotation" in statement and "WHERE image_id = " in statement:
            self.read.append(statement)

    def take(self):
        wait(50)
        noted = self.rows, len(self.made), self.read
        assert all(share < 0.1 for share in self.painted), self.painted
        self.rows, self.made, self.painted, self.read = [], [], [], []
        return noted


def test_what_is_done_to_one_of_many_is_done_to_one(some_hundred, monkeypatch):
    session, canvas = some_hundred.session, some_hundred.canvas
    disc = np.add.outer(np.arange(-20, 21) ** 2, np.arange(-20, 21) ** 2) < 400
    session.editor.edit(Region(700, 500, disc, (1000, 1500)), "brush")
    wait(50)
    noted = Noted(some_hundred, monkeypatch)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert noted.take() == ([("new", 0, 0)], 1, [])
    session.undo_stack.undo()
    assert noted.take() == ([("gone", 0, 0)], 0, [])
    chosen = session.objects.all()[99]
    session.objects.select(chosen.id)
    assert noted.take() == ([("other", 200, 200)], 0, [])
    session.set_category(next(c.id for c in session.classes.all() if c.id != chosen.category_id))
    assert noted.take() == ([("other", 200, 200)], 1, [])
    session.objects.toggle_hidden(chosen.id)
    assert noted.take() == ([("other", 200, 200)], 0, [])
    session.objects.toggle_hidden(chosen.id)
    assert noted.take() == ([("other", 200, 200)], 1, [])
    session.objects.delete_selected()
    assert noted.take() == ([("other", 200, 200), ("gone", 200, 200)], 0, [])  # it is not selected any more either
    session.undo_stack.undo()
    assert noted.take() == ([("new", 200, 200)], 1, [])
    assert [drawn.id for drawn in canvas.marks.objects] == [each.id for each in session.objects.all()]


def test_when_a_mask_cuts_some_of_many_no_outline_of_the_others_is_looked_for(some_hundred, monkeypatch):
    session, asked = some_hundred.session, []
    session.classes.policies.choose(NEW_CUTS_OLD)
    disc = np.add.outer(np.arange(-60, 61) ** 2, np.arange(-60, 61) ** 2) < 3600
    session.editor.edit(Region(700, 500, disc, (1000, 1500)), "brush")
    wait(50)
    before = session.objects.all()
    get = OutlineStore.get
    monkeypatch.setattr(OutlineStore, "get", lambda self, each: asked.append(each.id) or get(self, each))
    QTest.keyClick(some_hundred.canvas, Qt.Key.Key_Return)
    after = session.objects.all()
    different = {each.id for each in after} - {each.id for each in before if each in after}
    assert 1 < len(different) < 100
    wait(100)
    assert set(asked) == different


def processor_ms(act):
    """With the painting that it brings."""
    began = time.process_time()
    act()
    wait(30)
    return (time.process_time() - began) * 1000


@pytest.mark.serial
@pytest.mark.slow
def test_no_key_waits_for_3000_objects(crowded):
    canvas, session = crowded.workspace.canvas, crowded.workspace.session
    crowded.settings.closeups = False  # what the engine encodes of a closer view is no time that a key takes
    keys = (Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_W, Qt.Key.Key_L, Qt.Key.Key_H)
    for key in keys:  # what was never looked at is drawn once
        QTest.keyClick(canvas, key)
        wait(300)
    for key in (*keys, Qt.Key.Key_Escape):
        times = [processor_ms(lambda key=key: QTest.keyClick(canvas, key)) for _ in range(5)]
        assert median(times) < 60, key  # 10 to 15 on a computer with nothing else to do; 350 to 400 before
    assert session.objects.selection == ()


@pytest.mark.serial
@pytest.mark.slow
def test_an_accepted_mask_is_seen_among_3000(crowded):
    canvas, session = crowded.workspace.canvas, crowded.workspace.session
    crowded.toast.hide()
    before = canvas.grab().toImage()
    for x in (300, 700, 1200):
        session.editor.point(x, 500)
        until(
            lambda: (
                not session.editor.is_waiting
                and session.editor.ring.is_whole
                and not session.editor.draft.is_sharpening
            )
        )
        assert processor_ms(lambda: QTest.keyClick(canvas, Qt.Key.Key_Return)) < 150
    assert len(canvas.marks.objects) == 3003
    assert canvas.grab().toImage() != before
    model = crowded.workspace.panels["objects"].model
    assert model.rowCount() == 3003
    assert model.row(0).id == max(a.id for a in session.objects.all())
    for _ in range(3):
        session.undo_stack.undo()
    crowded.toast.hide()
    assert len(canvas.marks.objects) == 3000
    until(lambda: canvas.marks.crowd.is_sharp)
    shown, was = canvas.grab().toImage(), before
    assert np.abs(_pixels(shown) - _pixels(was)).mean() < 0.5


def _pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int)


def test_tab_draws_only_what_is_selected(hand, opened):
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    wait(50)
    layers = [layer.drawn for layer in hand.canvas._layers._layers]
    hand.key(Qt.Key.Key_Tab)
    wait(50)
    assert [layer.drawn is was for layer, was in zip(hand.canvas._layers._layers, layers, strict=True)][:2] == [
        True
    ] * 2
    selected = hand.canvas.grab().toImage()
    hand.key(Qt.Key.Key_Escape)
    wait(50)
    assert hand.canvas.grab().toImage() != selected


def test_what_was_drawn_is_still_there_after_a_look_at_the_bare_picture(hand, opened):
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    wait(50)
    shown = hand.canvas.grab().toImage()
    QTest.keyPress(hand.canvas, Qt.Key.Key_W)
    bare = hand.canvas.grab().toImage()
    QTest.keyRelease(hand.canvas, Qt.Key.Key_W)
    assert bare != shown
    assert hand.canvas.grab().toImage() == shown
    assert isinstance(opened.workspace.session.objects.all()[0], Annotation)
