import os
import pickle
import zipfile

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file

from app.paths import cache_dir, models_dir, resource
from app.problem import Problem
from app.sam import checksum
from app.sam.catalog import catalog, find, installed, own_models, path_of, readable
from app.sam.families import FAMILIES, KNOWN
from app.sam.load import import_model, load_predictor

STARTER = resource("models/starter.safetensors")


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    models_dir().mkdir(parents=True)


def test_the_catalogue_is_complete():
    assert catalog()[0].bundled
    for model in catalog():
        assert len(model.sha256) == 64
        assert model.bytes > 1_000_000
        assert model.licence
        assert model.bundled or model.url.startswith("https://")
    assert len({m.name for m in catalog()} | {m.file for m in catalog()}) == 2 * len(catalog())


def test_every_family_has_a_model_and_every_supported_model_a_family():
    assert {model.name for model in catalog() if model.supported} == set(FAMILIES)
    assert {model.family for model in catalog()} <= set(FAMILIES) | set(KNOWN)


def test_the_bundled_model_is_the_one_of_the_catalogue():
    starter = find("starter")
    assert path_of(starter).stat().st_size == starter.bytes
    assert checksum.sha256_of(path_of(starter)) == starter.sha256
    assert installed() == (starter,)


def test_a_model_is_found_by_the_name_of_its_file_too():
    assert find("mobile_sam.pt") is find("mobile_sam")


def test_an_unknown_name_tells_the_choices(mine):
    import_model(mine)
    with pytest.raises(Problem, match=r"no model sam9\. Choose one of: starter, mobile_sam, .*, mine\."):
        load_predictor("sam9")


def test_a_missing_model_says_how_to_get_it():
    with pytest.raises(Problem) as problem:
        load_predictor("mobile_sam")
    assert str(problem.value) == (
        "mobile_sam is not on this computer. Download it with `maskwright models download mobile_sam`, "
        f"or put mobile_sam.pt into {models_dir()}."
    )


def test_a_model_of_a_later_version_is_named():
    with pytest.raises(Problem, match=r"SAM 2\.1 tiny is known, but this version cannot run it"):
        load_predictor("sam2.1_tiny")


def test_the_starter_loads_and_progress_ends_at_one():
    told = []
    predictor = load_predictor("starter", told.append)
    assert predictor.name == "starter"
    assert predictor.model_key == f"starter-{find('starter').sha256[:12]}"
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_file_of_the_wrong_size_is_said_with_both_sizes():
    path_of(find("vit_b")).write_bytes(bytes(12_000_000))
    with pytest.raises(Problem) as problem:
        load_predictor("vit_b")
    assert str(problem.value) == (
        "sam_vit_b_01ec64.pth: this file is 12 MB, the model needs 375 MB. Download it again?"
    )


def test_a_file_of_the_catalogue_is_hashed_before_torch_opens_it(monkeypatch):
    path = path_of(find("mobile_sam"))
    torch.save({"weight": torch.zeros(3)}, path)
    os.truncate(path, find("mobile_sam").bytes)
    monkeypatch.setattr("app.sam.checkpoint.load_checkpoint", lambda _path: pytest.fail("it was opened"))
    with pytest.raises(Problem, match="this is not the file of MobileSAM, or it is damaged"):
        load_predictor("mobile_sam")


def test_the_hash_is_remembered_until_the_file_changes(mine):
    first = []
    digest = checksum.sha256_of(mine, first.append)
    assert first[-1] == 1.0
    again = []
    assert checksum.sha256_of(mine, again.append) == digest
    assert again == []
    mine.write_bytes(mine.read_bytes() + b"more")
    assert checksum.sha256_of(mine) != digest


def test_a_damaged_memory_of_hashes_does_no_harm(mine):
    digest = checksum.sha256_of(mine)
    (cache_dir() / "checksums.json").write_text('[["half')
    assert checksum.sha256_of(mine) == digest


def test_a_cache_that_cannot_be_written_does_no_harm(mine):
    cache_dir().write_text("a file where the folder should be")
    assert len(checksum.sha256_of(mine)) == 64


def test_an_own_model_is_imported_listed_and_loaded(mine):
    model = import_model(mine)
    assert own_models() == (find("mine"),)
    assert path_of(model) == models_dir() / "mine.safetensors"
    predictor = load_predictor("mine")
    assert predictor.name == "mine"
    assert predictor.model_key.startswith("starter-")
    assert predictor.model_key != load_predictor("starter").model_key


def test_importing_the_same_file_twice_changes_nothing(mine):
    import_model(mine)
    import_model(mine)
    import_model(models_dir() / "mine.safetensors")
    assert [path.name for path in models_dir().iterdir()] == ["mine.safetensors"]


def test_another_model_of_the_same_name_is_not_overwritten(mine):
    import_model(mine)
    kept = (models_dir() / "mine.safetensors").read_bytes()
    mine.write_bytes(STARTER.read_bytes())
    state = load_file(mine)
    state["decoder.output_tokens.weight"].view(-1)[0] -= 0.1
    save_file(state, mine)
    with pytest.raises(Problem, match=r"There is another mine\.safetensors"):
        import_model(mine)
    assert (models_dir() / "mine.safetensors").read_bytes() == kept


def test_importing_the_right_file_replaces_a_damaged_one(tmp_path, monkeypatch):
    toy = msgspec.structs.replace(find("starter"), name="toy", file="toy.safetensors", bundled=False)
    monkeypatch.setattr("app.sam.catalog.catalog", lambda: (toy,))
    monkeypatch.setattr("app.sam.load.catalog", lambda: (toy,))
    path_of(toy).write_bytes(b"half")
    source = tmp_path / "toy.safetensors"
    source.write_bytes(STARTER.read_bytes())
    assert import_model(source) == toy
    assert path_of(toy).read_bytes() == STARTER.read_bytes()


def test_a_renamed_file_of_the_catalogue_is_recognised(tmp_path):
    renamed = tmp_path / "whatever.safetensors"
    renamed.write_bytes(STARTER.read_bytes())
    assert import_model(renamed).name == "starter"
    assert own_models() == ()


def test_an_own_file_that_bears_the_name_of_a_model_stays_apart(mine):
    assert import_model(mine.rename(mine.with_name("vit_b.safetensors"))).name == "vit_b.safetensors"
    assert load_predictor("vit_b.safetensors").model_key.startswith("starter-")
    with pytest.raises(Problem, match="vit_b is not on this computer"):
        load_predictor("vit_b")


def test_a_missing_file_is_not_imported(tmp_path):
    with pytest.raises(Problem, match="does not exist"):
        import_model(tmp_path / "none.pth")


def test_code_in_a_checkpoint_is_neither_run_nor_imported(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    bad = tmp_path / "bad.pth"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("bad/data.pkl", pickle.dumps({"weight": Evil()}, protocol=2))
        archive.writestr("bad/version", "3\n")
        archive.writestr("bad/byteorder", "little")
    with pytest.raises(Problem, match="was not loaded"):
        import_model(bad)
    assert not (tmp_path / "ran").exists()
    assert own_models() == ()


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (999_999, "999,999 bytes"), (375_042_383, "375 MB"), (2_564_550_879, "2.56 GB")]
)
def test_sizes_read_as_browsers_write_them(size, text):
    assert readable(size) == text
