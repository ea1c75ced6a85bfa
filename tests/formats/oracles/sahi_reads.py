"""question.npz answer.npz FILE: what SAHI sees in a file of COCO."""

import sys
from pathlib import Path

import absent
import numpy as np
from exchange import Seen, save

assert absent
from sahi.utils.coco import Coco  # noqa: E402
from sahi.utils.cv import get_bool_mask_from_coco_segmentation  # noqa: E402


def main(_question, answer, file):
    coco = Coco.from_coco_dict_or_path(file)
    save(answer, [
        Seen(
            Path(image.file_name).with_suffix("").as_posix(),
            each.category_name,
            np.asarray(get_bool_mask_from_coco_segmentation(each.segmentation, image.width, image.height)).astype(bool),
        )
        for image in coco.images
        for each in image.annotations
    ])  # fmt: skip


main(*sys.argv[1:])
