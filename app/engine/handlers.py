"""The table of what answers each type of request; its lane says on which thread: the engine's or the reader's."""

from __future__ import annotations

from app.engine.carrying import carry
from app.engine.context import Handlers
from app.engine.decoding import decode, hover
from app.engine.everything import propose
from app.engine.loading import load, unload
from app.engine.looking import (
    find_embeddings,
    make_thumbnail,
    map_edges,
    read_pixels,
    sharpen,
    snap_outlines,
    trace,
    view,
)
from app.engine.requests import (
    Carry,
    Decode,
    DecodeHover,
    FindEmbeddings,
    LoadModel,
    MapEdges,
    Propose,
    ReadPixels,
    RegionView,
    Sharpen,
    Snap,
    Thumbnail,
    TraceOutlines,
    UnloadModel,
)

HANDLERS: Handlers = {
    LoadModel: load,
    UnloadModel: unload,
    Decode: decode,
    DecodeHover: hover,
    Propose: propose,
    Carry: carry,
    RegionView: view,
    ReadPixels: read_pixels,
    MapEdges: map_edges,
    Sharpen: sharpen,
    Snap: snap_outlines,
    TraceOutlines: trace,
    Thumbnail: make_thumbnail,
    FindEmbeddings: find_embeddings,
}
"""Encode, StopProposing and Job are missing: they tell the queue what to encode and what to step (engine.scheduler)."""
