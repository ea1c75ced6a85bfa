"""On a processor that the libraries cannot run on, the person reads a sentence instead of a crash."""

from __future__ import annotations

import platform

import pytest

from app.cli import processor
from app.cli.processor import has_feature, refuse_old_processor
from app.problem import Problem

CONROE = "processor\t: 0\nmodel name\t: Intel Core 2\nflags\t\t: fpu sse sse2 ssse3\n\nflags\t\t: sse4_2 avx2\n"
NEHALEM = "processor\t: 0\nflags\t\t: fpu sse sse2 ssse3 sse4_1 sse4_2 popcnt\n"


@pytest.fixture
def told(monkeypatch, tmp_path):
    """The processor is what a text says."""

    def tell(text: str) -> None:
        (tmp_path / "cpuinfo").write_text(text)
        processor._flags.cache_clear()

    monkeypatch.setattr(processor, "_CPUINFO", str(tmp_path / "cpuinfo"))
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    yield tell
    processor._flags.cache_clear()


def test_one_without_sse4_is_refused_in_a_sentence(told):
    told(CONROE)
    with pytest.raises(Problem, match="This processor is too old"):
        refuse_old_processor()


def test_one_without_avx2_goes(told):
    told(NEHALEM)
    refuse_old_processor()
    assert has_feature("avx2") is False


def test_where_nobody_tells_it_goes(told, monkeypatch):
    told("")
    refuse_old_processor()
    assert has_feature("avx2") is None
    monkeypatch.setattr(processor, "_CPUINFO", "/nowhere")
    processor._flags.cache_clear()
    refuse_old_processor()


def test_an_arm_has_other_features(told, monkeypatch):
    told(CONROE)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    refuse_old_processor()
