"""What stands between a person who opens a folder and its first photo is done once, and nothing in vain."""

from __future__ import annotations

import os
import threading

from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.presenter import Presenter
from tests.bench.driver import until


def test_the_drawing_of_an_icon_is_read_once_for_all_its_sizes(window, monkeypatch):
    read, resource = [], theme.resource
    monkeypatch.setattr(theme, "resource", lambda name: read.append(name) or resource(name))
    for remembered in (theme._icon, theme.pixmap, theme._drawing):
        remembered.cache_clear()
    icon = theme.icon("undo")
    assert {size.width() for size in icon.availableSizes()} == {16, 20, 24, 32, 48}
    assert read == ["icons/undo.svg"] * 2  # in the colour of text, and in grey
    assert theme.icon("undo") is icon


def test_a_folder_is_looked_through_once_for_its_project(window, photos, monkeypatch):
    looked = []
    for name in ("listdir", "scandir"):
        look = getattr(os, name)

        def looking(path=".", look=look):
            if os.fspath(path) == str(photos):
                looked.append(threading.current_thread().name)
            return look(path)

        monkeypatch.setattr(os, name, looking)
    window.open_path(photos)
    assert [name for name in looked if name in ("MainThread", "Opening photos")] == ["Opening photos"]


def test_a_project_that_is_put_into_the_window_is_not_drawn_in_other_colours(window, photos, monkeypatch):
    dressed, dress = [], Presenter.dress
    monkeypatch.setattr(Presenter, "dress", lambda self: dressed.append(dress(self)))
    window.open_path(photos)
    QApplication.processEvents()
    assert not dressed
    other = "light" if theme.colors() == theme.DARK else "dark"
    try:
        theme.choose(QApplication.instance(), other)
        QApplication.processEvents()
        assert dressed
    finally:
        theme.choose(QApplication.instance(), "system")


def test_the_scan_stands_still_while_what_it_found_first_is_shown(window, photos, qtbot):
    for number in range(1500):
        os.link(photos / "coffee.png", photos / f"more {number}.png")
    scanner, images = window.projects.scanning.scanner, 1500 + 4
    scanner._rested.setInterval(3_600_000)
    window.open_path(photos)
    until(lambda: window.workspace.canvas.has_image)
    thread = scanner._scan.thread
    before = thread.progress
    qtbot.wait(200)
    assert thread.progress == before
    assert before.done < images
    scanner._rested.start(0)
    until(lambda: window.workspace.images.rowCount() == images)
