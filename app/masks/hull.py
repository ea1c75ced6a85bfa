"""The convex hull of a mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.masks.pieces import Pieces, pieces_of
from app.masks.rle import Mask

_Ints = NDArray[np.int64]


def hull(mask: Mask) -> Mask:
    """Returns the mask of all pixels whose middle lies in the convex hull of the middles of those of the mask."""
    pieces = pieces_of(mask)
    if not len(pieces.columns):
        return mask
    firsts = np.flatnonzero(np.diff(pieces.columns, prepend=-1))
    lasts = np.append(firsts[1:], len(pieces.columns)) - 1
    columns = pieces.columns[firsts]
    across = np.arange(int(columns[0]), int(columns[-1]) + 1)
    # above is negative: the least row of a hull is rounded up, the greatest down
    tops = -_over(columns, -pieces.tops[firsts], across)
    bottoms = _over(columns, pieces.bottoms[lasts] - 1, across) + 1
    return Pieces(across, tops, bottoms, mask.size).mask()


def _over(columns: _Ints, rows: _Ints, across: _Ints) -> _Ints:
    """The greatest whole rows, at each column across, that are not beyond the upper convex hull of the points."""
    corners = _chain(columns, rows)
    x, y = columns[corners], rows[corners]
    at = np.clip(np.searchsorted(x, across, "right") - 1, 0, max(len(x) - 2, 0))
    if len(x) == 1:
        return y[at]
    return y[at] + (y[at + 1] - y[at]) * (across - x[at]) // (x[at + 1] - x[at])


def _chain(columns: _Ints, rows: _Ints) -> list[int]:
    """The corners of the upper convex hull (monotone chain). Source: A. M. Andrew, 1979."""
    x, y = columns.tolist(), rows.tolist()
    chain: list[int] = []
    for i in range(len(x)):
        while len(chain) > 1:
            a, b = chain[-2], chain[-1]
            if (x[b] - x[a]) * (y[i] - y[a]) < (y[b] - y[a]) * (x[i] - x[a]):
                break
            chain.pop()
        chain.append(i)
    return chain
