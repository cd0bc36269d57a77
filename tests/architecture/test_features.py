"""The feature table says of each row exactly what the tests prove."""

from __future__ import annotations

from tests.architecture.features import proofs, table_states


def test_a_row_is_done_exactly_where_a_test_proves_it() -> None:
    proven = proofs()
    states = table_states()

    claimed = {row for row, state in states.items() if state == "done"}

    assert claimed - set(proven) == set(), "marked done, but no test proves it"
    assert set(proven) - claimed == set(), "proved by a test, but not marked done (run `make docs`)"


def test_tests_prove_only_rows_that_exist() -> None:
    unknown = {row: tests for row, tests in proofs().items() if row not in table_states()}

    assert unknown == {}


def test_every_row_stands_once() -> None:
    states = table_states()

    assert len(states) == 803
