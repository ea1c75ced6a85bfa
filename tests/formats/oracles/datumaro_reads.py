"""question.npz answer.npz FORMAT FOLDER [KEY=VALUE ...]: what datumaro sees in a folder."""

import sys

import numpy as np
from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset
from datumaro.util.mask_tools import rles_to_mask
from exchange import Seen, save

NOTHING = np.zeros((0, 0), bool)


def seen(item, annotation, name):
    match annotation.type:
        case AnnotationType.mask:
            return Seen(item.id, name, np.asarray(annotation.image).astype(bool))
        case AnnotationType.polygon:
            height, width = item.media.size
            return Seen(item.id, name, rles_to_mask([annotation.points], width, height).astype(bool))
        case AnnotationType.bbox:
            return Seen(item.id, name, NOTHING, tuple(map(float, annotation.get_bbox())))
        case kind:
            raise ValueError(kind)


def main(_question, answer, kind, folder, *options):
    dataset = Dataset.import_from(folder, kind, **dict(option.split("=") for option in options))
    labels = dataset.categories().get(AnnotationType.label)
    names = [label.name for label in labels.items] if labels else []
    save(answer, [
        seen(item, annotation, "" if annotation.label is None else names[annotation.label])
        for item in dataset
        for annotation in item.annotations
    ])  # fmt: skip


main(*sys.argv[1:])
