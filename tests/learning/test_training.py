"""The training itself: it learns, it goes on where it was killed, and its files are what the program loads."""

import contextlib
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from app.learning.scenes.scene import ScenePool, scene_of, write_scenes
from app.learning.training.export import export
from app.learning.training.trainer import Recipe, Trainer, TrainingModel, save
from app.learning.training.workers import _prepared
from app.sam.encoders.starter import FEATURE_WIDTHS, Starter, TrunkEncoder
from app.sam.layers import FrozenNormConv
from app.sam.load import load_predictor
from app.sam.types import Prompt
from tests.e2e.screen import wait_for

SMALL = ((64, 2, 1.0),)

pytestmark = pytest.mark.xdist_group("training")  # one process makes what they share


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few discs and squares on plain grounds."""
    folder = tmp_path_factory.mktemp("scenes")
    rng = np.random.default_rng(0)
    made = []
    y, x = np.mgrid[:96, :96]
    while len(made) < 12:
        disc = (x - rng.integers(25, 70)) ** 2 + (y - rng.integers(25, 70)) ** 2 < rng.integers(10, 24) ** 2
        square = (x > 8) & (x < 90) & (y > 8) & (y < 90)
        image = np.where(disc[..., None], rng.integers(0, 255, 3), np.where(square[..., None], 90, 160))
        scene = scene_of(image.astype(np.uint8), [disc, square | disc])
        if scene is not None:
            made.append(scene)
    write_scenes(folder / "few.scenes", made)
    return folder


def trainer(scenes: Path, recipe: Recipe) -> Trainer:
    torch.manual_seed(0)
    return Trainer(TrainingModel(Starter(), FEATURE_WIDTHS), ScenePool(scenes), recipe)


def losses(of: Trainer, steps: int) -> list[float]:
    return [of.train_step(of.lesson(of.step)).loss for _ in range(steps)]


@pytest.mark.slow
def test_two_hundred_steps_on_a_few_scenes_lower_the_loss(scenes):
    learner = trainer(scenes, Recipe(steps=200, dense_steps=60, warm_up=20, sizes=SMALL))
    dense, prompted = losses(learner, 60), losses(learner, 140)
    assert np.mean(dense[-15:]) < 0.8 * np.mean(dense[:15])
    assert np.mean(prompted[-30:]) < 0.8 * np.mean(prompted[:30])


def test_scaled_weights_of_frozen_norms_are_exact_in_half_precision(tmp_path):
    network = Starter(TrunkEncoder())
    with torch.no_grad():
        for layer in (each for each in network.modules() if isinstance(each, FrozenNormConv)):
            layer.weight.normal_()
            layer.get_buffer("scale").normal_().mul_(3)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    student = TrainingModel(network, FEATURE_WIDTHS)
    save(tmp_path / "worker0.pt", {"average": student.state_dict()})
    export(tmp_path / "worker0.pt", tmp_path / "mine.safetensors")
    found = load_file(tmp_path / "mine.safetensors")
    scales = [name for name in found if name.endswith(".scale")]
    assert len(scales) > 40
    for name in scales:
        convolution = f"{name.removesuffix('scale')}weight"
        scaled = found[convolution].float() * found[name]
        torch.testing.assert_close(scaled.half().float(), scaled, rtol=0, atol=1e-7)  # the step of the smallest
        torch.testing.assert_close(scaled, before[convolution] * before[name], rtol=1e-3, atol=1e-5)


def test_the_rate_warms_up_and_falls_to_nothing():
    recipe = Recipe(steps=100, warm_up=10, cool_share=0.5)
    rates = [recipe.rate_at(step) for step in range(101)]
    assert rates[0] == pytest.approx(0.1 * recipe.rate)
    assert rates[10] == rates[50] == recipe.rate
    assert rates[99] < 0.01 * recipe.rate
    assert rates[100] == 0  # of the curve's last line


def test_resuming_gives_the_same_state(scenes, tmp_path):
    recipe = Recipe(steps=6, dense_steps=2, warm_up=2, sizes=SMALL)
    through = trainer(scenes, recipe)
    losses(through, 6)

    killed = trainer(scenes, recipe)
    losses(killed, 3)
    save(tmp_path / "worker0.pt", killed.state())
    resumed = trainer(scenes, recipe)
    resumed.restore(torch.load(tmp_path / "worker0.pt", weights_only=True))
    losses(resumed, 3)

    assert resumed.step == through.step
    for name, value in through.state()["student"].items():
        assert torch.equal(value, resumed.state()["student"][name]), name
    for name, value in through.state()["average"].items():
        assert torch.equal(value, resumed.state()["average"][name]), name


def test_what_is_exported_is_what_the_program_loads(scenes, tmp_path):
    learner = trainer(scenes, Recipe(steps=2, warm_up=1, sizes=SMALL))
    losses(learner, 2)
    save(tmp_path / "worker0.pt", learner.state())
    export(tmp_path / "worker0.pt", tmp_path / "mine.safetensors")
    assert (tmp_path / "mine.safetensors").stat().st_size < 15e6
    predictor = load_predictor(str(tmp_path / "mine.safetensors"))
    embedding = predictor.encode(np.full((120, 160, 3), 90, np.uint8))
    assert len(predictor.decode(embedding, Prompt().with_point(80, 60))) == 3


def test_what_goes_wrong_with_a_lesson_ends_the_training(scenes):
    """It does not wait for a lesson that never comes."""

    class Damaged(ScenePool):
        def __getitem__(self, index):
            raise ValueError("damaged")

    recipe = Recipe(steps=3, sizes=SMALL)
    learner = Trainer(TrainingModel(Starter(), FEATURE_WIDTHS), Damaged(scenes), recipe)
    with pytest.raises(ValueError, match="damaged"):
        list(_prepared(learner, recipe))


def _kill_all(run: subprocess.Popen) -> None:
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def _kill_the_first_alone(run: subprocess.Popen) -> None:
    """As a person does who started it in the background, where shells have Ctrl+C ignored: nobody tells the others."""
    run.kill()
    run.wait()
    wait_for(lambda: not _is_group(run.pid), 60, "what was killed goes on")


def _is_group(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, 0)
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kill", [_kill_all, _kill_the_first_alone])
def test_workers_share_a_student_and_go_on_after_a_kill(scenes, tmp_path, kill):
    """Real processes, really killed."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\nfrom pathlib import Path\nimport torch\n"
        "from app.learning.training import workers\n"
        "from app.learning.training.trainer import Recipe, TrainingModel\n"
        "from app.sam.encoders.starter import FEATURE_WIDTHS, Starter\n"
        "workers._SAVE_EVERY_S = 1.0\n"
        "if __name__ == '__main__':\n"
        "    recipe = Recipe(steps=int(sys.argv[3]), dense_steps=5, warm_up=2, sizes=((64, 2, 1.0),))\n"
        "    heard = lambda line: print(line['step'], flush=True)\n"
        "    student = TrainingModel(Starter(), FEATURE_WIDTHS)\n"
        "    workers.train(student, Path(sys.argv[1]), recipe, Path(sys.argv[2]), on_progress=heard)\n"
    )
    folder = tmp_path / "run"

    def start(steps: int) -> subprocess.Popen:
        root = Path(__file__).parents[2]
        command = [sys.executable, str(program), str(scenes), str(folder), str(steps)]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        ignore = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
        return subprocess.Popen(command, cwd=root, env=environment, start_new_session=True, preexec_fn=ignore)

    endless = start(100_000)
    wait_for(lambda: len(list(folder.glob("worker*.pt"))) == 2, 90, "no checkpoints")
    kill(endless)
    reached = [torch.load(folder / f"worker{i}.pt", weights_only=True)["step"] for i in range(2)]
    goal = max(reached) + 3
    assert start(goal).wait(120) == 0
    assert [torch.load(folder / f"worker{i}.pt", weights_only=True)["step"] for i in range(2)] == [goal, goal]
