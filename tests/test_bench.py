"""What the bench says of a figure whose reference is not on this machine."""

from __future__ import annotations

from tests.bench.canvas import SCALES, _pan_rows
from tests.bench.rows import Row, table

FIGURES = {f"{shapes} {scale}": 5.0 for shapes in ("masks", "polygons") for scale in SCALES}


def test_without_labelme_the_row_beside_it_is_not_measured():
    rows = _pan_rows(FIGURES)
    beside = [row for row in rows if "labelme" in row.name]
    assert [row.met for row in beside] == [None] * len(SCALES)
    assert [line.split("  ")[-1].strip() for line in table(beside).splitlines()[1:]] == ["not measured"] * len(SCALES)
    assert all(row.met for row in rows if row not in beside)


def test_with_labelme_it_is_met_or_not():
    for theirs, is_met in ((50.0, True), (10.0, False)):
        rows = _pan_rows(FIGURES | {f"labelme {scale}": theirs for scale in SCALES})
        assert [row.met for row in rows if "labelme" in row.name] == [is_met] * len(SCALES)
    assert Row(**rows[0].as_json()) == rows[0]
