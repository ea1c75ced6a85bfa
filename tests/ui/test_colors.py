"""A change between light and dark: nothing that is shown keeps the colours of before."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox

from app.ui import theme
from tests.bench.driver import wait


@pytest.fixture(autouse=True)
def _dark():
    theme.choose(QApplication.instance(), "dark")
    yield
    theme.choose(QApplication.instance(), "system")


def test_the_ground_around_the_image_changes(hand):
    canvas = hand.canvas
    canvas.zoom(-3)
    hand.qtbot.wait(50)
    for scheme, colors in (("light", theme.LIGHT), ("dark", theme.DARK)):
        theme.choose(QApplication.instance(), scheme)
        hand.qtbot.wait(50)
        assert canvas.grab().toImage().pixelColor(3, 3).name() == colors.canvas.lower()


def test_a_message_that_is_open_changes(opened, qtbot):
    opened.toast.show_text("The disk is full.", bad=True)
    theme.choose(QApplication.instance(), "light")
    qtbot.wait(50)
    shown = opened.toast.grab().toImage()
    assert shown.pixelColor(shown.width() // 2, 4).name() == theme.LIGHT.raised.lower()


def test_the_icons_of_the_first_page_change(window, qtbot):
    def icons():
        return [button.icon().pixmap(18).toImage() for button, _ in window.first_page._drop.icons]

    dark = icons()
    theme.choose(QApplication.instance(), "light")
    qtbot.wait(50)
    assert all(now != before for now, before in zip(icons(), dark, strict=True))


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_box_that_is_not_ticked_is_seen(hand, scheme):
    theme.choose(QApplication.instance(), scheme)
    hand.window.run_command("tool.ellipse")
    box = hand.window.workspace.tool_bar.findChild(QCheckBox, "turned")
    shown = box.grab().toImage()
    grounds = luminance(shown.pixelColor(shown.width() - 1, 0))
    frame = [luminance(shown.pixelColor(x, shown.height() // 2)) for x in range(8)]
    assert max(contrast(grounds, each) for each in frame) > 3


def luminance(color):
    """As WCAG has it."""
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in color.getRgbF()[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_a_change_of_theme_dresses_the_bars_once(opened, monkeypatch):
    dressed, dress = [], opened.workspace.tool_column.dress
    monkeypatch.setattr(opened.workspace.tool_column, "dress", lambda: dressed.append(theme.colors()) or dress())
    for scheme, colors in (("light", theme.LIGHT), ("dark", theme.DARK)):
        dressed.clear()
        opened.preferences.choose_scheme(scheme)
        wait(50)
        assert dressed == [colors]
    opened.preferences.choose_scheme("system")
