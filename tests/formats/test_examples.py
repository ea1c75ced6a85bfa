"""The examples in the documentation of the kit are run."""

import doctest

from app.formats.kit import assignment


def test_the_examples_of_the_assignment_hold():
    scope = dict(vars(assignment))
    exec("".join(e.source for e in doctest.DocTestParser().get_examples(assignment.__doc__)), scope)
    outcome = doctest.testmod(assignment, globs=scope)
    assert (outcome.failed, outcome.attempted > 5) == (0, True)
