"""What is asked of the engine, and what it answers. Values only: errors are values too."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.images.pages import shown
from app.masks.rle import Mask, Region
from app.sam.closeup import Closeup
from app.sam.types import Candidate, Prompt, Size

TILE_PX = 256
"""Eight times shrunk, one is made of four megapixels: a tenth of a second."""
Levels: TypeAlias = tuple[NDArray[np.uint8], ...]
"""(h, w, 4) B G R 255, each half the one before: see engine.pyramid."""


@dataclass(frozen=True)
class ImageRef:
    """An image as the project knows it, a file or a page of one; or a part of it that is encoded by itself."""

    image_id: int
    path: Path
    """See app.images.pages."""
    closeup: Closeup | None = None

    @property
    def name(self) -> str:
        """For people."""
        return shown(self.path.name)

    @property
    def whole(self) -> ImageRef:
        return self if self.closeup is None else replace(self, closeup=None)


@dataclass(frozen=True)
class LoadModel:
    name: str
    """A name of the catalogue (starter, mobile_sam, vit_b, ...)."""


@dataclass(frozen=True)
class UnloadModel:
    pass


@dataclass(frozen=True)
class RegionView:
    """Read an image for the canvas (the reader thread answers, never the busy model thread). The newest wins."""

    image: ImageRef


@dataclass(frozen=True)
class Sharpen:
    """Read these tiles of a huge image for the canvas, the first ones first. The newest wins."""

    image: ImageRef
    shrink: int
    """How many times smaller than the image, a power of two."""
    tiles: tuple[tuple[int, int], ...]
    """(column, row) of squares of TILE_PX pixels of the shrunk image."""


@dataclass(frozen=True)
class Thumbnail:
    image: ImageRef
    size_px: int = 96


@dataclass(frozen=True)
class TraceOutlines:
    """Make the exact outlines of saved masks, for painting. Dropped when another image is viewed meanwhile."""

    image: ImageRef
    masks: tuple[tuple[int, Mask], ...]
    """(annotation id, mask)"""


@dataclass(frozen=True)
class Encode:
    """Make the embedding of the image now shown; `ahead` are encoded after it, at lower priority."""

    image: ImageRef
    ahead: tuple[ImageRef, ...] = ()


@dataclass(frozen=True)
class Decode:
    """Newest wins per image. It waits for a model and for its image to be encoded, and asks for the latter itself."""

    image: ImageRef
    """Of a close-up, the answer is put back into the image."""
    revision: int
    prompt: Prompt
    """In pixels of the whole image, as all answers are; its logits are of what `image` names."""
    seed: Mask | None = field(default=None, repr=False)
    """A saved mask to refine: becomes the previous logits of a prompt that has none."""
    keep: bool = False
    """It was accepted before its answer: answer it even after newer ones and after the person has moved on."""


@dataclass(frozen=True)
class DecodeHover:
    """The mask under the mouse, without a click: answered when nothing else waits. The newest wins; of an image that
    is not encoded it is dropped."""

    image: ImageRef
    revision: int
    x: float
    y: float


@dataclass(frozen=True)
class Propose:
    """Everything mode on the image now shown, as soon as it is encoded. Another one, or another image, ends it."""

    image: ImageRef


@dataclass(frozen=True)
class StopProposing:
    pass


@dataclass(frozen=True)
class Job:
    """Long work in the batch lane: `steps()` is iterated between more urgent requests; it yields (done, total)
    and its return value is the result. Closing it cancels."""

    id: int
    title: str
    steps: Callable[[], Generator[tuple[int, int], None, Any]]


Request: TypeAlias = (
    LoadModel
    | UnloadModel
    | RegionView
    | Sharpen
    | Thumbnail
    | TraceOutlines
    | Encode
    | Decode
    | DecodeHover
    | Propose
    | StopProposing
    | Job
)


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

    @property
    def is_cut(self) -> bool:
        """By the edge of its close-up: there is more of it."""
        return self.closeup is not None and self.closeup.cuts(self.region)


@dataclass(frozen=True)
class ModelLoaded:
    name: str
    model_key: str
    device: str
    preparation: Callable[[], Generator[tuple[int, int], None, str]] | None = field(default=None, compare=False)
    """Makes this model faster once and for all, on a thread of its own; it works as it is meanwhile. Its steps
    (done, all) end with the device then."""


@dataclass(frozen=True)
class ModelUnloaded:
    pass


@dataclass(frozen=True, eq=False)
class Viewed:
    image: ImageRef
    size: Size
    """(height, width)"""
    content_hash: str
    size_bytes: int
    mtime_ns: int
    levels: Levels
    """Of a huge image, of its overview."""
    shrink: int = 1
    """How many times smaller than the image the first of levels is: 1, unless it is huge."""


@dataclass(frozen=True, eq=False)
class Overviewed:
    """More of the overview of a huge image than Viewed had."""

    image: ImageRef
    levels: Levels
    fraction: float


@dataclass(frozen=True, eq=False)
class Tile:
    """Of a huge image."""

    image: ImageRef
    shrink: int
    column: int
    row: int
    pixels: NDArray[np.uint8]
    """(h, w, 4) B G R 255, TILE_PX wide and high except at the right and lower edge."""


@dataclass(frozen=True, eq=False)
class Thumbnailed:
    image: ImageRef
    pixels: NDArray[np.uint8]
    """(h, w, 3) RGB, longest side at most size_px."""


@dataclass(frozen=True, eq=False)
class Outlined:
    image: ImageRef
    masks: tuple[tuple[int, Mask], ...]
    outlines: tuple[list[NDArray[np.float32]], ...]
    """One list of polygons for each of masks, in their order."""


@dataclass(frozen=True)
class Encoded:
    """Also of images encoded ahead."""

    image: ImageRef
    model_key: str
    encode_ms: float
    """0 when it came from the cache."""


@dataclass(frozen=True, eq=False)
class FirstCandidate:
    """The best of several proposals, told while the others are made; Decoded follows."""

    image: ImageRef
    model_key: str
    revision: int
    proposal: Proposal


@dataclass(frozen=True, eq=False)
class Decoded:
    image: ImageRef
    model_key: str
    revision: int
    proposals: tuple[Proposal, ...]
    """Best first; empty when every mask is empty."""
    decode_ms: float


@dataclass(frozen=True, eq=False)
class Hovered:
    image: ImageRef
    model_key: str
    revision: int
    proposal: Proposal | None
    """The best one; None where the model finds nothing."""


@dataclass(frozen=True, eq=False)
class AutoMask:
    """What everything mode found, small enough to keep hundreds of them."""

    mask: Mask
    outlines: list[NDArray[np.float32]]
    predicted_iou: float
    stability_score: float
    point: tuple[float, float]
    """The click that found it, in image pixels."""


@dataclass(frozen=True, eq=False)
class Proposed:
    """Everything found so far that says something of its own; the next one takes its place."""

    image: ImageRef
    model_key: str
    findings: tuple[AutoMask, ...]
    fraction: float
    """1: nothing more comes."""


@dataclass(frozen=True)
class JobDone:
    job_id: int
    result: Any
    cancelled: bool = False


@dataclass(frozen=True)
class JobProgress:
    """Of a model load, an encode or a job. eta_s None while unknown."""

    request: Request
    fraction: float
    eta_s: float | None = None


@dataclass(frozen=True)
class Failed:
    """The request could not be answered. sentence is for the person; details holds the traceback of a bug."""

    request: Request
    sentence: str
    details: str = ""


Reply: TypeAlias = (
    ModelLoaded
    | ModelUnloaded
    | Viewed
    | Overviewed
    | Tile
    | Thumbnailed
    | Outlined
    | Encoded
    | FirstCandidate
    | Decoded
    | Hovered
    | Proposed
    | JobDone
    | JobProgress
    | Failed
)


class Submit(Protocol):
    """The engine, as those know it who ask."""

    def submit(self, request: Request) -> None: ...
