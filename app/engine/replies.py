"""What the engine answers. Values only: errors are values too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.requests import FindEmbeddings, MapEdges, ReadPixels, Request, Snap
from app.engine.values import AutoMask, ImageRef, Levels, Proposal
from app.images.edges import EdgeMap
from app.masks.rle import Mask
from app.sam.types import Size
from app.work import Work


class Reply:
    """An answer of the engine; who asked for its type gets it (engine.delivery)."""


@dataclass(frozen=True)
class ModelLoaded(Reply):
    """The model is in use now; the one before is gone."""

    name: str
    model_key: str
    device: str
    preparation: Callable[[], Work[str]] | None = field(default=None, compare=False)
    """Makes this model faster once and for all, on a thread of its own; it works as it is meanwhile. Its steps
    (done, all) end with the device then."""


@dataclass(frozen=True)
class ModelUnloaded(Reply):
    """There is no model any more."""


@dataclass(frozen=True, eq=False)
class Viewed(Reply):
    """The image for the canvas."""

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
class Overviewed(Reply):
    """More of the overview of a huge image than Viewed had."""

    image: ImageRef
    levels: Levels
    fraction: float


@dataclass(frozen=True, eq=False)
class Tile(Reply):
    """A square of a huge image, sharp."""

    image: ImageRef
    shrink: int
    column: int
    row: int
    pixels: NDArray[np.uint8]
    """(h, w, 4) B G R 255, TILE_PX wide and high except at the right and lower edge."""


@dataclass(frozen=True, eq=False)
class PixelsRead(Reply):
    """The pixels of a part of the image."""

    request: ReadPixels
    pixels: NDArray[np.uint8]
    """(h, w, 3) RGB, as displayed."""


@dataclass(frozen=True, eq=False)
class EdgesMapped(Reply):
    """The ways along the edges of a part of the image; they are only asked from now on."""

    request: MapEdges
    edges: EdgeMap


@dataclass(frozen=True, eq=False)
class Snapped(Reply):
    """The mask whose outline was snapped to the edges of the image; the request has no other."""

    request: Snap
    mask: Mask


@dataclass(frozen=True, eq=False)
class Thumbnailed(Reply):
    """The thumbnail of an image."""

    image: ImageRef
    pixels: NDArray[np.uint8]
    """(h, w, 3) RGB, longest side at most size_px."""


@dataclass(frozen=True, eq=False)
class EmbeddingsFound(Reply):
    """Which of the images have an embedding on the disk."""

    request: FindEmbeddings
    image_ids: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Outlined(Reply):
    """The exact outlines of saved masks."""

    image: ImageRef
    masks: tuple[tuple[int, Mask], ...]
    outlines: tuple[list[NDArray[np.float32]], ...]
    """One list of polygons for each of masks, in their order."""


@dataclass(frozen=True)
class Encoded(Reply):
    """The embedding of an image is there; also told of images encoded ahead."""

    image: ImageRef
    model_key: str
    encode_ms: float
    """0 when it came from the cache."""
    content_hash: str
    """Of the image file."""


@dataclass(frozen=True, eq=False)
class FirstCandidate(Reply):
    """The best of several proposals, told while the others are made; Decoded follows."""

    image: ImageRef
    model_key: str
    revision: int
    proposal: Proposal


@dataclass(frozen=True, eq=False)
class Decoded(Reply):
    """The masks that a prompt may mean."""

    image: ImageRef
    model_key: str
    revision: int
    proposals: tuple[Proposal, ...]
    """Best first; empty when every mask is empty."""
    decode_ms: float


@dataclass(frozen=True, eq=False)
class Hovered(Reply):
    """The mask under the mouse."""

    image: ImageRef
    model_key: str
    revision: int
    proposal: Proposal | None
    """The best one; None where the model finds nothing."""


@dataclass(frozen=True, eq=False)
class Proposed(Reply):
    """Everything found so far that says something of its own; the next one takes its place."""

    image: ImageRef
    model_key: str
    findings: tuple[AutoMask, ...]
    fraction: float
    """1: nothing more comes."""


@dataclass(frozen=True, eq=False)
class MaskCarried(Reply):
    """What a mask of another image may be on this one."""

    image: ImageRef
    model_key: str
    number: int
    """Of the mask, as Carry names it."""
    proposals: tuple[Proposal, ...]
    """The likeliest first; empty when it cannot be there."""


@dataclass(frozen=True)
class JobDone(Reply):
    """A job has ended with its result, or was cancelled."""

    job_id: int
    result: Any
    cancelled: bool = False


@dataclass(frozen=True)
class JobProgress(Reply):
    """How far a model load, an encode or a job is. eta_s None while unknown."""

    request: Request
    fraction: float
    eta_s: float | None = None


@dataclass(frozen=True)
class Failed(Reply):
    """The request could not be answered. sentence is for the person; details holds the traceback of a bug."""

    request: Request
    sentence: str
    details: str = ""
