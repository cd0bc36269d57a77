"""Global ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_api.graphql.ids import global_id, local_id, split_id
from distro_sdk.errors import DomainError

KINDS = st.from_regex(r"[A-Z][A-Za-z]{1,20}", fullmatch=True)


@given(KINDS, st.text(min_size=1, max_size=64))
def test_a_global_id_holds_kind_and_store_id(kind: str, id: str) -> None:
    assert split_id(global_id(kind, id)) == (kind, id)
    assert local_id(kind, global_id(kind, id)) == id


@given(st.text(max_size=100))
def test_any_other_text_is_no_global_id_of_that_kind(text: str) -> None:
    found = split_id(text)

    if found is None or found[0] != "Release":
        with pytest.raises(DomainError) as refusal:
            local_id("Release", text, ("id",))
        assert (refusal.value.code, refusal.value.path) == ("NOT_FOUND", ("id",))


def test_an_id_of_another_kind_is_not_found() -> None:
    with pytest.raises(DomainError, match="there is no release with id"):
        local_id("Release", global_id("Party", "1"))
