"""What is asked of the engine. A request is a value that names its lane: the queue it waits in, and with what right.

To add one: a record here, and a row for its handler in `app.engine.handlers`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, ClassVar, Protocol

from app.engine.values import GivenMask, ImageRef, Start
from app.masks.rle import Mask
from app.sam.types import Level, Prompt
from app.work import Work


class Lane(Enum):
    """A queue of requests; those of the engine's thread are listed from the most to the least urgent."""

    MODEL = "the newest wins; all others wait for it"
    CLICK = "the newest of each image wins; it waits for its image to be encoded, and has that done"
    SHOW = "the newest wins: the image now looked at is encoded, then those ahead"
    HOVER = "the newest wins; it is answered when no click waits, and dropped unless its image is encoded"
    STEPS = "the newest wins; in steps, once its image is encoded, until it has ended or another image is looked at"
    BATCH = "first come, first served; in steps, when nothing else is to be done"

    VIEW = "for the reader: the newest wins, and what waits for another image goes"
    PIXELS = "for the reader: the newest wins; dropped when another image is looked at"
    TILES = "for the reader: the newest wins; it is answered part by part"
    SNAP = "for the reader: the newest wins, object by object; dropped when another image is looked at"
    OUTLINES = "for the reader: first come, first served; dropped when another image is looked at"
    LIST = "for the reader: the newest first"

    @property
    def is_for_reader(self) -> bool:
        """True if the thread that reads images for the eye answers, False if the one that owns the model does."""
        return self in _READER_LANES


_READER_LANES = frozenset({Lane.VIEW, Lane.PIXELS, Lane.TILES, Lane.SNAP, Lane.OUTLINES, Lane.LIST})


class Request:
    """Something that the engine is asked for. A subclass names its lane: `class Encode(Request, lane=Lane.SHOW)`."""

    lane: ClassVar[Lane]

    def __init_subclass__(cls, *, lane: Lane | None = None) -> None:
        super().__init_subclass__()
        if lane is not None:
            cls.lane = lane


class ImageRequest(Request):
    """A request about one image, as those in the lanes from CLICK to STEPS and those of the reader are."""

    image: ImageRef

    def place(self) -> Hashable:
        """Two requests of the same place ask for the same thing."""
        return type(self), self.image

    def is_kept(self) -> bool:
        """Whether a request in the CLICK lane is answered even after newer ones and after the person has moved on."""
        return False

    def parts(self) -> Sequence[ImageRequest]:
        """What is answered one after the other, in the TILES lane."""
        return [self]


@dataclass(frozen=True)
class LoadModel(Request, lane=Lane.MODEL):
    """Load a model; the one before stays until it is there."""

    name: str
    """A name of the catalogue (starter, mobile_sam, vit_b, ...)."""


@dataclass(frozen=True)
class UnloadModel(Request, lane=Lane.MODEL):
    """Forget the model."""


@dataclass(frozen=True)
class RegionView(ImageRequest, lane=Lane.VIEW):
    """Read an image for the canvas (the reader thread answers, never the busy model thread)."""

    image: ImageRef


@dataclass(frozen=True)
class Sharpen(ImageRequest, lane=Lane.TILES):
    """Read these tiles of a huge image for the canvas, the first ones first."""

    image: ImageRef
    shrink: int
    """How many times smaller than the image, a power of two."""
    tiles: tuple[tuple[int, int], ...]
    """(column, row) of squares of TILE_PX pixels of the shrunk image."""

    def parts(self) -> Sequence[ImageRequest]:
        """Requests of single tiles."""
        return [replace(self, tiles=(tile,)) for tile in self.tiles]


@dataclass(frozen=True)
class ReadPixels(ImageRequest, lane=Lane.PIXELS):
    """Read the pixels of a part of the image, for tools that look at colours."""

    image: ImageRef
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 in pixels of the image, inside it."""
    shrink: int = 1
    """How many times smaller than the image they are to be, a power of two."""


@dataclass(frozen=True)
class MapEdges(ImageRequest, lane=Lane.PIXELS):
    """Find the ways along the edges of a part of the image from one place in it."""

    image: ImageRef
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 in pixels of the image, inside it; at most a million as they are read."""
    shrink: int
    """How many times smaller than the image it is looked at, a power of two."""
    start: tuple[float, float]
    """x, y in image pixels."""


