"""maskwright models, with files on this disk; the network is tested in tests/sam/test_download.py."""

import shutil

from app.paths import models_dir, resource

CAT = resource("samples/chelsea.png")
STARTER = resource("models/starter.safetensors")


def names(value):
    return {model["name"]: model for model in value["models"]}


def test_the_list_says_what_is_here(run):
    outcome = run("models", "list", "--json")
    assert outcome.code == 0
    models = names(outcome.json)
    assert models["starter"]["installed"]
    assert not models["mobile_sam"]["installed"]
    assert not models["sam2.1_tiny"]["supported"]
    assert all(model["licence"] == "Apache-2.0" for model in models.values())


def test_models_alone_is_the_list(call):
    assert call("models").out == call("models", "list").out


def test_an_imported_model_is_listed_and_segments(run, call, mine):
    outcome = run("models", "import", mine)
    assert (outcome.code, outcome.err) == (0, "")
    assert names(call("models", "list", "--json").json)["mine"]["installed"]
    mine.unlink()  # it was copied
    assert call("segment", CAT, "--point", "220,150", "--model", "mine", "--json").json["model"] == "mine"


def test_a_checkpoint_file_can_be_named_by_its_path(call, mine):
    value = call("segment", CAT, "--point", "220,150", "--model", mine, "--json").json
    assert value["model"] == "mine"


def test_a_file_that_is_no_model_is_not_imported(call, tmp_path):
    page = tmp_path / "page.pth"
    page.write_text("<html>Not found</html>")
    outcome = call("models", "import", page)
    assert (outcome.code, outcome.out) == (1, "")
    assert "page.pth is a text or web page" in outcome.err
    assert not models_dir().exists()


def test_a_truncated_file_of_the_catalogue_says_the_sizes(call, tmp_path):
    short = tmp_path / "sam_vit_b_01ec64.pth"
    short.write_bytes(bytes(12_000_000))
    assert call("models", "import", short).err == (
        "sam_vit_b_01ec64.pth: this file is 12 MB, the model needs 375 MB. Download it again?"
    )


def test_downloading_what_is_here_is_done_at_once(call):
    assert call("models", "download", "starter", "--json").json["installed"]


def test_a_model_that_cannot_be_run_is_not_downloaded(call):
    outcome = call("models", "download", "sam2.1_tiny")
    assert outcome.code == 1
    assert "SAM 2.1 tiny" in outcome.err


def test_a_mirror_that_is_no_address_is_one_sentence(run):
    outcome = run("models", "download", "mobile_sam", MASKWRIGHT_MIRROR="http://[::1")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        "MASKWRIGHT_MIRROR is http://[::1: its server or its port cannot exist. "
        "Write it like https://example.org/models.\n"
    )


def test_verify_finds_a_damaged_file(run, call):
    assert call("models", "verify", "--json").json["ok"]
    models_dir().mkdir(parents=True)
    shutil.copy(STARTER, models_dir() / "mobile_sam.pt")
    outcome = run("models", "verify", "--json")
    assert outcome.code == 1
    checked = names(outcome.json)
    assert checked["starter"]["ok"]
    assert not checked["mobile_sam"]["ok"]
    assert "mobile_sam.pt: this file is 13 MB, the model needs 41 MB" in checked["mobile_sam"]["problem"]
