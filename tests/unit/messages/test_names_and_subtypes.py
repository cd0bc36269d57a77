"""File names, message ids and the choice of a subtype."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.messages.message_id import new_message_id
from distro_core.messages.naming import image_name, message_name, recording_name
from distro_core.messages.subtype import decide_subtype
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.message import MessageSubtype


@pytest.mark.proves("NAM-01")
@given(disc=st.integers(1, 99), number=st.integers(1, 999))
def test_audio_names_hold_disc_and_track(disc: int, number: int) -> None:
    name = recording_name("1234567890128", disc, number, "wav")

    parts = re.fullmatch(r"1234567890128_(\d{2})_(\d{3})\.wav", name)
    assert parts is not None
    assert (int(parts[1]), int(parts[2])) == (disc, number)


@pytest.mark.proves("NAM-02", "NAM-03")
def test_the_cover_has_the_plain_name_and_further_images_count_from_two() -> None:
    assert [image_name("1234567890128", index, "jpg") for index in (1, 2, 12)] == [
        "1234567890128.jpg",
        "1234567890128_02.jpg",
        "1234567890128_12.jpg",
    ]


@pytest.mark.proves("NAM-04")
def test_a_message_file_has_the_name_of_its_id() -> None:
    assert message_name("MSG-1") == "MSG-1.xml"


@pytest.mark.proves("ERN-11")
def test_message_ids_are_unique_and_fit_into_a_file_name() -> None:
    ids = {new_message_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(re.fullmatch(r"MSG-\d{4}-\d{2}-\d{2}-[0-9A-F]{16}", id) for id in ids)


@pytest.mark.parametrize("status", ReleaseStatus)
@pytest.mark.parametrize("completed_before", [True, False])
@pytest.mark.proves("MSG-01", "MSG-02", "MSG-03")
def test_the_subtype_follows_status_and_history(status: ReleaseStatus, completed_before: bool) -> None:
    subtype = decide_subtype(status, completed_before)

    if status is ReleaseStatus.TAKEN_DOWN:
        assert subtype is MessageSubtype.TAKEDOWN
    else:
        assert subtype is (MessageSubtype.UPDATE if completed_before else MessageSubtype.INITIAL)
