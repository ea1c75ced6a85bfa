"""python canvas_labelme.py PHOTO POLYGONS.npz VIEW SCALE STEPS, in an environment that labelme is installed in: prints
the median of the milliseconds that its own canvas takes to be panned by a step and painted, in the scroll area that its
window puts it in. VIEW: WIDTHxHEIGHT of what is seen; STEPS: a JSON list of [dx, dy] in pixels of the screen."""

import json
import os
import sys
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from labelme._shape import Shape
from labelme.widgets import Canvas
from PyQt5 import QtCore, QtGui, QtWidgets


def main(photo: Path, polygons: Path, view: str, scale: float, steps: list[list[int]]) -> None:
    app = QtWidgets.QApplication([])
    canvas, area = Canvas(), QtWidgets.QScrollArea()
    area.setWidget(canvas)
    area.setWidgetResizable(True)  # as in its MainWindow
    area.setFrameShape(QtWidgets.QFrame.NoFrame)
    for policy in (area.setHorizontalScrollBarPolicy, area.setVerticalScrollBarPolicy):
        policy(QtCore.Qt.ScrollBarAlwaysOff)  # all of the view is the image, as in ours
    area.resize(*map(int, view.split("x")))
    canvas.load_pixmap(QtGui.QPixmap(str(photo)))
    canvas.load_shapes([_shape(points) for points in np.load(polygons).values()])
    canvas.scale = scale
    canvas.adjustSize()
    area.show()
    bars = area.horizontalScrollBar(), area.verticalScrollBar()
    for bar in bars:
        bar.setValue(bar.maximum() // 2)
    app.processEvents()
    times = []
    for step in steps:
        before = [bar.value() for bar in bars]
        began = time.perf_counter()
        for bar, by in zip(bars, step):  # noqa: B905  as MainWindow._on_pan_request
            bar.setValue(bar.value() - by)
        app.processEvents()
        times.append((time.perf_counter() - began) * 1000)
        assert [bar.value() for bar in bars] != before, "it is at its end"
    print(json.dumps(median(times)))


def _shape(points: np.ndarray) -> Shape:
    shape = Shape(label="thing", shape_type="polygon")
    for x, y in points.tolist():
        shape.add_point(QtCore.QPointF(x, y))
    shape.close()
    return shape


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]), json.loads(sys.argv[5]))
