"""A checkpoint is recognised and loaded strictly, or refused with one clear sentence."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import random
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from app.paths import resource
from app.problem import Problem
from app.sam.checkpoint import load_checkpoint
from app.sam.families import FAMILIES, model_key, recognise

OFFICIAL_KEYS = {"vit_b": 314, "vit_l": 482, "vit_h": 594, "mobile_sam": 439}
OFFICIAL_PARAMETERS = {"vit_b": 93_735_472, "vit_l": 312_342_832, "vit_h": 641_090_608, "mobile_sam": 10_130_092}
"""Of segment_anything and mobile_sam; the random frequencies are a buffer and not counted."""


def _shapes(name: str) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        return FAMILIES[name].build().state_dict()


def _hollow(name: str) -> dict[str, torch.Tensor]:
    """A checkpoint of the right shapes that takes no room on the disk."""
    return {key: torch.zeros((), dtype=t.dtype).expand(t.shape) for key, t in _shapes(name).items()}


def _problem(path) -> str:
    with pytest.raises(Problem) as caught:
        load_checkpoint(path)
    sentence = str(caught.value)
    assert path.name in sentence
    assert "\n" not in sentence
    assert len(sentence) < 300
    return sentence


@pytest.mark.parametrize("name", sorted(OFFICIAL_KEYS))
def test_keys_and_parameters_are_those_of_the_official_checkpoint(name):
    with torch.device("meta"):
        network = FAMILIES[name].build()
    assert len(network.state_dict()) == OFFICIAL_KEYS[name]
    assert sum(p.numel() for p in network.parameters()) == OFFICIAL_PARAMETERS[name]


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_family_is_recognised_by_its_own_checkpoint(name):
    assert recognise(_shapes(name), "x.pth").name == name


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_checkpoint_is_loaded_whatever_its_file_name(tmp_path, suffix):
    with torch.random.fork_rng():
        state = FAMILIES["mobile_sam"].build().state_dict()
    path = tmp_path / f"renamed{suffix}"
    torch.save(state, path) if suffix == ".pth" else save_file(state, path)
    family, network = load_checkpoint(path)
    assert family.name == "mobile_sam"
    assert all(torch.equal(tensor, state[key]) for key, tensor in network.state_dict().items())
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    path.unlink()  # nothing of it is in use any more


def test_half_precision_is_loaded_as_single(tmp_path):
    path = tmp_path / "half.pth"
    torch.save({k: t.half() if t.is_floating_point() else t for k, t in _hollow("mobile_sam").items()}, path)
    _, network = load_checkpoint(path)
    assert {t.dtype for t in network.parameters()} == {torch.float32}


def test_vit_b_is_loaded_from_its_official_keys(tmp_path):
    path = tmp_path / "sam_vit_b_01ec64.pth"
    torch.save(_hollow("vit_b"), path)
    family, network = load_checkpoint(path)
    assert family.title == "SAM ViT-B"
    assert len(network.state_dict()) == 314


def test_the_starter_is_small_and_in_the_box():
    path = resource("models/starter.safetensors")
    assert path.stat().st_size <= 15 << 20
    assert load_checkpoint(path)[0].name == "starter"


def test_the_model_key_names_family_and_file():
    assert model_key(FAMILIES["vit_b"], "ec2df62732614e57" + "0" * 48) == "vit_b-ec2df6273261"


def test_a_missing_file(tmp_path):
    assert "cannot be read" in _problem(tmp_path / "no.pth")


def test_a_folder(tmp_path):
    assert "not a file" in _problem(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret.pth"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "cannot be read" in _problem(path)


def test_an_empty_file(tmp_path):
    path = tmp_path / "a.pth"
    path.touch()
    assert "empty" in _problem(path)


def test_a_file_too_large_is_not_read(tmp_path):
    path = tmp_path / "huge.pth"
    with path.open("wb") as file:
        file.truncate(50 << 30)  # sparse
    assert "too large" in _problem(path)


@pytest.mark.parametrize(
    "text", [b"<!DOCTYPE html><html>Not found</html>", b"version https://git-lfs.github.com/spec/v1\n"]
)
def test_a_page_saved_as_a_model(tmp_path, text):
    path = tmp_path / "a.pth"
    path.write_bytes(text)
    assert "web page" in _problem(path)


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.999])
def test_a_truncated_download(tmp_path, keep):
    path = tmp_path / "a.pth"
    torch.save(_full_mobile(), path)
    _truncate(path, keep)
    assert "download it again" in _problem(path)


@pytest.mark.parametrize("keep", [0.5, 0.999])
def test_truncated_safetensors(tmp_path, keep):
    path = tmp_path / "a.safetensors"
    path.write_bytes(resource("models/starter.safetensors").read_bytes())
    _truncate(path, keep)
    assert "download it again" in _problem(path)


def _full_mobile():
    return {k: torch.zeros(t.shape, dtype=t.dtype) for k, t in _shapes("mobile_sam").items()}


def _truncate(path, keep: float) -> None:
    os.truncate(path, int(path.stat().st_size * keep))


def test_noise(tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(bytes(range(256)) * 10)
    assert "not a model" in _problem(path)


class _Code:
    def __reduce__(self):
        return os.mkdir, ("ran",)


@pytest.mark.parametrize("bare", [True, False], ids=["bare pickle", "checkpoint"])
def test_a_pickle_with_code_is_not_run(tmp_path, monkeypatch, bare):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pth"
    content = {**_hollow("mobile_sam"), "x": _Code()}
    path.write_bytes(pickle.dumps(content)) if bare else torch.save(content, path)
    assert "program code" in _problem(path)
    assert not (tmp_path / "ran").exists()


def test_a_zip_of_something_else(tmp_path):
    path = tmp_path / "a.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "archive" in _problem(path)


def test_a_zip_that_would_unpack_to_much_more_than_its_size(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x00" * (64 << 20))
    assert path.stat().st_size < 1 << 20
    assert "archive" in _problem(path)


def test_a_damaged_index_inside_a_whole_archive(tmp_path):
    path = tmp_path / "a.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00X\x05")
        archive.writestr("archive/version", b"3\n")
    _problem(path)


def test_foreign_keys_are_named(tmp_path):
    path = tmp_path / "a.pth"
    torch.save({"bert.embeddings": torch.zeros(2), "bert.pooler": torch.zeros(2), "cls": torch.zeros(1)}, path)
    assert "bert.embeddings, bert.pooler and 1 more" in _problem(path)


def test_keys_too_many_and_too_few_are_named(tmp_path):
    path = tmp_path / "a.pth"
    torch.save({**_hollow("mobile_sam"), "my.extra": torch.zeros(1), "my.other": torch.zeros(1)}, path)
    assert "MobileSAM" in _problem(path)
    assert "my.extra, my.other" in _problem(path)
    few = _hollow("mobile_sam")
    del few["mask_decoder.iou_token.weight"]
    torch.save(few, path)
    assert "lacks mask_decoder.iou_token.weight" in _problem(path)


def test_a_wrong_shape_is_named(tmp_path):
    path = tmp_path / "a.pth"
    torch.save({**_hollow("mobile_sam"), "mask_decoder.iou_token.weight": torch.zeros(1, 128)}, path)
    assert "mask_decoder.iou_token.weight is (1, 128) instead of (1, 256)" in _problem(path)


def test_weights_that_are_not_numbers(tmp_path):
    path = tmp_path / "a.pth"
    torch.save({**_hollow("mobile_sam"), "mask_decoder.iou_token.weight": torch.full((1, 256), torch.nan)}, path)
    assert "not numbers" in _problem(path)


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ({"model": {"image_encoder.trunk.pos_embed": torch.zeros(1)}}, "SAM 2"),
        ({"mask_decoder.hf_token.weight": torch.zeros(1, 256)}, "SAM-HQ"),
        ({"vision_encoder.pos_embed": torch.zeros(1)}, "transformers"),
        ({"image_encoder.backbone.stages.0": torch.zeros(1)}, "EfficientViT-SAM"),
    ],
)
def test_a_known_model_that_is_not_supported_is_named(tmp_path, state, title):
    path = tmp_path / "a.pt"
    torch.save(state, path)
    assert title in _problem(path)


def test_sam_hq_is_not_taken_for_sam(tmp_path):
    path = tmp_path / "sam_hq_vit_b.pth"
    torch.save({**_hollow("vit_b"), "mask_decoder.hf_token.weight": torch.zeros(1, 256)}, path)
    assert "SAM-HQ" in _problem(path)


@pytest.mark.parametrize("content", [[1, 2], {}, {"a": 1}, {1: torch.zeros(1)}, torch.zeros(3), None], ids=str)
def test_a_checkpoint_without_named_tensors(tmp_path, content):
    path = tmp_path / "a.pth"
    torch.save(content, path)
    assert "tensors" in _problem(path)


def test_tensors_that_do_not_lie_in_the_file_are_refused(tmp_path):
    for tensor in (torch.zeros(4, 4).to_sparse(), torch.zeros(4, device="meta"), torch.zeros(4, dtype=torch.complex64)):
        path = tmp_path / "a.pth"
        torch.save({**_hollow("mobile_sam"), "mask_decoder.iou_token.weight": tensor}, path)
        assert "more than tensors" in _problem(path)


@pytest.mark.parametrize(("seed", "rounds"), [(1, 12), pytest.param(2, 60, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["index", "directory", "safetensors"])
def test_damaged_bytes_are_a_problem_or_harmless(tmp_path, kind, seed, rounds):
    path = tmp_path / "a.pth"
    torch.save(_hollow("mobile_sam"), path)
    whole = resource("models/starter.safetensors").read_bytes() if kind == "safetensors" else path.read_bytes()
    start, stop = {"index": (0, 60_000), "directory": (len(whole) - 3000, len(whole)), "safetensors": (0, 30_000)}[kind]
    chance = random.Random(seed)
    for _ in range(rounds):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 1, 3, 20))):
            damaged[chance.randrange(start, stop)] = chance.randrange(256)
        path.write_bytes(damaged)
        with contextlib.suppress(Problem):
            load_checkpoint(path)


def test_old_torch_files_are_refused_without_unpickling(tmp_path):
    path = tmp_path / "old.pth"
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(1)}, buffer, _use_new_zipfile_serialization=False)
    path.write_bytes(buffer.getvalue())
    assert "pickle" in _problem(path)
