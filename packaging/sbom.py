"""Writes a software bill of materials (CycloneDX 1.6, JSON) of what is installed here and goes into the program.

    python packaging/sbom.py FILE

Distributions from their metadata, with who needs whom; beside them Python, SQLite and the weights in the box.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from importlib.metadata import Distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from shipped import distributions, licence, name_of, needs
from version import ROOT, version

STARTER = "resources/models/starter.safetensors"


def shipped_sqlite() -> str:
    """Returns the version of SQLite that is built for the program; where none is built, that of this Python."""
    try:
        from sqlite import VERSION
    except ImportError:
        return sqlite3.sqlite_version
    return str(VERSION)


def bill() -> Bom:
    """Returns the bill of this environment."""
    licences = LicenseFactory()
    bom = Bom()
    program = Component(
        name="maskwright",
        version=version(),
        type=ComponentType.APPLICATION,
        bom_ref="maskwright",
        licenses=[licences.make_from_string("Apache-2.0")],
    )
    bom.metadata.component = program
    found = {name_of(each): each for each in distributions()}
    components = {name: _component(each, licences) for name, each in found.items()}
    others = [_python(licences), _sqlite(shipped_sqlite(), licences), _starter(licences)]
    for component in (*components.values(), *others):
        bom.components.add(component)
    for name, each in found.items():
        bom.register_dependency(components[name], [components[need] for need in needs(each) if need in components])
    bom.register_dependency(program, [*components.values(), *others])
    return bom


def _component(found: Distribution, licences: LicenseFactory) -> Component:
    said = licence(found)
    name = name_of(found)
    return Component(
        name=found.metadata["Name"],
        version=found.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}=={found.version}",
        description=found.metadata.get("Summary"),
        purl=PackageURL(type="pypi", name=name, version=found.version),
        licenses=[licences.make_from_string(said)] if said else None,
        external_references=[
            ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(f"https://pypi.org/project/{name}/"))
        ],
    )


def _python(licences: LicenseFactory) -> Component:
    return _known("Python", sys.version.split()[0], ComponentType.PLATFORM, licences.make_from_string("PSF-2.0"))


def _sqlite(number: str, licences: LicenseFactory) -> Component:
    return _known("SQLite", number, ComponentType.LIBRARY, licences.make_from_string("blessing"))


def _known(name: str, number: str, kind: ComponentType, licensed: License) -> Component:
    """What is no distribution of Python's, under the name by which faults in it are listed (CPE)."""
    key = name.lower()
    return Component(
        name=name,
        version=number,
        type=kind,
        bom_ref=f"{key}=={number}",
        cpe=f"cpe:2.3:a:{key}:{key}:{number}:*:*:*:*:*:*:*",
        licenses=[licensed],
    )


def _starter(licences: LicenseFactory) -> Component:
    digest = hashlib.sha256((ROOT / STARTER).read_bytes()).hexdigest()
    return Component(
        name="Starter",
        version=digest[:8],
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref="starter",
        description="Weights of the model in the box; resources/models/STARTER.md is its card.",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        licenses=[licences.make_from_string("Apache-2.0")],
    )


def write(file: Path) -> Path:
    """Writes the bill to a file; returns its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(JsonV1Dot6(bill()).output_as_string(indent=2) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
