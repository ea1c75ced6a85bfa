"""Drawings as flat identity colours: which shape is seen at which pixel, exactly. lxml parses, resvg renders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import cv2
import numpy as np
import resvg_py
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] # it has no stubs
from numpy.typing import NDArray

_UNSEEN = frozenset(
    ["defs", "symbol", "clipPath", "mask", "pattern", "marker", "linearGradient", "radialGradient", "metadata", "style",
     "title", "desc", "namedview", "filter", "text", "script", "foreignObject", "flowRoot"]
)  # fmt: skip
_SHAPES = frozenset(["path", "rect", "circle", "ellipse", "polygon", "polyline", "line", "use", "text", "image"])
_GROUPS = frozenset(["g", "svg", "a", "switch"])
_PAINT = ("fill", "stroke", "fill-opacity", "stroke-opacity", "display")
_OVERRULED = ("style", "fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "filter", "mask", "class")
_UNITS_PX = {"": 1.0, "px": 1.0, "pt": 1.25, "mm": 3.5433, "cm": 35.433, "in": 90.0, "pc": 15.0}
_MARK = 0x4D
"""Blue of all identity colours; red and green tell the number."""


def parsed(data: bytes) -> etree._Element | None:
    """Nothing from outside the file: no entities, no linked pictures (resvg would read them from the disk)."""
    parser = etree.XMLParser(
        recover=True, huge_tree=False, no_network=True, load_dtd=False, resolve_entities="internal"
    )
    root = etree.fromstring(data, parser)
    if root is not None:
        for picture in [element for element in root.iter() if _name(element) == "image"]:
            if not _link(picture).startswith("data:") and picture.getparent() is not None:
                picture.getparent().remove(picture)
    return root


def _link(element: etree._Element) -> str:
    """Returns the href of an element, with or without the namespace of XLink; "" when it has none."""
    return next((value for key, value in element.attrib.items() if etree.QName(key).localname == "href"), "")


def rendered(
    root: etree._Element, width: int, height: int | None = None, *, crisp: bool = False
) -> NDArray[np.uint8] | None:
    """RGBA (H, W, 4); None where resvg makes no such image."""
    options: dict = {"svg_string": etree.tostring(root).decode(), "width": width}
    if height is not None:
        options["height"] = height
    if crisp:
        options["shape_rendering"] = "crisp_edges"
    png = np.frombuffer(bytes(resvg_py.svg_to_bytes(**options)), np.uint8)
    image = cv2.imdecode(png, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        return None
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA), np.uint8)


def view_box(root: etree._Element) -> tuple[float, float, float, float] | None:
    """Returns x, y, width, height of what the drawing shows, in its own units; None when its viewBox is unusable."""
    text = root.get("viewBox")
    if text is None:
        width, height = _length(root.get("width")) or 800.0, _length(root.get("height")) or 800.0
        return 0.0, 0.0, width, height
    numbers = [float(part) for part in re.split(r"[ ,]+", text.strip())]
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        return None
    return numbers[0], numbers[1], numbers[2], numbers[3]


def set_view(root: etree._Element, x: float, y: float, width: float, height: float, long_side: float) -> None:
    """Makes the drawing show this rectangle, in its own units, with a longer side of `long_side` pixels."""
    scale = long_side / max(width, height)
    root.set("viewBox", f"{x:g} {y:g} {width:g} {height:g}")
    root.set("width", f"{max(1, width * scale):g}")
    root.set("height", f"{max(1, height * scale):g}")


@dataclass
class Identities:
    """The numbers given to the shapes of a drawing. leaves: how many shapes have a number, from 1 on. groups: the
    numbers of the shapes in each group."""

    leaves: int = 0
    groups: list[list[int]] = field(default_factory=list)


def has_style_sheet(root: etree._Element) -> bool:
    """Then attributes do not tell what is painted."""
    return any(_name(element) == "style" for element in root.iter())


def repaint(root: etree._Element) -> Identities:
    """Changes the drawing: every shape in one flat colour that is its number."""
    found = Identities()
    _repaint(root, {}, 1.0, [], found, is_root=True)
    return found


def numbers_of(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Returns the number of the shape at every pixel of a repainted drawing, or 0: (H, W, 4) -> (H, W)."""
    red, green, blue, alpha = (image[..., channel].astype(np.int32) for channel in range(4))
    return np.where((blue == _MARK) & (alpha > 200), red * 256 + green, 0)


def _repaint(
    element: etree._Element, inherited: dict[str, str], opacity: float, groups: list[int], found: Identities, *,
    is_root: bool = False,
) -> None:  # fmt: skip
    name = _name(element)
    if not name or name in _UNSEEN:
        return
    own = _style(element)
    style = inherited | {key: own[key] for key in _PAINT if key in own}
    opacity *= _number(own.get("opacity"))
    if name in _SHAPES:
        found.leaves += 1
        for group in groups:
            found.groups[group].append(found.leaves)
        _paint(element, style, opacity, own, found.leaves)
    elif name in _GROUPS:
        if name == "g" and not is_root:
            found.groups.append([])
            groups = [*groups, len(found.groups) - 1]
        for key in ("style", "opacity", "filter", "mask", "class"):
            element.attrib.pop(key, None)
        if own.get("display") == "none":
            element.set("style", "display:none")
        for child in list(element):
            _repaint(child, style, opacity, groups, found)


def _paint(element: etree._Element, style: dict[str, str], opacity: float, own: dict[str, str], number: int) -> None:
    colour = f"#{number >> 8 & 255:02x}{number & 255:02x}{_MARK:02x}"
    fill = colour if _is_painted(style, "fill", "#000", opacity) else "none"
    stroke = colour if _is_painted(style, "stroke", "none", opacity) else "none"
    text = f"fill:{fill};stroke:{stroke};fill-opacity:1;stroke-opacity:1;opacity:1;"
    if "stroke-width" in own:
        text += f"stroke-width:{own['stroke-width']};"
    if own.get("display") == "none" or fill == stroke == "none":
        text = "display:none"
    for key in _OVERRULED:
        element.attrib.pop(key, None)
    element.set("style", text)


def _is_painted(style: dict[str, str], key: str, default: str, opacity: float) -> bool:
    """Half-transparent shapes are what lies behind them."""
    is_seen = _number(style.get(f"{key}-opacity")) * opacity >= 0.5
    return is_seen and style.get(key, default) not in ("none", "transparent")


def _style(element: etree._Element) -> dict[str, str]:
    keys = (*_PAINT, "opacity", "stroke-width")
    found = {key: value.strip() for key in keys if (value := element.get(key)) is not None}
    for part in (element.get("style") or "").split(";"):
        key, colon, value = part.partition(":")
        if colon:
            found[key.strip()] = value.strip()
    return found


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _number(text: str | None, default: float = 1.0) -> float:
    try:
        return default if text is None else float(text)
    except ValueError:
        return default


def _length(text: str | None) -> float | None:
    match = re.fullmatch(r"\s*([\d.eE+-]+)\s*(px|pt|mm|cm|in|pc)?\s*", text or "")
    return float(match[1]) * _UNITS_PX[match[2] or ""] if match else None
