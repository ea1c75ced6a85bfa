"""question.npz answer.npz FOLDER [SHAPE_TYPE]: has labelme write the objects beside their images; the answer is empty.
Those with pixels are masks, the others of the type that is named."""

import sys
from pathlib import Path

import numpy as np
import PIL.Image
from exchange import load, save
from without_window import labelme


def shape(each, kind):
    known = {"label": each.name, "group_id": None, "description": "", "flags": {}}
    if each.pixels.size:
        ys, xs = np.nonzero(each.pixels)
        box = [int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())]
        cut = each.pixels[box[1] : box[3] + 1, box[0] : box[2] + 1]
        encoded = labelme.utils.img_arr_to_b64(cut.astype(np.uint8))
        return known | {"shape_type": "mask", "points": [box[:2], box[2:]], "mask": encoded}
    return known | {"shape_type": kind, "points": np.reshape(each.points, (-1, 2)).tolist(), "mask": None}


def main(question, answer, folder, kind="polygon"):
    objects = load(question)
    for image in dict.fromkeys(each.image for each in objects):
        file = Path(folder) / f"{image}.json"
        with PIL.Image.open(file.with_suffix(".png")) as picture:
            width, height = picture.size
        shapes = [shape(each, kind) for each in objects if each.image == image]
        labelme.LabelFile().save(
            str(file), shapes, f"{file.stem}.png", height, width,
            labelme.LabelFile.load_image_file(str(file.with_suffix(".png"))), flags={},
        )  # fmt: skip
    save(answer, [])


main(*sys.argv[1:])
