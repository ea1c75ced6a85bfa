"""Overviews of huge images: made a part at a time, and kept on the disk where that took long."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import numpy as np
from PIL import Image

from app.atomic import replacing
from app.engine.progress import Throttle
from app.engine.values import ImageRef
from app.images.decoding import sentences
from app.images.overview import overview, overview_size
from app.images.tiled_tiff import TiledPicture, TilePixels
from app.private import make_folder
from app.problem import Problem

DEFAULT_BUDGET_BYTES = 1 << 29
_SUFFIX = ".overview.png"
_LONG_S = 1.0
"""What is made faster is not worth a file."""
_FIRST_S, _TELL_S = 0.3, 0.7
_log = logging.getLogger(__name__)


class Overviews:
    """A folder of PNG files, bounded in bytes, the least recently used gone first. May be deleted at any time."""

    def __init__(self, folder: Path, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self._folder = folder
        self._budget_bytes = budget_bytes

    def get(self, picture: TiledPicture) -> TilePixels | None:
        """The overview of a picture, (h, w, 3) RGB, which counts as used now. None when there is none."""
        file = self._file(picture)
        with suppress(Problem), sentences(file), Image.open(file, formats=("PNG",)) as image:
            os.utime(file)
            if image.mode == "RGB" and image.size[::-1] == overview_size(picture.size):
                return np.array(image)
        return None

    def put(self, picture: TiledPicture, pixels: TilePixels) -> None:
        """A folder that cannot be written is one that does not remember."""
        try:
            make_folder(self._folder)
            with replacing(self._file(picture), durable=False) as stream:
                Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
            self._evict()
        except (Problem, OSError) as error:
            _log.warning("Overviews are not kept: %s", error)

    def _file(self, picture: TiledPicture) -> Path:
        return self._folder / f"{picture.content_hash[:40]}{_SUFFIX}"

    def _evict(self) -> None:
        total = 0
        for _, size, file in sorted(self._files(), reverse=True):
            total += size
            if total > self._budget_bytes:
                file.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Yields each overview on the disk as (time of its last use, bytes, path)."""
        for file in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):
                status = file.stat()
                yield status.st_mtime, status.st_size, file


class OverviewInWork:
    """The overview of the image now viewed. Of one thread."""

    def __init__(self, image: ImageRef, picture: TiledPicture) -> None:
        self.image, self.picture = image, picture
        self.fraction = 0.0
        self.pixels: TilePixels | None = None
        """As far as it is done."""
        self._steps = overview(picture)
        self._throttle = Throttle(_TELL_S)
        self._seconds = 0.0

    @property
    def is_done(self) -> bool:
        """True once all of it was read."""
        return self.fraction == 1

    @property
    def took_long(self) -> bool:
        """True if it is worth a file."""
        return self._seconds > _LONG_S

    def begin(self) -> TilePixels:
        """What there is to be seen in a moment. Problem when nothing of it can be read."""
        began = monotonic()
        while self.pixels is None or (not self.is_done and monotonic() - began < _FIRST_S):
            self.step()
        return self.pixels

    def step(self) -> bool:
        """Whether there is more to be seen than when that was told last. Problem when nothing of it can be read."""
        began = monotonic()
        try:
            self.pixels, fraction = next(self._steps)
            self.fraction = min(fraction, 0.999)
        except StopIteration as end:
            self.pixels, self.fraction = end.value, 1.0
        self._seconds += monotonic() - began
        return self.is_done or self._throttle.is_due()
