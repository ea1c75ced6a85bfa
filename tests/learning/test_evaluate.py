"""The figures of an evaluation: with a segmenter that knows the answers, and with the model in the box."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from app.learning.clicks import MAX_CLICKS
from app.learning.evaluate import evaluate
from app.masks.rle import Mask
from app.problem import Problem
from app.sam.load import load_predictor
from app.sam.types import Candidate, Embedding, Frame
from tests.bench import starter_figures
from tests.conftest import drained

SIZE = (64, 96)
FRAME = Frame(SIZE, SIZE, SIZE, SIZE)


def box(x0, y0, x1, y1):
    pixels = np.zeros(SIZE, bool)
    pixels[y0:y1, x0:x1] = True
    return pixels


BIG, SMALL, RING = box(8, 8, 48, 48), box(60, 10, 80, 30), box(50, 36, 90, 60) & ~box(60, 42, 80, 54)


class Script:
    """Answers from a list of masks, best first; notes what it was asked. The last answer is repeated."""

    def __init__(self, *answers):
        self.answers = answers
        self.images = []
        self.clicks = []

    def encode(self, image):
        self.images.append(image)
        return Embedding((), FRAME, "script")

    def decode(self, _embedding, prompt):
        number = len(prompt.points)
        if prompt.box is None:
            self.clicks.append(prompt)
        masks = self.answers[min(number, len(self.answers)) - 1] if number else [self.answers[-1][0]]
        return [Candidate(np.where(m, 4, -4).astype(np.float32), 0.9, 1.0, FRAME) for m in masks]


def run(predictor, images_dir, annotations, limit=None, seed=0):
    return drained(evaluate(predictor, images_dir, annotations, limit=limit, seed=seed))


@pytest.fixture
def coco(tmp_path):
    """Writes a COCO file of masks, each (image, pixels), and the images."""

    def write(*objects, **changes):
        names = sorted({name for name, _ in objects})
        for name in names:
            Image.new("RGB", SIZE[::-1], "gray").save(tmp_path / name)
        images = [{"id": i, "file_name": n, "width": SIZE[1], "height": SIZE[0]} for i, n in enumerate(names, 1)]
        annotations = []
        for number, (name, pixels) in enumerate(objects, 1):
            rle = coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
            rle["counts"] = rle["counts"].decode()
            image_id = names.index(name) + 1
            annotations.append({"id": number, "image_id": image_id, "segmentation": rle, "iscrowd": 0, **changes})
        file = tmp_path / "coco.json"
        file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": []}))
        return tmp_path, file

    return write


def test_one_who_knows_the_answer_needs_one_click(coco):
    result = run(Script([BIG]), *coco(("a.png", BIG)))
    assert result.pop("seconds") >= 0
    assert result == {
        "miou_point": 1.0,
        "miou_point_oracle": 1.0,
        "miou_box": 1.0,
        "iou_at": {1: 1.0, 3: 1.0, 5: 1.0, 10: 1.0},
        "noc80": 1.0,
        "noc85": 1.0,
        "noc90": 1.0,
        "n": 1,
    }


def test_one_who_never_learns_needs_all_clicks(coco):
    result = run(Script([SMALL]), *coco(("a.png", BIG)))
    assert result["miou_point"] == result["miou_box"] == result["iou_at"][10] == 0
    assert result["noc80"] == result["noc90"] == MAX_CLICKS


def test_the_best_scored_candidate_counts_and_the_oracle_takes_the_best(coco):
    half = box(8, 8, 28, 48)
    result = run(Script([half, BIG, SMALL]), *coco(("a.png", BIG)))
    assert (result["miou_point"], result["miou_point_oracle"]) == (0.5, 1.0)


def test_figures_of_clicks_follow_the_answers(coco):
    answers = [[box(8, 8, 8 + width, 48)] for width in (20, 33, 35, 37)]  # IoU 0.5, 0.825, 0.875, 0.925
    result = run(Script(*answers), *coco(("a.png", BIG)))
    assert result["iou_at"] == {1: 0.5, 3: 0.875, 5: 0.925, 10: 0.925}
    assert (result["noc80"], result["noc85"], result["noc90"]) == (2, 3, 4)


def test_each_click_brings_the_earlier_ones_and_the_previous_logits(coco):
    script = Script([box(8, 8, 28, 48)], [BIG | SMALL], [BIG])
    run(script, *coco(("a.png", BIG)))
    alone, first, second, third = script.clicks
    assert alone.logits is None
    assert first.logits is None
    assert first.points.tolist() == alone.points.tolist() == [[27.5, 27.5]]
    np.testing.assert_array_equal(second.logits > 0, box(8, 8, 28, 48))
    np.testing.assert_array_equal(third.logits > 0, BIG | SMALL)
    assert third.labels.tolist() == [1, 1, 0]
    assert third.points[:2].tolist() == second.points.tolist()


def test_each_image_is_encoded_once(coco):
    script = Script([BIG])
    result = run(script, *coco(("a.png", BIG), ("b.png", BIG), ("a.png", SMALL), ("b.png", RING)))
    assert result["n"] == 4
    assert len(script.images) == 2


def test_figures_are_means_over_the_objects(coco):
    result = run(Script([BIG]), *coco(("a.png", BIG), ("a.png", SMALL)))
    assert result["miou_point"] == 0.5
    assert result["noc90"] == (1 + MAX_CLICKS) / 2


def test_a_draw_is_the_same_for_the_same_seed(coco):
    objects = [("a.png", box(2 * i, 0, 2 * i + 2, 2 + i)) for i in range(40)]
    arguments = coco(*objects)

    def first_clicks(seed):
        script = Script([BIG])
        assert run(script, *arguments, limit=5, seed=seed)["n"] == 5
        return [p.points.tolist() for p in script.clicks if len(p.points) == 1]

    assert first_clicks(0) == first_clicks(0)
    assert first_clicks(0) != first_clicks(1)


def test_crowds_are_nothing_to_measure_on(coco):
    with pytest.raises(Problem, match=r"coco\.json"):
        run(Script([BIG]), *coco(("a.png", BIG), iscrowd=1))


def test_what_cannot_be_read_is_passed_over(coco):
    folder, file = coco(("a.png", BIG), ("b.png", BIG), ("c.png", BIG), ("d.png", box(0, 0, 0, 0)), ("e.png", BIG))
    (folder / "b.png").unlink()
    (folder / "c.png").write_bytes(b"")
    (folder / "d.png").write_bytes((folder / "a.png").read_bytes())
    whole = (folder / "e.png").read_bytes()
    (folder / "e.png").write_bytes(whole[: len(whole) // 2])
    assert run(Script([BIG]), folder, file)["n"] == 1


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png", "sub/../../a.png"])
def test_no_file_outside_the_folder_is_read(coco, tmp_path, name):
    _, file = coco(("a.png", BIG))
    inside = tmp_path / "sub"
    inside.mkdir()
    file.write_text(file.read_text().replace("a.png", name))
    with pytest.raises(Problem):
        run(Script([BIG]), inside, file)


def test_masks_of_another_size_than_the_image_are_passed_over(coco):
    folder, file = coco(("a.png", BIG))
    Image.new("RGB", (10, 10)).save(folder / "a.png")
    with pytest.raises(Problem):
        run(Script([BIG]), folder, file)


def test_the_model_in_the_box_is_measured(coco):
    """Bright discs on grey: the starter must find them from a click, better from more of them."""
    folder, file = coco(("a.png", BIG))
    centres = ((20, 20), (70, 40))
    picture = np.full((*SIZE, 3), 90, np.uint8)
    for centre in centres:
        cv2.circle(picture, centre, 14, (230, 60, 40), -1)
    Image.fromarray(picture).save(folder / "a.png")
    discs = []
    for centre in centres:
        disc = cv2.circle(np.zeros(SIZE, np.uint8), centre, 14, 1, -1)
        rle = coco_mask.encode(np.asfortranarray(disc))
        discs.append({"id": centre[0], "image_id": 1, "segmentation": {**rle, "counts": rle["counts"].decode()}})
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "annotations": discs}))
    result = run(load_predictor("starter"), folder, file)
    assert result["n"] == 2
    assert result["miou_point"] == pytest.approx(result["iou_at"][1])
    assert result["miou_point_oracle"] >= result["miou_point"]
    assert result["miou_box"] > 0.8
    assert result["iou_at"][10] > 0.8
    assert 1 <= result["noc80"] <= result["noc85"] <= result["noc90"] <= MAX_CLICKS


def test_the_bench_finds_what_everything_mode_found(coco, monkeypatch):
    folder, file = coco(("a.png", BIG), ("a.png", SMALL))
    monkeypatch.setattr(starter_figures, "_proposals", lambda *_: [Mask.from_array(BIG), Mask.from_array(RING)])
    found = starter_figures.of_everything(Script([BIG]), folder, file)
    assert found[f"recall at {starter_figures.PROPOSALS}"] == 0.5
    assert found["proposals"] == 2


def test_the_bench_tells_whether_the_better_masks_are_ranked_higher(coco):
    class Ranking(Script):
        def decode(self, _embedding, _prompt):
            shown = {0.9: BIG, 0.5: box(8, 8, 28, 48), 0.1: SMALL}
            if self.answers[0] == "wrong":
                shown = dict(zip(shown, reversed(shown.values()), strict=True))
            return [Candidate(np.where(m, 4, -4).astype(np.float32), p, 1.0, FRAME) for p, m in shown.items()]

    for kind, expected in (("right", 1), ("wrong", -1)):
        found = starter_figures.rank_correlation(Ranking(kind), *coco(("a.png", BIG)), seed=0)
        assert found == pytest.approx(expected)
