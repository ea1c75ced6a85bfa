"""What a file of CVAT says of its task (meta): its name, who made it and when, and the labels with the attributes that
they may have. It is kept as it came, and written again with the labels that there are now."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.formats.kit.extension_keys import COLOR
from app.formats.kit.xml import possible
from app.project.records import Category
from app.project.store import Project

_KEY = "cvat"
"""The setting where a project keeps it."""
_MOST_LETTERS = 1_000_000


def categories_in(meta: Element) -> list[Category]:
    """Returns the labels of a file as classes, without ids."""
    found: list[Category] = []
    for label in meta.iter("label"):
        name, color = label.findtext("name") or "", (label.findtext("color") or "").strip()
        if name.strip():
            found.append(Category(0, name, color if COLOR.fullmatch(color) else ""))
    return found


def keep(project: Project, meta: Element) -> None:
    """Keeps what a file says of its task, unless it is absurdly long."""
    text = ElementTree.tostring(meta, encoding="unicode").strip()
    if len(text) <= _MOST_LETTERS:
        project.set_setting(_KEY, text)


def written(project: Project, categories: Sequence[Category], images: int) -> str:
    """Writes the meta of a file: that which was kept, with these classes as labels and so many images, else a new
    one."""
    meta = _kept(project) or _new(project)
    for size in meta.findall("*/size"):
        size.text = str(images)
    labels = next(meta.iter("labels"))
    known = {(label.findtext("name") or "").strip(): label for label in labels.findall("label")}
    labels[:] = [_label(known.get(category.name.strip()), category) for category in categories]
    return ElementTree.tostring(meta, encoding="unicode", short_empty_elements=False)


def _kept(project: Project) -> Element | None:
    """A stranger's project may hold anything there."""
    text = project.setting(_KEY, "")
    if not isinstance(text, str) or not text or len(text) > 2 * _MOST_LETTERS or "<!" in text:
        return None
    try:
        meta = ElementTree.fromstring(text)
        ElementTree.tostring(meta)
    except (ElementTree.ParseError, RecursionError):
        return None
    return meta if meta.tag == "meta" and next(meta.iter("labels"), None) is not None else None


def _new(project: Project) -> Element:
    meta = Element("meta")
    task = ElementTree.SubElement(meta, "task")
    ElementTree.SubElement(task, "name").text = possible(project.path.stem)
    ElementTree.SubElement(task, "size")
    ElementTree.SubElement(task, "labels")
    return meta


def _label(known: Element | None, category: Category) -> Element:
    """A label as the file had it, in the colour that the class has now."""
    label = Element("label") if known is None else known
    if known is None:
        ElementTree.SubElement(label, "name").text = possible(category.name)
        ElementTree.SubElement(label, "attributes")
    color = label.find("color")
    if category.color and color is None:
        color = Element("color")
        label.insert(1, color)
    if category.color and color is not None:
        color.text = category.color
    return label
