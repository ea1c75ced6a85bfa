"""The names that files beside images get: no two of them are one on any disk."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from app.formats.kit.exporting import _stems
from app.project.records import ImageRecord

_NAMES = st.sampled_from(["a.jpg", "A.jpg", "a.JPG", "a.png", "a.jpg.png", "é.jpg", "e\u0301.jpg", "É.jpg", "b/a.jpg"])


@given(st.lists(_NAMES, unique=True, max_size=9))
def test_no_two_images_have_files_of_one_name(names):
    stems = _stems([ImageRecord(number, name) for number, name in enumerate(names, start=1)])
    assert len({unicodedata.normalize("NFC", stem).casefold() for stem in stems.values()}) == len(names)


def test_a_name_that_is_alone_stays():
    records = [ImageRecord(1, "a.jpg"), ImageRecord(2, "b.jpg"), ImageRecord(3, "b.png"), ImageRecord(4, "C.jpg")]
    assert _stems(records) == {1: "a", 2: "b.jpg", 3: "b.png", 4: "C"}
