"""What a rubber band touches: pixels decide, and few of them are made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.labeling.objects import reaches
from app.masks.rle import Mask
from app.project.records import Annotation
from tests.labeling.test_between import SIZE, box
from tests.masks.shapes import masks


def put_all(desk, some: list[Mask], **more) -> list[int]:
    with desk.project.step("Import") as step:
        return [step.add(Annotation(0, desk.session.image_id, None, mask, **more)).id for mask in some]


sides = st.integers(-3, 15)


@given(masks(), sides, sides, st.integers(1, 12), st.integers(1, 12))
def test_a_mask_is_reached_where_it_has_a_pixel(pixels, x, y, width, height):
    there = pixels[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
    assert reaches(Mask.from_array(pixels), (x, y, x + width, y + height)) == there.any()


def test_of_many_only_those_at_the_corners_are_looked_at(desk, monkeypatch):
    put_all(desk, [box(x, y, 5, 5) for x in range(2, 40, 6) for y in range(2, 30, 6)])
    [hidden] = put_all(desk, [box(10, 10, 3, 3)], hidden=True)
    looked_at = []
    monkeypatch.setattr(Mask, "window", lambda mask, *at: looked_at.append(at) or np.zeros((1, 1), np.bool_))
    found = desk.session.objects.touching(4.5, 4.5, 35.5, 23.5)
    assert len(looked_at) == 4
    assert len(found) == sum(x + 5 > 4 and x <= 35 and y + 5 > 4 and y <= 23 for x in range(2, 40, 6)
                             for y in range(2, 30, 6)) - 4  # fmt: skip
    assert hidden not in [each.id for each in found]


@pytest.mark.parametrize("corners", [(0, 0, 0, 0), (500, 500, 600, 600)])
def test_where_nothing_is_nothing_is_found(desk, corners):
    assert desk.session.objects.touching(*corners) == []
    put_all(desk, [box(10, 10, 5, 5)])
    assert desk.session.objects.touching(*corners) == []
    assert SIZE[0] < 500
