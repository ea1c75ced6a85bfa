"""Outlines (numpy) as QPainterPath, without a Python loop over their points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPainterPath

# One element of a serialised QPainterPath (QDataStream, big endian): 0 = move to, 1 = line to; then x, y.
_ELEMENT = np.dtype([("type", ">i4"), ("x", ">f8"), ("y", ">f8")])
_ODD_EVEN_FILL = 0


def painter_path(outlines: Sequence[NDArray[np.float32]]) -> QPainterPath:
    """Returns closed polygons (N, 2) float32 xy as one path, filled by the even-odd rule: holes stay open."""
    polygons = [p for p in outlines if len(p) >= 3]
    return _path(_elements(polygons)) if polygons else QPainterPath()


def edges_path(edges: NDArray[np.float64]) -> QPainterPath:
    """Returns edges (N, 4) x0 y0 x1 y1 as a path of single lines."""
    elements = np.empty(2 * len(edges), _ELEMENT)
    elements["type"] = np.arange(len(elements)) % 2
    elements["x"], elements["y"] = edges.reshape(-1, 2).T
    return _path(elements)


def _path(elements: NDArray[np.void]) -> QPainterPath:
    path = QPainterPath()
    head = np.array([len(elements)], ">i4").tobytes()
    tail = np.array([0, _ODD_EVEN_FILL], ">i4").tobytes()
    data = QByteArray(b"".join([head, elements.tobytes(), tail]))  # named: the stream only points at it
    stream = QDataStream(data)
    stream >> path  # pyright: ignore[reportUnusedExpression, reportOperatorIssue]
    return path


def _elements(polygons: Sequence[NDArray[np.float32]]) -> NDArray[np.void]:
    """Each ends where it began."""
    points = np.concatenate([part for polygon in polygons for part in (polygon, polygon[:1])])
    elements = np.empty(len(points), _ELEMENT)
    elements["type"] = 1
    lengths = np.fromiter((len(polygon) + 1 for polygon in polygons), np.int64, len(polygons))
    elements["type"][np.cumsum(lengths) - lengths] = 0
    elements["x"], elements["y"] = points.T
    return elements
