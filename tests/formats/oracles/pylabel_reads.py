"""question.npz answer.npz FILE: which boxes pylabel sees in a file of COCO."""

import sys
from pathlib import Path

import absent
import numpy as np
from exchange import Seen, save

assert absent
from pylabel import importer  # noqa: E402


def main(_question, answer, file):
    rows = importer.ImportCoco(file).df
    save(answer, [
        Seen(
            Path(row.img_folder, row.img_filename).with_suffix("").as_posix(),
            row.cat_name,
            np.zeros((0, 0), bool),
            tuple(float(row[f"ann_bbox_{key}"]) for key in ("xmin", "ymin", "width", "height")),
        )
        for _, row in rows.iterrows()
        if row.cat_name
    ])  # fmt: skip


main(*sys.argv[1:])
