"""Every error code is documented once and named by a test."""

from __future__ import annotations

from tests.architecture.error_codes import codes_documented_twice, codes_in_tests, documented_codes, raised_codes


def test_every_code_is_documented_and_none_is_invented() -> None:
    raised = set(raised_codes())
    documented = set(documented_codes())

    assert raised - documented == set(), "raised, but not on docs/error-codes.md"
    assert documented - raised == set(), "on docs/error-codes.md, but never raised"


def test_no_code_means_two_things() -> None:
    assert codes_documented_twice() == []


def test_every_code_is_tested() -> None:
    assert set(raised_codes()) - codes_in_tests() == set()
