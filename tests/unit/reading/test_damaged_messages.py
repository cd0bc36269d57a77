"""Whatever somebody sends: a reader answers with releases or with typed errors, in bounded time."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from distro_core.messages.planner import plan_message
from distro_sdk.errors import DomainError
from tests.catalogue_examples import example_order
from tests.unit.reading.conftest import read
from tests.unit.reading.examples import box_set, concert_film
from tests.unit.reading.test_reading_faults import MESSAGES, changed, faults
from tests.unit.reading.test_round_trips import BUILDERS

RICH = tuple(
    builder.build(plan_message(make(), example_order()))
    for builder in BUILDERS.values()
    for make in (box_set, concert_film)
)
TEXTS = ("", "x", "-1", "PT", "PT0S", "2026", "2026-13-40", "9" * 30, "NaN", "A1", "R0", "AA", "x" * 600, "1999-01-01")
ATTRIBUTES = ("SequenceNumber", "LanguageAndScriptCode", "IsDefault", "ApplicableTerritoryCode", "UnitOfMeasure")


@given(st.sampled_from(RICH), st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_message_is_read_or_refused(content: bytes, data: st.DataObject) -> None:
    root = etree.fromstring(content)  # noqa: TID251 (our own message, to be damaged)
    elements = [element for element in root.iter() if element is not root]
    for _ in range(data.draw(st.integers(1, 6))):
        element = data.draw(st.sampled_from(elements))
        parent = element.getparent()
        damage = data.draw(st.sampled_from(("drop", "text", "double", "rename", "attribute")))
        if parent is None:
            continue
        if damage == "drop":
            parent.remove(element)
        elif damage == "text":
            element.text = data.draw(st.sampled_from(TEXTS))
        elif damage == "double":
            parent.append(etree.fromstring(etree.tostring(element)))  # noqa: TID251 (our own element)
        elif damage == "rename":
            element.tag = data.draw(st.sampled_from(elements)).tag
        else:
            element.set(data.draw(st.sampled_from(ATTRIBUTES)), data.draw(st.sampled_from(TEXTS)))
    # Any other error would fail the test.
    with suppress(DomainError):
        assert len(read(etree.tostring(root)).releases) == 1


@pytest.mark.parametrize("format", BUILDERS)
def test_reading_takes_time_in_proportion(format: str) -> None:
    text = MESSAGES[format].decode()
    start, end = text.index("<SoundRecording>"), text.index("</SoundRecording>") + len("</SoundRecording>")
    recording = text[start:end]
    many = "".join(recording.replace(">A1<", f">A{number}<") for number in range(100, 1100))
    content = (text[:end] + many + text[end:]).encode()
    began = time.thread_time()

    message = read(content)

    assert time.thread_time() - began < 5
    assert message.unread == ("/ern:NewReleaseMessage/ResourceList/SoundRecording",)


@pytest.mark.parametrize("format", BUILDERS)
def test_a_deal_that_ends_before_it_starts(format: str) -> None:
    before = "<StartDate>2026-12-04</StartDate>"

    (fault,) = faults(changed(format, (before, f"{before}<EndDate>2026-12-03</EndDate>")))

    assert fault[0] == "PERIOD_REVERSED"
    assert "the deal ends on 2026-12-03, before it starts on 2026-12-04" in fault[1]


@pytest.mark.parametrize("format", BUILDERS)
def test_what_cannot_be_said_never_makes_an_offer_larger(format: str) -> None:
    everywhere = "<TerritoryCode>Worldwide</TerritoryCode>"
    told, deals = MESSAGES[format].decode().split("<DealList>")
    less, some = (
        f"{told}<DealList>{deals.replace(everywhere, codes)}".encode()
        for codes in (
            "<ExcludedTerritoryCode>US-CA</ExcludedTerritoryCode>",
            "<TerritoryCode>SE</TerritoryCode><TerritoryCode>US-CA</TerritoryCode>",
        )
    )

    (fault,) = faults(less)
    smaller = read(some)

    assert fault[0] == "TERRITORY_UNKNOWN"
    assert smaller.releases[0].complete.release.territories.included == ("SE",)
    assert any(path.endswith("/DealTerms/TerritoryCode") for path in smaller.unread)


@pytest.mark.parametrize("format", BUILDERS)
def test_of_two_periods_for_one_territory_the_latest_holds(format: str) -> None:
    text = MESSAGES[format].decode()
    start, end = text.index("<Deal>"), text.index("</Deal>") + len("</Deal>")
    earlier = text[start:end].replace(
        "<StartDate>2026-12-04</StartDate>", "<StartDate>2027-01-01</StartDate><EndDate>2027-02-01</EndDate>"
    )

    message = read((text[:end] + earlier + text[end:]).encode())

    release = message.releases[0].complete.release
    assert release.rights is None
    assert release.release_date == date(2026, 12, 4)
    assert any(path.endswith("/ReleaseDeal/Deal") for path in message.unread)
