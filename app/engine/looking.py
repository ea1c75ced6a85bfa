"""What the reader's thread answers: images for the eye, their parts and outlines, and what the list shows of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from app.engine.embeddings import EmbeddingKey
from app.engine.images import ImageCache, in_parts
from app.engine.overviews import OverviewInWork
from app.engine.pyramid import as_painted, pyramid
from app.engine.replies import (
    EdgesMapped,
    EmbeddingsFound,
    Outlined,
    Overviewed,
    PixelsRead,
    Reply,
    Snapped,
    Thumbnailed,
    Tile,
    Viewed,
)
from app.engine.requests import (
    FindEmbeddings,
    ImageRequest,
    MapEdges,
    ReadPixels,
    RegionView,
    Sharpen,
    Snap,
    Thumbnail,
    TraceOutlines,
)
from app.engine.values import TILE_PX, ImageRef
from app.images.edges import EdgeMap
from app.images.overview import overview_of, overview_shrink
from app.images.reading import read_thumbnail
from app.images.tiled_tiff import PixelBox, TiledPicture, TilePixels, cut, open_tiled
from app.masks.outlines import outlines_of
from app.masks.rle import Mask
from app.masks.snapping import snap, snapping_box
from app.problem import Problem
from app.sam.types import Size
from app.text import say


class ReaderContext:
    """What those share who answer requests on the reader's thread: the images, how to reply, the overview in work."""

    def __init__(
        self,
        images: ImageCache,
        deliver: Callable[[Reply], None],
        overview_made: Callable[[ImageRef], None],
        is_stored: Callable[[EmbeddingKey], bool],
        is_wanted: Callable[[ImageRequest], bool],
    ) -> None:
        """Begins with no overview. is_stored: tells whether an embedding is on the disk; is_wanted: whether what takes
        long is still waited for."""
        self.images = images
        self.deliver = deliver
        self.overview_made = overview_made
        self.is_stored = is_stored
        self.is_wanted = is_wanted
        self.making: OverviewInWork | None = None
        """The overview that is made when nothing else is asked for."""


# --- the canvas ------------------------------------------------------------------------------------------------------


def view(context: ReaderContext, request: RegionView) -> None:
    """Answers with the image for the canvas; of a huge one with its overview."""
    images, making = context.images, context.making
    context.making = making if making and making.image == request.image else None
    path = request.image.checked_path()
    tiled = open_tiled(path)
    if tiled is not None:
        images.hold(None)
        context.deliver(_view_of_tiled(context, request.image, tiled))
        return
    images.hold(path)  # what was held before goes, before this one is read
    picture = images.read(path)
    size = picture.pixels.shape[:2]
    found = size, picture.content_hash, picture.size_bytes, picture.mtime_ns
    if in_parts(size):
        context.deliver(Viewed(request.image, *found, pyramid(overview_of(picture.pixels)), overview_shrink(size)))
        return
    images.hold(None)
    context.deliver(Viewed(request.image, *found, pyramid(picture.pixels)))


def read_pixels(context: ReaderContext, request: ReadPixels) -> None:
    """Answers with the pixels of a part of an image."""
    context.deliver(PixelsRead(request, context.images.part(request.image.checked_path(), request.box, request.shrink)))


def map_edges(context: ReaderContext, request: MapEdges) -> None:
    """Answers with the ways along the edges of a part of an image."""
    pixels = context.images.part(request.image.checked_path(), request.box, request.shrink)
    context.deliver(EdgesMapped(request, EdgeMap(pixels, request.box, request.shrink, request.start)))


def snap_outlines(context: ReaderContext, request: Snap) -> None:
    """Answers with the one mask of the request, snapped."""
    [(_, mask)] = request.masks
    box = snapping_box(mask, request.band)
    pixels = context.images.part(request.image.checked_path(), box)
    context.deliver(Snapped(request, snap(mask, pixels, box, request.band)))


def trace(context: ReaderContext, request: TraceOutlines) -> None:
    """Answers with the outlines of some masks, unless the person has moved on: thousands of masks take seconds, which
    nobody who wants another image is to wait for."""
    traced: list[list[NDArray[np.float32]]] = []
    for _, mask in request.masks:
        if not context.is_wanted(request):
            return
        traced.append(_outlines(mask))
    context.deliver(Outlined(request.image, request.masks, tuple(traced)))


def _outlines(mask: Mask) -> list[NDArray[np.float32]]:
    """None of a mask that is damaged: the others of its image are drawn; `check` tells."""
    try:
        return outlines_of(mask)
    except Problem:
        return []


# --- huge images -----------------------------------------------------------------------------------------------------


def go_on_with_overview(context: ReaderContext) -> None:
    """Makes some more of the overview in work, and tells what more there is to be seen."""
    making = context.making
    assert making is not None
    if making.step() and making.pixels is not None:
        context.deliver(Overviewed(making.image, pyramid(making.pixels), making.fraction))
    _end_making(context)


def sharpen(context: ReaderContext, request: Sharpen) -> None:
    """Answers with the one tile of the request."""
    size, read = _parts_of(context, request.image)
    [(column, row)] = request.tiles
    side, (height, width) = TILE_PX * request.shrink, size
    x, y = column * side, row * side
    pixels = read((x, y, min(x + side, width), min(y + side, height)), request.shrink)
    context.deliver(Tile(request.image, request.shrink, column, row, as_painted(pixels)))


def _view_of_tiled(context: ReaderContext, image: ImageRef, tiled: TiledPicture) -> Viewed:
    """Returns the view of a tiled picture with as much of its overview as is there in a moment; more follows."""
    pixels = context.images.overview(tiled)
    if pixels is None:
        if context.making is None or context.making.picture is not tiled:
            context.making = OverviewInWork(image, tiled)
        pixels = context.making.begin()
        _end_making(context)
    shrink = overview_shrink(tiled.size)
    return Viewed(image, tiled.size, tiled.content_hash, tiled.size_bytes, tiled.mtime_ns, pyramid(pixels), shrink)


def _end_making(context: ReaderContext) -> None:
    """When it is done."""
    making = context.making
    if making is not None and making.is_done and making.pixels is not None:
        context.making = None
        context.images.keep_overview(making.picture, making.pixels, on_disk=making.took_long)
        context.overview_made(making.image)


def _parts_of(context: ReaderContext, image: ImageRef) -> tuple[Size, Callable[[PixelBox, int], TilePixels]]:
    """(height, width) of a picture that is looked at in parts, and what reads one."""
    path = image.checked_path()
    tiled = open_tiled(path)
    if tiled is not None:
        return tiled.size, tiled.read
    pixels = context.images.read(path).pixels
    if not in_parts(pixels.shape[:2]):
        raise Problem(say("{image}: the file was replaced meanwhile: open the image again.", image=image.name))
    return pixels.shape[:2], partial(cut, pixels)


# --- the list --------------------------------------------------------------------------------------------------------


def make_thumbnail(context: ReaderContext, request: Thumbnail) -> None:
    """Answers with the thumbnail of an image."""
    path = request.image.checked_path()
    pixels = context.images.peek(path)
    if pixels is None:
        pixels = read_thumbnail(path, request.size_px)
    context.deliver(Thumbnailed(request.image, _shrunk(pixels, request.size_px)))


def _shrunk(pixels: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = size_px / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def find_embeddings(context: ReaderContext, request: FindEmbeddings) -> None:
    """Answers with the images that have an embedding on the disk."""
    found = (id for id, content_hash in request.images if context.is_stored((content_hash, request.model_key)))
    context.deliver(EmbeddingsFound(request, tuple(found)))
