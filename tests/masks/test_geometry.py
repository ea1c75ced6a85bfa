"""Outlines as a file had them: their text in a project, and what of a stranger's is believed."""

import msgspec
import pytest

from app.masks.geometry import MAX_LETTERS, Geometry, Shape, geometry_of, numbers_text, text_of, words_text

SOUND = Geometry((Shape("polygon", "10.50,20,30.0,1e1,5,5"), Shape("circle", "1,2,3,4")), area="6.25")


def test_it_is_the_same_after_its_text():
    assert geometry_of(text_of(SOUND)) == SOUND
    assert SOUND.is_sound


def test_each_number_stays_as_it_was_written():
    assert SOUND.shapes[0].words == ["10.50", "20", "30.0", "1e1", "5", "5"]
    assert SOUND.shapes[0].values() == [10.5, 20, 30, 10, 5, 5]
    assert numbers_text([[1, 2.5], [3.0, 4]]) == "1,2.5,3.0,4"
    assert words_text(["0.500", " 7", ".5", "1."]) == "0.500,7,0.5,1.0"
    with pytest.raises(ValueError, match="could not convert"):
        words_text(["x"])


@pytest.mark.parametrize(
    "shape",
    [
        Shape("polygon", "1,2,3,4"), Shape("polygon", "1,2,3,4,5,6,7"), Shape("polygon", "NaN,2,3,4,5,6"),
        Shape("polygon", "1e999,2,3,4,5,6"), Shape("polygon", "1e200,2,3,4,5,6"), Shape("polygon", '"1",2,3,4,5,6'),
        Shape("polygon", '1],"evil":[1,2,3,4,5'), Shape("circle", "1,2,3"), Shape("runs", "1"), Shape("box", ""),
    ],
)  # fmt: skip
def test_what_is_no_shape_is_not_written(shape):
    assert not Geometry((shape,)).is_sound
    assert not Geometry((SOUND.shapes[0], shape)).is_sound


def test_nothing_and_figures_that_are_none_are_not_sound():
    assert not Geometry(()).is_sound
    assert not Geometry(SOUND.shapes, box="1,2,3").is_sound
    assert not Geometry(SOUND.shapes, area='1],"evil":[1').is_sound


@pytest.mark.parametrize("text", ["x", "[]", '{"shapes":[["star","1,2"]]}', '{"shapes":[["polygon",[1,2]]]}', "\0"])
def test_another_text_is_none(text):
    with pytest.raises(msgspec.DecodeError):
        geometry_of(text)


def test_a_long_one_is_told():
    assert Geometry((Shape("polygon", "1," * (MAX_LETTERS // 2) + "1,1,1,1"),)).is_long
    assert not SOUND.is_long
