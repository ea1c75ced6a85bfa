"""The table of what answers each type of request on the engine's thread; the reader has its own (engine.reader)."""

from __future__ import annotations

from app.engine.carrying import carry
from app.engine.context import Handlers
from app.engine.decoding import decode, hover
from app.engine.everything import propose
from app.engine.loading import load, unload
from app.engine.requests import Carry, Decode, DecodeHover, LoadModel, Propose, UnloadModel

HANDLERS: Handlers = {
    LoadModel: load,
    UnloadModel: unload,
    Decode: decode,
    DecodeHover: hover,
    Propose: propose,
    Carry: carry,
}
"""Encode and Job are missing: what to encode and what to step is up to the queue (engine.encoding, engine.batch)."""
