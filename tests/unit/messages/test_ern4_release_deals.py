"""Deals and parties of a message are those of the release and its target: planned by the core, written as ERN 4.3."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from distro_core.messages.planner import plan_message, resource_files
from distro_sdk.models.commerce import Rights, Territories
from distro_sdk.models.message import MessageSubtype, MessagingParty
from tests.catalogue_examples import (
    ADVERTISING,
    DOWNLOAD,
    MOMENT,
    PLATFORM,
    STREAMING,
    example_order,
    example_release,
)
from tests.unit.messages.conftest import written


@pytest.mark.proves("COM-01")
def test_each_commercial_model_is_a_deal_of_its_own() -> None:
    root = written(example_release(), example_order(terms=(STREAMING, ADVERTISING, DOWNLOAD))).root

    deals = [
        (deal.findtext("CommercialModelType"), [use.text for use in deal.findall("UseType")])
        for deal in root.iter("DealTerms")
    ]
    assert deals == [
        ("SubscriptionModel", ["OnDemandStream", "NonInteractiveStream"]),
        ("AdvertisementSupportedModel", ["OnDemandStream"]),
        ("PayAsYouGoModel", ["PermanentDownload"]),
        ("PayAsYouGoModel", ["PermanentDownload"]),
    ]
    price = root.find(".//WholesalePricePerUnit")
    assert price is not None
    assert (price.text, price.get("CurrencyCode")) == ("0.99", "EUR")


@pytest.mark.proves("TER-01", "ERN-06")
@pytest.mark.parametrize(
    ("territories", "included", "excluded"),
    [
        (Territories(), ["Worldwide"], []),
        (Territories(excluded=("US", "GB")), [], ["US", "GB"]),
        (Territories(included=("DE", "AT"), excluded=("US",)), ["DE", "AT"], []),
    ],
)
def test_territories_of_the_release_bound_its_deals(
    territories: Territories, included: list[str], excluded: list[str]
) -> None:
    terms = written(example_release(territories=territories)).root.find(".//DealTerms")

    assert terms is not None
    assert [element.text for element in terms.findall("TerritoryCode")] == included
    assert [element.text for element in terms.findall("ExcludedTerritoryCode")] == excluded


@pytest.mark.proves("RGT-01", "RGT-02")
def test_rights_bound_the_period_and_set_the_price_code() -> None:
    rights = Rights(start_date=date(2027, 1, 1), end_date=date(2029, 12, 31), price_code="TIER-3")

    terms = written(example_release(rights=rights), example_order(terms=(DOWNLOAD,))).root.find(".//DealTerms")

    assert terms is not None
    period = (terms.findtext("ValidityPeriod/StartDate"), terms.findtext("ValidityPeriod/EndDate"))
    assert period == ("2027-01-01", "2029-12-31")
    assert terms.findtext("PriceInformation/PriceCode") == "TIER-3"


def test_a_release_is_not_available_before_its_release_date() -> None:
    terms = written(example_release(rights=Rights(start_date=date(2020, 1, 1)))).root.find(".//DealTerms")

    assert terms is not None
    assert terms.findtext("ValidityPeriod/StartDate") == "2026-12-04"


@pytest.mark.proves("ERN-15")
def test_a_takedown_has_no_deals_and_no_files() -> None:
    complete = example_release()
    order = example_order(MessageSubtype.TAKEDOWN)

    root = written(complete, order).root

    assert root.find("DealList") is None
    assert {element.text for element in root.iter("IsProvidedInDelivery")} == {"false"}
    assert root.find(".//File") is None
    assert resource_files(plan_message(complete, order), complete) == ()


def test_an_update_sends_only_files_that_changed() -> None:
    complete = example_release(tracks=2)
    order = example_order(MessageSubtype.UPDATE, already_delivered=frozenset({"audio-1", "image-1"}))

    files = resource_files(plan_message(complete, order), complete)

    assert [file.asset_id for file in files] == ["audio-2"]
    assert written(complete, order).root.find("DealList") is not None


def test_a_deal_that_already_runs_is_told_again_with_the_start_it_had() -> None:
    order = example_order(terms=(STREAMING, DOWNLOAD))
    years_later = replace(order, subtype=MessageSubtype.UPDATE, created_at=MOMENT + timedelta(days=2000))

    assert plan_message(example_release(), years_later).deals == plan_message(example_release(), order).deals


def test_every_release_of_the_message_is_part_of_each_deal() -> None:
    plan = plan_message(example_release(tracks=3), example_order(terms=(STREAMING, DOWNLOAD)))

    references = [deal.release_references for deal in plan.deals]
    assert references == [("R0", "R1", "R2", "R3"), ("R0",), ("R1", "R2", "R3")]


@pytest.mark.proves("ERN-12")
@pytest.mark.parametrize(("test", "control"), [(True, "TestMessage"), (False, "LiveMessage")])
@pytest.mark.parametrize("subtype", MessageSubtype)
def test_the_target_alone_decides_live_or_test(subtype: MessageSubtype, test: bool, control: str) -> None:
    root = written(example_release(), example_order(subtype, test=test)).root

    assert root.findtext("MessageHeader/MessageControlType") == control


@pytest.mark.proves("ERN-13")
def test_sender_and_recipient_are_told_by_party_id() -> None:
    header = written(example_release()).root.find("MessageHeader")

    assert header is not None
    assert header.findtext("MessageSender/PartyId") == "PADPIDA2014120301L"
    assert header.findtext("MessageRecipient/PartyId") == "PADPIDA2013020802I"


@pytest.mark.proves("ERN-13")
def test_a_message_on_behalf_of_another_to_several_recipients_names_them_all() -> None:
    label = MessagingParty(dpid="PADPIDA2014102302U", name="Tiny Label")
    partner = MessagingParty(dpid="PADPIDA2016080409F", name="Partner")
    order = replace(example_order(), sent_on_behalf_of=label, recipients=(PLATFORM, partner))

    header = written(example_release(), order).root.find("MessageHeader")

    assert header is not None
    assert header.findtext("SentOnBehalfOf/PartyId") == "PADPIDA2014102302U"
    assert [party.findtext("PartyId") for party in header.findall("MessageRecipient")] == [
        "PADPIDA2013020802I",
        "PADPIDA2016080409F",
    ]


@pytest.mark.proves("ERN-13")
@pytest.mark.parametrize("wrong", ["", "PADPIDA", "PA-DPIDA-2014102302-U", "padpida2014102302U", "XX2014102302U"])
def test_a_party_id_of_another_form_never_becomes_sender_or_recipient(wrong: str) -> None:
    with pytest.raises(ValidationError):
        MessagingParty(dpid=wrong, name="Somebody")


def test_a_price_code_belongs_to_the_deals_that_sell() -> None:
    rights = Rights(start_date=date(2026, 12, 4), price_code="TIER-3")

    root = written(example_release(rights=rights), example_order(terms=(STREAMING, DOWNLOAD))).root

    told = [
        (terms.findtext("CommercialModelType"), terms.findtext("PriceInformation/PriceCode"))
        for terms in root.iter("DealTerms")
    ]
    assert told == [("SubscriptionModel", None), ("PayAsYouGoModel", "TIER-3"), ("PayAsYouGoModel", None)]
    assert root.find(".//WholesalePricePerUnit") is None
