"""Which distributions go into the program that is given to people, and under which licences."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from version import ROOT

EXTRAS = ("dicom",)
LEFT_OUT = {"openvino-telemetry", "setuptools"}
"""Required by others, asked for by nothing that runs, and not frozen (packaging/contents.py)."""
OWN_TEXTS = {
    "pycocotools": ["pycocotools"],
    "pyside6-essentials": ["LGPL-3.0", "GPL-3.0"],
    "shiboken6": ["LGPL-3.0", "GPL-3.0"],
}
"""Files of packaging/licences for distributions that bring no text."""
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "FreeBSD": "BSD-2-Clause",
    "ISC License": "ISC",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
}
"""What is written in the place of an SPDX expression by those that have none yet."""
_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)


def name_of(found: Distribution) -> str:
    """Returns the name of a distribution as indexes write it: lower case, with dashes."""
    return re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower()


def distributions() -> list[Distribution]:
    """Returns what is installed here of all that the program needs, without itself, by name.

    Raises:
        importlib.metadata.PackageNotFoundError: Something that this system needs is not installed.
    """
    needed: dict[str, Distribution] = {}
    waiting = _required(distribution("maskwright"), EXTRAS)
    while waiting:
        requirement = waiting.pop()
        found = distribution(requirement.name)
        if name_of(found) not in LEFT_OUT | needed.keys():
            needed[name_of(found)] = found
            waiting += _required(found, tuple(requirement.extras))
    return [needed[name] for name in sorted(needed)]


def _required(found: Distribution, extras: tuple[str, ...]) -> list[Requirement]:
    """What a distribution needs on this system and under this Python."""
    listed = [Requirement(text) for text in found.requires or []]
    return [
        each
        for each in listed
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def needs(found: Distribution) -> list[str]:
    """Returns the names of those that a distribution needs itself."""
    names = []
    for requirement in _required(found, ()):
        try:
            names.append(name_of(distribution(requirement.name)))
        except PackageNotFoundError:  # of an extra that is not shipped
            continue
    return sorted(set(names) - LEFT_OUT)


def licence(found: Distribution) -> str:
    """Returns the licence of a distribution as an SPDX expression; "" when it names none that is known."""
    said = found.metadata.get("License-Expression")
    if said:
        return said
    free = found.metadata.get("License") or ""
    classifiers = found.metadata.get_all("Classifier") or []
    known = next((_SPDX[text] for text in (free, *classifiers) if text in _SPDX), "")
    return known or (free if re.fullmatch(r"[\w.+-]+( (OR|AND|WITH) [\w.+-]+)*", free) else "")


def texts(found: Distribution) -> list[tuple[str, str]]:
    """Returns (name, text) of the licences that a distribution brings, or that we keep for it."""
    own = [f"packaging/licences/{name}.txt" for name in OWN_TEXTS.get(name_of(found), [])]
    read = [(path.rsplit("/", 1)[-1], (ROOT / path).read_text(encoding="utf-8")) for path in own]
    for file in found.files or []:
        inside = str(file).replace("\\", "/")
        told = re.match(r"[^/]+\.dist-info/(licenses/.+|[^/]+)$", inside)
        if told and (told[1].startswith("licenses/") or _TEXT.match(told[1])):
            text = Path(str(found.locate_file(file))).read_text(encoding="utf-8", errors="replace")
            read.append((told[1].removeprefix("licenses/"), text))
    return read
