"""Whose work is in the program is told to people, with licences, and to machines."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version as version_of

import pytest
from notices import notices, write
from shipped import LEFT_OUT, distributions, licence, name_of, needs, texts

import app
from app.paths import resource


@pytest.fixture(scope="module")
def found():
    return distributions()


def test_what_the_program_needs_is_listed_and_what_it_is_tested_with_is_not(found):
    names = {name_of(each) for each in found}
    assert {"pyside6-essentials", "shiboken6", "torch", "numpy", "opencv-python-headless", "pycocotools"} <= names
    assert not names & ({"maskwright", "pytest", "ruff", "pillow-heif", "scikit-image"} | LEFT_OUT)


def test_each_has_a_licence_with_its_text(found):
    without = [name_of(each) for each in found if not licence(each) or not any(text for _, text in texts(each))]
    assert without == []


def test_who_needs_whom(found):
    rich = next(each for each in found if name_of(each) == "rich")
    assert needs(rich) == ["markdown-it-py", "pygments"]


def test_the_notices_tell_what_the_lgpl_wants_told(tmp_path):
    text = write(tmp_path / "new folder" / "THIRD_PARTY_NOTICES").read_text(encoding="utf-8")
    assert text == notices()
    qt = version_of("PySide6_Essentials")
    for told in (
        f"Qt {qt} and Qt for Python (PySide6, Shiboken) are used under the GNU Lesser General Public License",
        "You may replace them",
        f"pyside-setup-everywhere-src-{qt}.tar.xz",
        "The precise terms and conditions for copying, distribution and modification",  # of the GPL, which it refers to
        "This version of the GNU Lesser General Public License incorporates",
        "GNU LESSER GENERAL PUBLIC LICENSE\n                       Version 2.1, February 1999",
        "Copyright (c) 2014, Piotr Dollar and Tsung-Yi Lin",
        "gcompris-qt-data",  # of the Starter's data
        "rocket.jpg (CC0, SpaceX)",
        f"torch {version_of('torch')}",
    ):
        assert told in text, told
    assert max(len(line) for line in text.split("What is inside")[0].splitlines()) <= 120


def test_the_bill_of_materials(found, tmp_path):
    pytest.importorskip("cyclonedx", reason="cyclonedx-python-lib is not installed")
    from sbom import write

    bill = json.loads(write(tmp_path / "bill.json").read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == app.__version__
    listed = {each["bom-ref"]: each for each in bill["components"]}
    assert {f"{name_of(each)}=={each.version}" for each in found} <= listed.keys()
    assert listed[f"torch=={version_of('torch')}"]["purl"].startswith("pkg:pypi/torch@")
    assert all(each["licenses"] for each in listed.values())
    starter = hashlib.sha256(resource("models/starter.safetensors").read_bytes()).hexdigest()
    assert listed["starter"]["hashes"] == [{"alg": "SHA-256", "content": starter}]
    graph = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert {need for needed in graph.values() for need in needed} <= listed.keys()
    assert set(graph["maskwright"]) == listed.keys()
