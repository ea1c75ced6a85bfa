"""python -m tests.bench.pictures FOLDER: pictures of every tool at work, for human eyes; for a sharp screen with
QT_SCALE_FACTOR=2.

The real window with the starter, without a display. Nothing is compared: somebody looks at them, light and dark.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.labeling.policies import ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW, Policy
from app.labeling.tools.brushing import TIP
from app.labeling.tools.registry import TOOLBOX
from app.masks.combining import union
from app.masks.rle import Mask
from app.paths import resource
from app.project.records import Annotation
from app.ui import theme
from app.ui.main_window import MainWindow
from tests.bench.driver import program, until, wait

Place: TypeAlias = tuple[float, float]
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
CUP, SPOON, TABLE = (335, 190), (470, 250), (90, 60)
_SETTLED_MS = 350
"""For outlines, previews and thumbnails."""


class Studio:
    """The window, a mouse, a keyboard and a camera; places are pixels of the image."""

    def __init__(self, window: MainWindow, folder: Path, prefix: str) -> None:
        self._window, self._folder, self._prefix = window, folder, prefix
        assert window.workspace is not None
        self.workspace = window.workspace
        self.canvas, self.session = self.workspace.canvas, self.workspace.session

    def at(self, place: Place) -> QPoint:
        x, y = self.canvas.viewport.to_view(*place)
        ratio = self.canvas.devicePixelRatioF()
        return QPoint(round(x / ratio), round(y / ratio))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, modifiers)

    def press(self, place: Place, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.canvas, button, modifiers, self.at(place))

    def release(self, place: Place, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseRelease(self.canvas, button, modifiers, self.at(place))

    def move(
        self, place: Place, button: Qt.MouseButton = Qt.MouseButton.NoButton, modifiers: Qt.KeyboardModifier = NONE
    ) -> None:
        at = QPointF(self.at(place))
        event = QMouseEvent(
            QEvent.Type.MouseMove, at, self.canvas.mapToGlobal(at), Qt.MouseButton.NoButton, button, modifiers
        )
        QApplication.sendEvent(self.canvas, event)

    def click(self, place: Place, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self.press(place, button, modifiers)
        self.release(place, button, modifiers)

    def drag(self, *places: Place, button: Qt.MouseButton = LEFT, hold: bool = False) -> None:
        """hold: the button stays down."""
        self.press(places[0], button)
        for place in places[1:]:
            self.move(place, button)
        if not hold:
            self.release(places[-1], button)

    def until_masked(self) -> None:
        editor = self.session.editor
        until(lambda: editor.proposal is not None and not editor.is_waiting and editor.ring.is_whole)

    def save(self, *masks: Mask) -> list[int]:
        """The ids of new objects of classes of their own."""
        names = ("cup", "spoon", "table", "saucer")
        categories = [self.session.classes.add(name) for name in names[: len(masks)]]
        image_id = self.session.image_id
        assert image_id is not None
        with self.session.project.step("Made") as step:
            pairs = zip(masks, categories, strict=False)
            return [step.add(Annotation(0, image_id, category.id, mask)).id for mask, category in pairs]

    def disc(self, middle: Place, radius: float, hole: float = 0) -> Mask:
        height, width = self.session.place.image_size
        y, x = np.ogrid[:height, :width]
        distance = (x - middle[0]) ** 2 + (y - middle[1]) ** 2
        return Mask.from_array((distance <= radius**2) & (distance >= hole**2))

    def shoot(self, name: str) -> None:
        wait(_SETTLED_MS)
        self.shoot_now(name)

    def shoot_now(self, name: str) -> None:
        self._window.grab().save(str(self._folder / f"{self._prefix} {name}.png"))

    def tidy(self) -> None:
        """Nothing is in the making, nothing saved."""
        for _ in range(4):
            self.key(Qt.Key.Key_Escape)
        self.session.classes.policies.choose(ALLOW)
        with self.session.project.step("Tidied") as step:
            for each in self.session.objects.all():
                step.delete(each)
        self.move((5, 5))


def smart(s: Studio) -> None:
    s.key(Qt.Key.Key_Q)
    s.move(CUP)
    wait(_SETTLED_MS)
    s.shoot("smart preview")
    s.click(CUP)
    s.until_masked()
    s.shoot("smart candidates")
    s.click(SPOON, RIGHT)
    s.until_masked()
    s.shoot("smart corrected")


def brush(s: Studio) -> None:
    s.key(Qt.Key.Key_B)
    TIP.size.set(31)
    s.drag((200, 120), (260, 90), (330, 85), (420, 110), hold=True)
    s.shoot("brush under way")
    s.release((420, 110))
    until(lambda: not s.session.editor.draft.is_sharpening)
    s.move((430, 160))
    s.shoot("brush finished")
    s.key(Qt.Key.Key_X)
    s.drag((300, 60), (320, 140), button=LEFT, hold=True)
    s.shoot("eraser under way")
    s.release((320, 140))


def polygon(s: Studio) -> None:
    s.key(Qt.Key.Key_P)
    for place in ((190, 130), (260, 70), (420, 75)):
        s.move(place)
        s.click(place)
    s.move((480, 150), modifiers=SHIFT)
    QApplication.processEvents()
    s.shoot_now("polygon before the edges are known")
    wait(1500)
    s.move((482, 152), modifiers=SHIFT)
    s.shoot("polygon along edges")
    s.key(Qt.Key.Key_Return)
    s.shoot("polygon closed")


def vertices(s: Studio) -> None:
    s.session.editor.edit(s.disc(CUP, 110, hole=40), "brush")
    s.key(Qt.Key.Key_E)
    s.drag((CUP[0] - 160, CUP[1] - 30), (CUP[0] - 60, CUP[1] + 60), hold=True)
    s.shoot("vertices rubber band")
    s.release((CUP[0] - 60, CUP[1] + 60))
    s.shoot("vertices chosen")


def framed(s: Studio) -> None:
    for key, name in ((Qt.Key.Key_R, "rectangle"), (Qt.Key.Key_C, "ellipse")):
        s.key(key)
        s.drag((210, 90), (300, 150), (460, 270), hold=True)
        s.shoot(f"{name} under way")
        s.release((460, 270))
        s.shoot(f"{name} done")
        s.key(Qt.Key.Key_Escape)
    tool = TOOLBOX.named("rectangle")
    tool.options[0].set(True)
    s.workspace.tool_bar.show_tool(tool)
    s.key(Qt.Key.Key_R)
    s.drag((200, 120), (420, 200))
    s.move((380, 290))
    s.shoot("rectangle turned")
    s.key(Qt.Key.Key_Escape)
    tool.options[0].set(False)


def line(s: Studio) -> None:
    s.key(Qt.Key.Key_I)
    for place in ((120, 320), (300, 340), (420, 300)):
        s.click(place)
    s.move((540, 330))
    s.shoot("line under way")
    s.key(Qt.Key.Key_Return)
    s.shoot("line done")


def wand(s: Studio) -> None:
    s.key(Qt.Key.Key_T)
    s.move(TABLE)
    until(lambda: s.session.pixels.ask(*s.session.closeups.visible()) is not None)
    s.drag(TABLE, (TABLE[0] + 60, TABLE[1] + 4), hold=True)
    s.shoot("wand under way")
    s.release((TABLE[0] + 60, TABLE[1] + 4))


def fill(s: Studio) -> None:
    s.session.editor.edit(s.disc(CUP, 110, hole=40), "brush")
    s.key(Qt.Key.Key_F)
    s.move(CUP)
    s.shoot("fill hover")
    s.click(CUP)
    s.shoot("fill done")


def repairs(s: Studio) -> None:
    ids = s.save(s.disc(CUP, 90, hole=12), s.disc(SPOON, 50))
    s.key(Qt.Key.Key_V)
    s.session.objects.select(*ids)
    s.shoot("selected")
    s.key(Qt.Key.Key_BraceRight, SHIFT)
    s.shoot("grown")
    s.key(Qt.Key.Key_I, SHIFT)
    s.shoot("repaired")


def between(s: Studio) -> None:
    ids = s.save(s.disc(CUP, 90), s.disc((430, 210), 70))
    s.session.objects.select(*ids)
    s.shoot("two objects")
    s.key(Qt.Key.Key_U)
    s.shoot("union")
    for modifiers, name in ((SHIFT, "subtract"), (CTRL, "intersect"), (CTRL | SHIFT, "exclusive or")):
        s.key(Qt.Key.Key_Z, CTRL)
        s.session.objects.select(*ids)
        s.key(Qt.Key.Key_U, modifiers)
        s.shoot(name)


def split(s: Studio) -> None:
    [id] = s.save(union([s.disc(CUP, 60), s.disc((500, 240), 40)]))
    s.session.objects.select(id)
    s.key(Qt.Key.Key_X, SHIFT)
    s.shoot("split")


def stacking(s: Studio) -> None:
    ids = s.save(s.disc(CUP, 80), s.disc((400, 220), 70), s.disc((450, 250), 60))
    s.session.objects.select(ids[0])
    s.key(Qt.Key.Key_BracketRight, CTRL)
    s.shoot("brought forward")
    s.key(Qt.Key.Key_BraceRight, CTRL | SHIFT)
    s.shoot("brought to front")


def duplicate(s: Studio) -> None:
    s.session.objects.select(*s.save(s.disc(CUP, 80), s.disc((450, 250), 60)))
    s.key(Qt.Key.Key_D, CTRL)
    s.shoot("duplicated")


def cuts(s: Studio) -> None:
    """With the right button."""
    keys = (Qt.Key.Key_R, "rectangle"), (Qt.Key.Key_C, "ellipse"), (Qt.Key.Key_P, "lasso"), (Qt.Key.Key_I, "line")
    way = (260, 130), (390, 140), (400, 220), (310, 240)
    for key, name in keys:
        s.session.editor.edit(s.disc(CUP, 110), "brush")
        s.key(key)
        s.drag(*way, button=RIGHT, hold=True)
        s.shoot(f"{name} cuts")
        s.release(way[-1], RIGHT)
        s.key(Qt.Key.Key_Return)
        s.shoot(f"{name} has cut")
        s.tidy()


def policy(s: Studio) -> None:
    chosen: tuple[tuple[Policy, str], ...] = ((NEW_CUTS_OLD, "new cuts old"), (OLD_CUTS_NEW, "old cuts new"))
    for each, name in chosen:
        s.tidy()
        s.save(s.disc(CUP, 80), s.disc((450, 240), 60))
        s.session.classes.policies.choose(each)
        s.session.editor.edit(s.disc((390, 215), 60), "brush")
        s.shoot(f"policy {name}")
        s.key(Qt.Key.Key_Escape)
        s.key(Qt.Key.Key_B)
        TIP.size.set(61)
        s.drag((280, 160), (350, 215), (430, 235), (540, 220), hold=True)
        s.shoot(f"policy {name} under a stroke")
        s.key(Qt.Key.Key_Escape)
        s.release((540, 220))


def select(s: Studio) -> None:
    s.save(s.disc(CUP, 80), s.disc((450, 240), 60), s.disc((130, 300), 40))
    s.key(Qt.Key.Key_V)
    s.drag((300, 120), (400, 180), (480, 260), hold=True)
    s.shoot("select rubber band")
    s.release((480, 260))


def carry(s: Studio) -> None:
    s.save(s.disc(CUP, 80), s.disc((450, 240), 40))
    s.key(Qt.Key.Key_N)
    until(lambda: s.session.editor.draft.is_offer and not s.session.carrying.is_looking)
    until(lambda: s.canvas.has_image)
    s.shoot("carry")
    s.session.carrying.reject()
    s.session.carrying.reject()
    s.session.navigation.next(-1)
    until(lambda: s.session.place.is_encoded)


Scene: TypeAlias = Callable[[Studio], None]
SCENES: dict[str, Scene] = {
    each.__name__: each
    for each in (
        smart, brush, polygon, vertices, framed, cuts, line, wand, fill, repairs, between, split, stacking, duplicate,
        policy, select, carry,
    )
}  # fmt: skip


@contextmanager
def studio(folder: Path, scheme: str) -> Iterator[Studio]:
    """Two frames of a photo in a window."""
    with TemporaryDirectory() as home, program(Path(home) / "user") as window:
        photos = Path(home) / "photos"
        photos.mkdir()
        image = cv2.imread(str(resource("samples") / "coffee.png"))
        cv2.imwrite(str(photos / "1.png"), image[:-12, :-20])
        cv2.imwrite(str(photos / "2.png"), image[12:, 20:])
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.choose(app, scheme)
        window.open_path(photos)
        until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
        workspace = window.workspace
        assert workspace is not None
        until(lambda: workspace.session.place.is_encoded)
        workspace.canvas.setFocus()
        scale = QApplication.primaryScreen().devicePixelRatio()
        yield Studio(window, folder, f"{scheme} {scale:.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--only", nargs="*", choices=SCENES, default=list(SCENES))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with studio(options.folder, options.scheme) as s:
        for name in options.only:
            SCENES[name](s)
            s.tidy()


if __name__ == "__main__":
    main()
