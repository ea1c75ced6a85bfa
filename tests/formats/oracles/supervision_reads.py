"""question.npz answer.npz FOLDER: what supervision sees in a folder of YOLO with its images."""

import sys
from pathlib import Path

import absent
from exchange import Seen, save

assert absent
import supervision  # noqa: E402


def main(_question, answer, folder):
    dataset = supervision.DetectionDataset.from_yolo(
        f"{folder}/images", f"{folder}/labels", f"{folder}/data.yaml", force_masks=True
    )
    images = Path(folder, "images")
    save(answer, [
        Seen(Path(path).relative_to(images).with_suffix("").as_posix(), dataset.classes[number], mask.astype(bool))
        for path, _, found in dataset
        for mask, number in zip(found.mask, found.class_id, strict=True)
    ])  # fmt: skip


main(*sys.argv[1:])
