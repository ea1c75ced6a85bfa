"""python scale_datumaro.py import|export FOLDER, in the environment of the references: prints the seconds it took and
the most memory. Of an export only the writing is timed."""

import json
import sys
import time
from pathlib import Path

from datumaro import Dataset
from datumaro.components.annotation import AnnotationType


def main(what: str, folder: Path) -> None:
    began = time.perf_counter()
    dataset = Dataset.import_from(str(folder / "annotations" / "instances_all.json"), "coco_instances")
    masks = sum(each.type == AnnotationType.mask for item in dataset for each in item.annotations)
    assert masks, "it found none"
    if what == "export":
        began = time.perf_counter()
        dataset.export(str(folder / "datumaro"), "coco_instances", save_media=False)
    seconds = time.perf_counter() - began
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    print(json.dumps({"seconds": seconds, "peak_mb": int(line.split()[1]) * 1024 / 1e6}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
