"""How a compiled network wants to be asked: what its family knows beside the weights. No torch here."""

from __future__ import annotations

import msgspec


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kept beside the compiled parts of a network, so that they can be run without the network."""

    needs_tidying: bool = False
    """Its masks have islands and pinholes that nobody asked for: see sam.tidy."""
    pads_clicks: bool = False
    """One more point, of the label NOTHING, where a box could have been."""
    decodes_exactly: bool = False
    """In float32, whatever the encoder computes in: bfloat16 would change its masks."""
    boxes_twice: bool = False
    """A box alone is answered in two passes, the second with the mask of the first."""
