"""Weights out of a graph of ONNX, which OpenVINO reads: no program for ONNX itself is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.problem import Problem
from app.text import say


def constants_of(graph: Path) -> dict[str, NDArray[np.float32]]:
    """Returns the constants of an ONNX file by their names. Problem where OpenVINO does not serve this machine."""
    try:
        import openvino
    except ImportError as error:
        raise Problem(say("{file} cannot be read: OpenVINO is not installed here.", file=graph.name)) from error
    nodes = openvino.Core().read_model(graph).get_ordered_ops()
    return {node.get_friendly_name(): node.data for node in nodes if node.get_type_name() == "Constant"}
