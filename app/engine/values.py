"""The values that requests and replies carry: which image is meant, and the masks that the model proposes for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.images.pages import shown
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke
from app.sam.closeup import Closeup
from app.sam.types import Candidate, Level, Prompt

TILE_PX = 256
"""Eight times shrunk, one is made of four megapixels: a tenth of a second."""
Levels: TypeAlias = tuple[NDArray[np.uint8], ...]
"""An image pyramid: (h, w, 4) B G R 255, each half the one before; see engine.pyramid."""


@dataclass(frozen=True)
class ImageRef:
    """An image as the project knows it, a file or a page of one; or a part of it that is encoded by itself."""

    image_id: int
    path: Path
    """See app.images.pages."""
    closeup: Closeup | None = None
    check: Callable[[], object] = field(default=lambda: None, compare=False, repr=False)
    """Raises Problem where the image may not be looked at: a link leads out. It asks the drive, which may be slow."""

    def checked_path(self) -> Path:
        """Returns the path, to be read on this thread. Raises Problem where it may not be."""
        self.check()
        return self.path

    @property
    def name(self) -> str:
        """The name of the file (and page), for people."""
        return shown(self.path.name)

    @property
    def whole(self) -> ImageRef:
        """The image that this is a close-up of, or itself."""
        return self if self.closeup is None else replace(self, closeup=None)


@dataclass(frozen=True, eq=False)
class Proposal:
    """A mask to accept or refine, with its full-resolution pixels and exact outlines, ready to paint."""

    region: Region
    outlines: list[NDArray[np.float32]]
    predicted_iou: float | None
    stability_score: float | None
    candidate: Candidate | None
    """None: a saved mask that was picked up again."""
    closeup: Closeup | None = None
    """Of which the candidate's logits are; None for the whole image."""

    @cached_property
    def mask(self) -> Mask:
        """The same as RLE: what is saved, and what is kept of older states."""
        return Mask.from_region(self.region)

    @property
    def exact(self) -> Region:
        """The region with its RLE, from which the next one is quickly made."""
        return replace(self.region, rle=self.mask)

    @property
    def is_empty(self) -> bool:
        """True if it has no pixel: everything was erased."""
        return not self.region.pixels.size

    @property
    def level(self) -> Level | None:
        """Part, whole or surroundings, among the candidates of one click; None for any other mask."""
        return self.candidate.level if self.candidate is not None else None

    @property
    def is_cut(self) -> bool:
        """True if the edge of its close-up cuts it: there is more of it."""
        return self.closeup is not None and self.closeup.cuts(self.region)


@dataclass(frozen=True, eq=False)
class Start:
    """The mask that clicks were made on; it stays where they do not reach."""

    region: Region
    clicks: int
    """So many of the last points of the prompt are new to it."""
    is_settled: bool
    """It was chosen, made by hand, imported or saved: no click leaves it for something else."""
    taken_back: tuple[float, float, bool] | None = None
    """x, y of a click that the prompt has no more, and whether it was positive: what it brought is to go again."""
    stroke: Stroke | None = None
    """No clicks correct it but a stroke, which it shows already; what that left undone beside it is to be found."""


@dataclass(frozen=True, eq=False)
class GivenMask:
    """A mask that the model gave for a prompt, as it gave it: asked again it does so again, with its logits."""

    prompt: Prompt
    """Without logits."""
    mask: Mask


@dataclass(frozen=True, eq=False)
class AutoMask:
    """A mask that everything mode found, small enough to keep hundreds of them."""

    mask: Mask
    outlines: list[NDArray[np.float32]]
    predicted_iou: float
    stability_score: float
    point: tuple[float, float]
    """The click that found it, in image pixels."""
    model_key: str = ""
