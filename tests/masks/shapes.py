"""Masks for the tests: small ones of every kind, made by hypothesis, and a large smooth one."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray


def masks(max_side: int = 12) -> st.SearchStrategy[NDArray[np.bool_]]:
    """(H, W) bool: noise (holes, islands, diagonal neighbours), empty, full, and rectangles at the borders."""
    shapes = array_shapes(min_dims=2, max_dims=2, max_side=max_side)
    return st.one_of(arrays(np.bool_, shapes), shapes.flatmap(_filled), shapes.flatmap(_rectangle))


def _filled(shape: tuple[int, ...]) -> st.SearchStrategy[NDArray[np.bool_]]:
    return st.booleans().map(lambda value: np.full(shape, value))


@st.composite
def _rectangle(draw: st.DrawFn, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    rows, columns = (sorted((draw(st.integers(0, n)), draw(st.integers(0, n)))) for n in shape)
    pixels = np.zeros(shape, np.bool_)
    pixels[slice(*rows), slice(*columns)] = True
    return pixels


def flower(side: int) -> NDArray[np.bool_]:
    """(side, side) bool: a round shape with petals."""
    y, x = np.mgrid[:side, :side] - side / 2
    return np.hypot(x, y) < side * 0.4 * (1 + 0.1 * np.sin(9 * np.arctan2(y, x)))
