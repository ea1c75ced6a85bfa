"""`maskwright --self-test`: is this copy of the program whole, and does it work on this computer?

It does what the work is made of: loads the model that is in the box, segments a photo, saves, opens again, exports.
Nothing outside a temporary folder is written, and no screen is needed. It is what an installer is judged by.
"""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.checks import Check, sqlite_told
from app.cli.screen import has_screen, window_checks
from app.paths import is_frozen, resource
from app.problem import Problem
from app.text import say
from app.work import run

if TYPE_CHECKING:
    from app.masks.rle import Mask
    from app.sam.predictor import Predictor

_PHOTO, _CLICK = "coffee.png", (300, 150)
"""A cup from above, and a place on the coffee in it."""
_SHARES = (0.01, 0.6)
"""Of the photo: so much of it may be the mask of the coffee."""
_VERSION_OF = ("PySide6_Essentials", "torch", "openvino", "numpy")


def self_test() -> int:
    """Prints a line for each check as soon as it is known; returns the exit status, 0 when all is well."""
    ok = True
    with tempfile.TemporaryDirectory(prefix="maskwright-self-test-", ignore_cleanup_errors=True) as folder:
        for check in _checks(_Trial(Path(folder))):
            print(check, flush=True)
            ok = ok and check.ok
    return 0 if ok else 1


def _checks(trial: _Trial) -> Iterator[Check]:
    yield _checked(say("versions"), _versions)
    yield _checked("SQLite", _sqlite)
    is_whole = True
    for name, does in trial.steps:
        if not is_whole:
            yield Check(name, False, say("not tried: see above"))
            continue
        check = _checked(name, does)
        is_whole = check.ok
        yield check
    if has_screen():
        yield from window_checks()
    else:
        yield Check("Qt", True, say("not tried: there is no screen"))


def _checked(name: str, does: Callable[[], str]) -> Check:
    try:
        return Check(name, True, does())
    except Exception as error:  # noqa: BLE001 whatever is wrong with this copy of the program is its finding
        return Check(name, False, str(error) if isinstance(error, Problem) else f"{type(error).__name__}: {error}")


def _versions() -> str:
    return ", ".join(
        [
            f"maskwright {_version('maskwright')}",
            f"Python {platform.python_version()}",
            *(f"{name} {_version(name)}" for name in _VERSION_OF),
            f"{platform.system()} {platform.machine()}",
        ]
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def _sqlite() -> str:
    from app.project.sqlite_version import has_wal_reset_fix

    told = sqlite_told()
    if is_frozen() and not has_wal_reset_fix():  # the installers bring their own
        raise Problem(told)
    return told


class _Trial:
    """A small project in a temporary folder, from the photo to the export. Each step returns what was found."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._photos = folder, folder / "photos"
        self._file, self._exported = folder / "trial.maskwright", folder / "trial.json"
        self._predictor: Predictor | None = None
        self._mask: Mask | None = None
        self.steps: tuple[tuple[str, Callable[[], str]], ...] = (
            (say("resources"), self._resources),
            (say("model"), self._model),
            (say("segmenting"), self._segmenting),
            (say("saving"), self._saving),
            (say("opening again"), self._opening_again),
            (say("export"), self._export),
        )

    def _resources(self) -> str:
        for name in ("models.toml", "i18n/en.json", "icons/maskwright.svg", "keymaps/maskwright.toml"):
            if not resource(name).is_file():
                raise Problem(say("{file} is missing.", file=resource(name)))
        self._photos.mkdir()
        shutil.copyfile(resource("samples") / _PHOTO, self._photos / _PHOTO)
        return str(resource(""))

    def _model(self) -> str:
        from app.sam.load import load_predictor

        self._predictor = load_predictor("starter")
        return say(
            "{model}, runtime {runtime}, runs on {device}",
            model=self._predictor.model_key,
            runtime=self._predictor.runtime.name,
            device=self._predictor.device,
        )

    def _segmenting(self) -> str:
        from app.images.reading import read_image
        from app.masks.rle import Mask
        from app.sam.postprocess import region
        from app.sam.types import Prompt

        assert self._predictor is not None
        pixels = read_image(self._photos / _PHOTO).pixels
        best = self._predictor.decode(self._predictor.encode(pixels), Prompt().with_point(*_CLICK))[0]
        self._mask = mask = Mask.from_region(region(best))
        share = mask.area / (mask.size[0] * mask.size[1])
        x, y = _CLICK
        if not (_SHARES[0] <= share <= _SHARES[1] and mask.window(x, y, 1, 1).all()):
            raise Problem(
                say("a click on {photo} was answered with a mask of {area} pixels", photo=_PHOTO, area=mask.area)
            )
        return say(
            "{photo}: {area} pixels, predicted IoU {iou:.2f}", photo=_PHOTO, area=mask.area, iou=best.predicted_iou
        )

    def _saving(self) -> str:
        from app.project.records import Annotation, Category
        from app.project.store import Project

        assert self._mask is not None
        project = Project.create(self._file, self._photos)
        try:
            run(project.folder.scan())
            [image] = project.images()
            with project.step("Self-test") as step:
                category = step.add(Category(0, "coffee", "#2684ff"))
                step.add(Annotation(0, image.id, category.id, self._mask))
        finally:
            project.close()
        return say("{file}: {size} bytes", file=self._file.name, size=self._file.stat().st_size)

    def _opening_again(self) -> str:
        from app.project.store import Project

        project = Project.open(self._file)
        try:
            found = [annotation.mask for image in project.images() for annotation in project.annotations(image.id)]
        finally:
            project.close()
        if found != [self._mask]:
            raise Problem(say("the mask came back as another one"))
        return say("the mask came back as it was")

    def _export(self) -> str:
        import json

        from app.formats.registry import format_named
        from app.project.store import Project

        assert self._mask is not None
        project = Project.open(self._file, read_only=True)
        try:
            run(format_named("coco").export_file(project, self._exported))
        finally:
            project.close()
        [written] = json.loads(self._exported.read_text(encoding="utf-8"))["annotations"]
        if written["area"] != self._mask.area:
            raise Problem(say("the export holds a mask of {area} pixels", area=written["area"]))
        return say("COCO, {size} bytes", size=self._exported.stat().st_size)
