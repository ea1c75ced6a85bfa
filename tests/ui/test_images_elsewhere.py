"""A project that names a folder outside its own: the window shows its objects, asks, and looks at nothing before."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from app.project.safety.backup import back_up, backups_of
from app.project.store import Project
from app.ui import looking, opening
from app.ui.dialogs import files
from app.ui.plain import tooltip
from app.ui.widgets.toast import Toast
from tests.project.strangers import home_of_somebody, image_rows, say, sent, ways_to
from tests.project.watching import watched
from tests.ui.conftest import ANSWER_MS, Hand

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a right there")
SERVER = "//server/share"
LONG = pytest.param("x" * 1_000_000 + ".png", marks=pytest.mark.slow, id="a megabyte")


@pytest.fixture
def home_of(tmp_path):
    return home_of_somebody(tmp_path)


@pytest.fixture
def mail(tmp_path):
    return tmp_path / "mail"


def bar_of(window):
    return window.workspace.folder_bar


def use(window, qtbot, out):
    """All that looks at images when it may."""
    workspace = window.workspace
    workspace.canvas.setFocus()
    hand = Hand(window, qtbot)
    for key in (Qt.Key.Key_D, Qt.Key.Key_A, Qt.Key.Key_G, Qt.Key.Key_F5, Qt.Key.Key_H, Qt.Key.Key_Z):
        hand.key(key)
        qtbot.wait(20)
    hand.key(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    hand.click(10, 10)
    hand.key(Qt.Key.Key_Return)
    workspace.panels["objects"].resumed.emit(1)
    hand.key(Qt.Key.Key_Escape)
    window.grab()  # the thumbnails of the list
    window.projects.scanning.start()
    run(window, "file.check")
    window.exchange.export_file(out / "out.json", "coco")
    window.exchange.export_file(out / "labelme", "labelme")
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=ANSWER_MS)
    qtbot.wait(200)


def run(window, name):
    window.run_command(name)


@pytest.mark.parametrize("way", ["absolute", "relative", "link", "server"])
def test_window_asks_and_touches_nothing_before(window, home_of, mail, tmp_path, way, qtbot):
    folder = {**ways_to(home_of, mail), "server": SERVER}[way]
    path = sent(mail, folder, "a.png", "b.png")
    before = image_rows(path)
    with watched(home_of, f"{mail}/images/", SERVER, "/server") as touched:
        window.open_path(path)
        assert bar_of(window).isVisible()
        assert (SERVER if way == "server" else str(home_of)) in bar_of(window).accessibleName()
        assert window.workspace.canvas.message[0] == "Not looked at yet"
        assert window.workspace.images.rowCount() == 2
        assert window.workspace.panels["objects"].list.count() == 1
        use(window, qtbot, tmp_path)
        assert bar_of(window).isVisible()
        assert window.workspace.project.statistics.annotation_counts().total() == 2
        assert image_rows(path) == before
        window.projects.close()
    assert touched == []
    assert image_rows(path) == before
    assert (tmp_path / "out.json").exists()
    assert (tmp_path / "labelme").is_dir()


def test_look_there_shows_the_image_and_asks_no_more(window, home_of, mail, qtbot):
    path = sent(mail, str(home_of), "b.png")
    window.open_path(path)
    qtbot.mouseClick(bar_of(window).look, Qt.MouseButton.LeftButton)
    assert not bar_of(window).isVisible()
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: len(window.workspace.project.images()) == 3, timeout=ANSWER_MS)
    model = window.workspace.images
    window.grab()
    qtbot.waitUntil(lambda: len(model._thumbnails) == 3, timeout=ANSWER_MS)
    window.projects.close()
    window.open_path(path)
    assert not bar_of(window).isVisible()
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    window.projects.close()
    say(path, str(home_of / "holidays"))
    window.open_path(path)
    assert bar_of(window).isVisible()


def test_another_folder_is_kept_in_the_project(window, home_of, mail, monkeypatch, qtbot):
    path = sent(mail, SERVER, "a.png")
    window.open_path(path)
    monkeypatch.setattr(files, "ask_folder", lambda _parent: None)
    qtbot.mouseClick(bar_of(window).choose, Qt.MouseButton.LeftButton)
    assert bar_of(window).isVisible()
    monkeypatch.setattr(files, "ask_folder", lambda _parent: home_of)
    qtbot.mouseClick(bar_of(window).choose, Qt.MouseButton.LeftButton)
    assert not bar_of(window).isVisible()
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert window.workspace.project.root == home_of
    window.projects.close()
    with closing(Project.open(path)) as again:
        assert again.root == home_of
        assert again.whereabouts.is_settled


def test_not_now_is_taken_for_an_answer_until_one_looks_for_images(window, home_of, mail, qtbot):
    window.open_path(sent(mail, str(home_of), "a.png"))
    qtbot.mouseClick(bar_of(window).not_now, Qt.MouseButton.LeftButton)
    assert not bar_of(window).isVisible()
    Hand(window, qtbot).key(Qt.Key.Key_F5)
    assert bar_of(window).isVisible()


def test_project_that_names_no_folder_offers_to_choose_one(window, mail):
    window.open_path(sent(mail, "a\0b", "a.png"))
    assert bar_of(window).isVisible()
    assert bar_of(window).text.text() == "This project does not say in which folder its images are."
    assert (bar_of(window).look.isVisible(), bar_of(window).choose.isVisible()) == (False, True)


def test_backup_asks_as_its_project_and_keeps_no_other_folder(window, home_of, mail, qtbot):
    path = sent(mail, str(home_of), "a.png")
    assert back_up(path) is not None
    with watched(home_of) as touched:
        window.open_path(backups_of(path)[0])
        assert bar_of(window).isVisible()
        assert not bar_of(window).choose.isVisible()  # it is read-only
        qtbot.wait(100)
    assert touched == []
    qtbot.mouseClick(bar_of(window).look, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    window.projects.close()
    window.open_path(path)
    assert not bar_of(window).isVisible()


@pytest.mark.parametrize("name", ["a\0b.png", LONG, "<img src='x.png'>.png", "\x1b[2J\n.png"])
def test_image_of_an_awkward_name_is_walked_over(window, home_of, mail, tmp_path, name, qtbot):
    path = sent(mail, str(home_of), "a.png", name, "b.png")
    with closing(Project.open(path)) as project:
        project.whereabouts.settle()
    window.open_path(path)
    assert window.workspace is not None
    use(window, qtbot, tmp_path)
    session = window.workspace.session
    session.navigation.open(window.workspace.project.images()[0].id)
    walked = [session.image_id]
    for _ in range(3):
        session.navigation.next()
        qtbot.wait(50)
        walked.append(session.image_id)
    assert walked[:-1] == [image.id for image in window.workspace.project.images()][:3]
    assert len(window.toast.text()) < 2000
    window.projects.close()


def test_folder_that_this_program_could_not_write_to_asks_nothing(window, home_of, monkeypatch, qtbot):
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode, **more: not (mode & os.W_OK and path == home_of) and access(path, mode, **more)
    )
    window.open_path(home_of)
    assert opening.is_apart(window.workspace.project)
    assert not bar_of(window).isVisible()
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    window.projects.close()
    (window.settings.path.parent / "image-folders.json").unlink()  # made by an older version
    window.open_path(home_of)  # the person pointed at it
    assert not bar_of(window).isVisible()


def test_name_of_a_stranger_is_no_html(dressed, qtbot, tmp_path):
    """Qt would read the files that it names, of a server too."""
    QImage(900, 700, QImage.Format.Format_RGB32).save(str(tmp_path / "big.png"))
    html = f"<img src='{tmp_path}/big.png'>"
    over = QLabel()
    qtbot.addWidget(over)
    over.resize(QSize(1000, 800))
    toast = Toast(over)
    toast.show_text(html)
    assert toast.height() < 300
    assert "<img" not in tooltip(html)
    assert tooltip("a < b") == "a < b"


def test_an_image_that_is_shown_anew_stays_where_it_was_zoomed_to(hand):
    canvas, window = hand.canvas, hand.window
    canvas.zoom(6)
    canvas.pan_by(0.2, 0.1)
    before = canvas.viewport.middle, canvas.viewport.scale
    looking.open_anew(window.workspace)
    hand.qtbot.waitUntil(lambda: canvas.has_image, timeout=ANSWER_MS)
    assert (canvas.viewport.middle, canvas.viewport.scale) == (pytest.approx(before[0]), pytest.approx(before[1]))
    hand.session.navigation.next()
    hand.qtbot.waitUntil(lambda: canvas.has_image, timeout=ANSWER_MS)
    assert canvas.viewport.fitted
