"""What `pipx install maskwright` brings: the program with all it needs at run time, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from version import numbers, version

import app

ROOT = Path(__file__).parents[2]
SOURCES = ["app", "resources", "tests", "packaging", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE",
           "CHANGELOG.md", "SECURITY.md"]  # fmt: skip


def test_the_version_has_one_source():
    assert version() == app.__version__
    assert 'attr = "app.__version__"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("of", "windows"), [("0.1.0", "0.1.0.0"), ("0.2.0rc1", "0.2.0.0"), ("1.2.3.4.5", "1.2.3.4")])
def test_the_version_as_numbers(of, windows):
    assert numbers(of) == windows


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist of a copy of the sources, the wheel made of them, and the one made of the sdist."""
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    sdist = build("build_sdist", folder, tmp_path_factory.mktemp("sdist"))
    with tarfile.open(sdist) as archive:
        archive.extractall(folder.parent / "unpacked", filter="data")
    wheel = build("build_wheel", folder, tmp_path_factory.mktemp("wheel"))
    again = build("build_wheel", folder.parent / "unpacked" / sdist.name[:-7], tmp_path_factory.mktemp("again"))
    return sdist, wheel, again


def build(what: str, sources: Path, out: Path) -> Path:
    code = f"import sys; from setuptools import build_meta; build_meta.{what}(sys.argv[1])"
    env = {**os.environ, "SOURCE_DATE_EPOCH": "1600000000"}
    subprocess.run([sys.executable, "-c", code, str(out)], cwd=sources, env=env, check=True, capture_output=True)
    return next(out.iterdir())


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.slow
def test_the_wheel_holds_the_program_and_what_it_reads(built):
    inside = contents(built[1])
    shipped = {str(path.relative_to(ROOT)) for path in (ROOT / "resources").rglob("*") if path.is_file()}
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "app").rglob("*.py")}
    assert {"resources/models/starter.safetensors", "resources/i18n/en.json", "resources/models/STARTER.md"} <= shipped
    info = f"maskwright-{version()}.dist-info/"
    assert {name for name in inside if not name.startswith(info)} == sources | {f"app/{name}" for name in shipped}
    assert inside[f"{info}licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert inside[f"{info}entry_points.txt"] == b"[console_scripts]\nmaskwright = app.__main__:main\n"
    told = Parser().parsestr(inside[f"{info}METADATA"].decode())
    assert told["Version"] == version()
    assert told["License-Expression"] == "Apache-2.0"


@pytest.mark.slow
def test_the_sdist_makes_the_same_wheel(built):
    sdist, wheel, again = built
    assert contents(wheel) == contents(again)
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    assert not [name for name in names if "/tests/" in name]
    assert f"maskwright-{version()}/SECURITY.md" in names