@dataclass(frozen=True)
class Snap(ImageRequest, lane=Lane.SNAP):
    """Snap the outlines of masks to the edges of the image; without any, those asked for before are left."""

    image: ImageRef
    masks: tuple[tuple[int, Mask], ...] = field(repr=False)
    """(annotation id, mask); 0 of the object in the making."""
    band: int
    """How far from the outline edges are looked for, in pixels."""

    def parts(self) -> Sequence[ImageRequest]:
        """Requests of single masks."""
        return [replace(self, masks=(mask,)) for mask in self.masks]


@dataclass(frozen=True)
class Thumbnail(ImageRequest, lane=Lane.LIST):
    """Read an image for the list."""

    image: ImageRef
    size_px: int = 96


@dataclass(frozen=True)
class FindEmbeddings(Request, lane=Lane.LIST):
    """Find which images have an embedding of that model on the disk, for the list."""

    model_key: str
    images: tuple[tuple[int, str], ...] = field(repr=False)
    """(id, content hash)"""


@dataclass(frozen=True)
class TraceOutlines(ImageRequest, lane=Lane.OUTLINES):
    """Make the exact outlines of saved masks, for painting."""

    image: ImageRef
    masks: tuple[tuple[int, Mask], ...]
    """(annotation id, mask)"""


@dataclass(frozen=True)
class Encode(ImageRequest, lane=Lane.SHOW):
    """Make the embedding of the image now shown; `ahead` are encoded after it, at lower priority (prefetch)."""

    image: ImageRef
    ahead: tuple[ImageRef, ...] = ()


@dataclass(frozen=True)
class Decode(ImageRequest, lane=Lane.CLICK):
    """Find the masks that a prompt may mean."""

    image: ImageRef
    """Of a close-up, the answer is put back into the image."""
    revision: int
    prompt: Prompt
    """In pixels of the whole image, as all answers are; its logits are of what `image` names."""
    seed: Mask | None = field(default=None, repr=False)
    """A saved mask to refine: becomes the previous logits of a prompt that has none."""
    start: Start | None = field(default=None, repr=False)
    """The mask that the last clicks correct; None for an answer to the prompt as a whole."""
    usual: Level | None = None
    """The level that comes first of the candidates of a first click."""
    keep: bool = False
    """It was accepted before its answer: answer it even after newer ones and after the person has moved on."""
    answers: tuple[GivenMask, ...] = field(default=(), repr=False)
    """That led to the seed, the oldest first: the logits of the last one, made again, say more than it."""

    def place(self) -> Hashable:
        """Names the image and the revision of the prompt: a later revision is another place."""
        return type(self), self.image, self.revision

    def is_kept(self) -> bool:
        """True if the draft was accepted before its answer came."""
        return self.keep


@dataclass(frozen=True)
class DecodeHover(ImageRequest, lane=Lane.HOVER):
    """Find the mask under the mouse, without a click."""

    image: ImageRef
    revision: int
    x: float
    y: float
    usual: Level | None = None
    """The level that comes first, as of Decode."""


@dataclass(frozen=True)
class Propose(ImageRequest, lane=Lane.STEPS):
    """Find everything on the image now shown (everything mode)."""

    image: ImageRef


@dataclass(frozen=True)
class Carry(ImageRequest, lane=Lane.STEPS):
    """Find masks of another image on this one, the next frame of a series."""

    image: ImageRef
    source: ImageRef
    """The image that they come from."""
    masks: tuple[tuple[int, Mask], ...] = field(repr=False)
    """(number, mask of the size of `image`)"""


@dataclass(frozen=True)
class StopProposing(Request, lane=Lane.STEPS):
    """End everything mode."""


@dataclass(frozen=True)
class Job(Request, lane=Lane.BATCH):
    """Long work in the batch lane: `steps()` is iterated between more urgent requests; it yields (done, total)
    and its return value is the result. Closing it cancels."""

    id: int
    title: str
    steps: Callable[..., Work[Any]]
    """Called with the model (engine.job_model.JobModel) if uses_model, else with nothing."""
    uses_model: bool = False
    """It begins once there is a model, and fails when that is changed."""


class Submit(Protocol):
    """The engine, as those know it who ask."""

    def submit(self, request: Request) -> None:
        """Asks, and returns at once."""
        ...
