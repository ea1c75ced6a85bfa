"""question.npz answer.npz FORMAT FOLDER [KEY=VALUE ...]: has datumaro write the objects; the answer is empty."""

import sys
from itertools import count

import numpy as np
from datumaro.components.annotation import Bbox, Mask, Polygon
from datumaro.components.dataset import Dataset
from datumaro.components.dataset_base import DatasetItem
from datumaro.components.media import Image
from exchange import load, save

SIZE = (12, 20)
"""(height, width) of an image that has no masks."""


def annotation(number, each, label, kind):
    known = {"label": label, "id": number, "group": number}
    if each.pixels.size and not kind.startswith("yolo"):
        return Mask(each.pixels, **known)
    if each.pixels.size:
        ys, xs = np.nonzero(each.pixels)
        x, y = int(xs.min()), int(ys.min())
        return Bbox(x, y, int(xs.max()) + 1 - x, int(ys.max()) + 1 - y, **known)
    if len(each.points) == 4:
        return Bbox(*each.points, **known)
    return Polygon(each.points, **known)


def main(question, answer, kind, folder, *options):
    objects = load(question)
    names = list(dict.fromkeys(each.name for each in objects))
    items = []
    for image in dict.fromkeys(each.image for each in objects):
        found = [each for each in objects if each.image == image]
        size = next((each.pixels.shape for each in found if each.pixels.size), SIZE)
        numbers = count(1 + sum(len(item.annotations) for item in items))
        annotations = [annotation(next(numbers), each, names.index(each.name), kind) for each in found]
        media = Image.from_numpy(np.zeros((*size, 3), np.uint8), ext=".png")
        items.append(DatasetItem(image, subset="train", media=media, annotations=annotations))
    if kind == "yolo_ultralytics":  # it wants both subsets
        items.append(DatasetItem("none", subset="val", media=Image.from_numpy(np.zeros((2, 2, 3), np.uint8))))
    dataset = Dataset.from_iterable(items, categories=names)
    dataset.export(folder, kind, save_media=True, **dict(option.split("=") for option in options))
    save(answer, [])


main(*sys.argv[1:])
