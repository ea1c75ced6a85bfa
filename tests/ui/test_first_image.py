"""What stands between a person who opens a folder and its first photo is done once, and nothing in vain."""

from __future__ import annotations

import os
import threading

from app.ui import theme


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
            if threading.current_thread() is threading.main_thread() and os.fspath(path) == str(photos):
                looked.append(path)
            return look(path)

        monkeypatch.setattr(os, name, looking)
    window.open_path(photos)
    assert len(looked) == 1
