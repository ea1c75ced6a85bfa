"""labelme's reader and writer without its window: importing it asks for Qt and ONNX, of which they use nothing."""

import sys
from unittest.mock import MagicMock

sys.modules.update({"PyQt5": MagicMock(), "onnxruntime": MagicMock()})

import labelme  # noqa: E402

__all__ = ["labelme"]
