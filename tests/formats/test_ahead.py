import threading
import time

import pytest

from app.formats.kit.prefetch import prefetch


def here(batches):
    return [each for each in batches if each is not None]


def test_the_same_items_come_in_the_same_order_from_another_thread():
    makers = set()

    def items():
        for number in range(1000):
            makers.add(threading.get_ident())
            yield number

    with prefetch(items()) as batches:
        assert here(batches) == [*range(1000)]
    assert threading.get_ident() not in makers
    assert len(makers) == 1


def test_few_are_made_before_they_are_wanted():
    made = []

    def items():
        for number in range(100):
            made.append(number)
            yield number

    with prefetch(items()) as batches:
        next(batches)
        time.sleep(0.2)
        assert len(made) < 8


def test_an_error_comes_where_its_item_would_have():
    def items():
        yield 1
        yield 2
        raise ValueError("three")

    came = []
    with prefetch(items()) as batches, pytest.raises(ValueError, match="three"):
        came.extend(each for each in batches if each is not None)
    assert came == [1, 2]


def test_while_there_is_none_yet_whoever_waits_can_do_other_things():
    go = threading.Event()

    def items():
        go.wait(10)
        yield 1

    with prefetch(items()) as batches:
        assert [next(batches), next(batches)] == [None, None]
        go.set()
        assert here(batches) == [1]


@pytest.mark.parametrize("taken", [0, 1, 5])
def test_one_that_is_left_early_leaves_no_thread_and_is_closed(taken):
    closed = []

    def items():
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    before = threading.active_count()
    with prefetch(items()) as batches:
        for _ in range(taken):
            next(batches)
    assert threading.active_count() == before
    assert closed in ([True], [])  # what never began has nothing to close
