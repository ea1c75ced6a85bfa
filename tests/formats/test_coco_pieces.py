"""A COCO file in small pieces is what it is as a whole."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.coco import import_coco
from app.formats.kit.coco import pieces
from app.formats.kit.coco.source import read_source, record
from app.problem import Problem

TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(['},{"', "\\", '"', "]},\n{", "NaN", "猫\U0001f431"]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
)
RECORDS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=5), max_size=12)
LAYOUTS = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}, {"separators": (" ,\n", " : ")}])


def source_of(folder, text):
    file = folder / "in.json"
    file.write_text(text, encoding="utf-8")
    return read_source(file, lambda sentence: pytest.fail(sentence))


def values(records):
    return [msgspec.json.decode(raw) for raw in records]


@pytest.mark.parametrize(
    "size", [pytest.param(1, marks=pytest.mark.slow), pytest.param(7, marks=pytest.mark.slow), 100]
)
@settings(max_examples=25)
@given(images=RECORDS, annotations=RECORDS, layout=LAYOUTS, is_ascii=st.booleans())
def test_every_record_is_found_wherever_the_pieces_end(tmp_path_factory, size, images, annotations, layout, is_ascii):
    content = {"x": [1, {"a": "},{"}], "annotations": annotations, "info": {}, "images": images, "categories": []}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE_BYTES", size)
        source = source_of(tmp_path_factory.mktemp("coco"), json.dumps(content, ensure_ascii=is_ascii, **layout))
        assert values(source.images) == values([json.dumps(each) for each in images])
        assert values(source.annotations) == values([json.dumps(each) for each in annotations])
    assert (len(source.images), len(source.annotations)) == (len(images), len(annotations))
    assert source.rest == {"x": [1, {"a": "},{"}], "info": {}}


@pytest.mark.parametrize("size", [1, 10, 1000])
def test_any_value_and_any_number_of_them_may_stand_in_a_list(tmp_path, monkeypatch, size):
    monkeypatch.setattr(pieces, "PIECE_BYTES", size)
    annotations = '[[{},{}], "},{", null, {"a":NaN}, 3]'
    categories = '[{"id": 1}, {"name": -Infinity}]'
    text = f'"images":{json.dumps([*range(500)])}, "annotations":{annotations}, "categories":{categories}'
    source = source_of(tmp_path, f"{{{text}}}")
    assert values(source.images) == list(range(500))
    assert len(source.annotations) == 5
    assert record(list(source.annotations)[3]) == {"a": None}
    assert [record(raw) for raw in source.categories] == [{"id": 1}, {"name": None}]


def test_of_two_lists_of_one_name_the_last_counts(tmp_path):
    source = source_of(tmp_path, '{"images":[{"id":1}],"images":[],"annotations":3,"annotations":[{}],"categories":[]}')
    assert (len(source.images), len(source.annotations)) == (0, 1)


def test_a_file_that_changes_while_it_is_read_is_one_sentence(tmp_path):
    source = source_of(tmp_path, '{"images":[],"annotations":[{"id":1}],"categories":[]}')
    source.annotations.file.write_text("{}")
    with pytest.raises(Problem, match=r"in\.json: the file was changed"):
        list(source.annotations)


def test_what_is_beside_the_lists_is_kept_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("app.formats.kit.coco.source.MAX_VALUE_BYTES", 100)
    notes = []
    file = tmp_path / "in.json"
    file.write_text(json.dumps({"images": [], "annotations": [], "categories": [], "a": [0] * 99, "b": [1]}))
    assert read_source(file, notes.append).rest == {"b": [1]}
    assert notes == ["in.json: what it says under a cannot be read and was left out."]
    file.write_text(json.dumps({"images": [], "annotations": [], **{f"key {n}": "value" for n in range(99)}}))
    with pytest.raises(Problem, match="too much besides"):
        read_source(file, notes.append)


def test_a_file_that_shrinks_between_two_looks_ends_the_import(project, write, monkeypatch):
    file = write(*[{"segmentation": [[2, 1, 12, 1, 12, 9, 2, 9]]}] * 3)
    steps = import_coco(project, file)
    next(steps)
    text = file.read_text()
    end = text.index(', {"id": 2')
    file.write_text(text[:end] + "]" + " " * (len(text) - end - 2) + "}")
    for _ in range(10):
        if next(steps, None) is None:
            break
    assert next(steps, None) is None
    assert project.statistics.counts()["annotation"] == 1
