"""The status line tells what can be done right now: with a selected object, a carried one, an image that is broken."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.labeling.keymap import KEYMAP
from app.masks.rle import Mask
from app.paths import config_dir
from app.project.records import Annotation
from app.ui.effects import take_effect
from app.ui.keymap_files import own_file
from app.ui.widgets.rows import ROW
from tests.ui.conftest import ANSWER_MS


@pytest.fixture
def hint(hand):
    return hand.window.status._hint.text


def an_object(hand):
    """Saved on the image that is shown, in its upper left corner."""
    image = hand.session.image
    pixels = np.zeros((image.height, image.width), bool)
    pixels[20:80, 20:80] = True
    with hand.session.project.step("Made") as step:
        return step.add(Annotation(0, image.id, None, Mask.from_array(pixels)))


@pytest.mark.parametrize("tool", [Qt.Key.Key_Q, Qt.Key.Key_V])
def test_it_tells_what_can_be_done_with_what_is_selected(hand, hint, tool):
    hand.key(tool)
    before = hint()
    hand.session.objects.select(an_object(hand).id)
    assert "Del: delete" in hint()
    assert "1 to 9" in hint()
    hand.key(Qt.Key.Key_Escape)
    assert hint() == before


def test_hint_and_list_of_classes_tell_the_keys_in_force(hand, hint):
    hand.session.classes.add("cell")
    hand.session.objects.select(an_object(hand).id)
    config_dir().mkdir(parents=True, exist_ok=True)
    own_file().write_text('[keys]\nclass.1 = "F2"\n')
    try:
        take_effect("keymap", hand.window.settings, hand.window.workspace)
        hand.key(Qt.Key.Key_V)
        assert "F2 to 9: class" in hint()
        item = hand.window.workspace.panels["classes"].list.item(0)
        assert (item.data(ROW).key, item.toolTip()) == ("F2", "cell (key F2), 0 objects")
    finally:
        KEYMAP.use({})


@pytest.mark.parametrize("tool", [Qt.Key.Key_Q, Qt.Key.Key_B])
def test_what_was_carried_can_be_left_out_also_when_it_was_corrected(hand, hint, tool):
    carried = an_object(hand)
    hand.session.objects.select(carried.id)
    hand.key(Qt.Key.Key_N)
    hand.qtbot.waitUntil(lambda: hand.session.editor.draft.carried is not None, timeout=ANSWER_MS)
    hand.key(Qt.Key.Key_BraceRight)
    assert not hand.session.editor.draft.is_offer
    hand.key(tool)
    assert hint().count("Del: leave out") == 1
    hand.key(Qt.Key.Key_Delete)
    assert not hand.session.editor.draft.is_live


def test_on_an_image_that_is_broken_it_tells_of_the_next_one(hand, hint, photos):
    """And the list of objects does not ask for a click on it."""
    (photos / "broken.png").write_bytes(b"no picture")
    hand.window.run_command("file.rescan")
    project = hand.session.project
    hand.qtbot.waitUntil(lambda: any(i.path == "broken.png" for i in project.images()), timeout=ANSWER_MS)
    broken = next(i for i in project.images() if i.path == "broken.png")
    hand.session.navigation.open(broken.id)
    hand.qtbot.waitUntil(lambda: bool(hand.session.place.unreadable), timeout=ANSWER_MS)
    assert hint().startswith("This image cannot be shown.")
    assert "D: next image" in hint()
    empty = hand.window.workspace.panels["objects"]._empty
    assert not empty.isVisible()
    hand.key(Qt.Key.Key_A)
    hand.qtbot.waitUntil(lambda: hint().startswith("Click a thing"), timeout=ANSWER_MS)
    assert empty.isVisible()
