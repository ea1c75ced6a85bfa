"""question.npz answer.npz FILE: which boxes globox sees in a file of COCO."""

import sys
from pathlib import Path

import absent
import numpy as np
from exchange import Seen, save

assert absent
from globox import AnnotationSet  # noqa: E402


def main(_question, answer, file):
    save(answer, [
        Seen(
            Path(image.image_id).with_suffix("").as_posix(),
            box.label,
            np.zeros((0, 0), bool),
            (box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin),
        )
        for image in AnnotationSet.from_coco(file)
        for box in image.boxes
    ])  # fmt: skip


main(*sys.argv[1:])
