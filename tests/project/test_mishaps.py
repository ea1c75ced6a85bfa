"""Kills, power cuts, renames, copies, restores and syncs around an open project, mixed by dice."""

from __future__ import annotations

import pytest

from tests.project import power_cut
from tests.project.mishaps import MISHAPS, Round

pytestmark = pytest.mark.xdist_group("mishaps")  # one process makes what they share


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return power_cut.recorder(tmp_path_factory.mktemp("library"))


@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda mishap: mishap.__name__)
def test_each_mishap_alone(tmp_path, library, mishap):
    round_ = Round(tmp_path, 1, library)
    mishap(round_)
    round_.ends_well()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_mishaps_one_after_the_other(tmp_path, library, seed):
    assert Round(tmp_path, seed, library).run()
