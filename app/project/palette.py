"""Colours of classes: told apart by colour-blind people too."""

from __future__ import annotations

import colorsys

# Okabe and Ito's palette without black and grey, which photos are full of
_FIRST = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#0072B2")
_GOLDEN = 0.618033988749895


def color_of(number: int) -> str:
    """#rrggbb of the n-th class, from 0. After the palette the golden ratio keeps neighbours far apart."""
    if number < len(_FIRST):
        return _FIRST[number]
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.75, 0.9 if number % 2 else 0.65)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
