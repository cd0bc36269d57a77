"""What an ERN 3.8.2 message offers, where, from when, for how much, and how it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml.etree import _Element

from distro_plugins.ern382 import Ern382Builder
from distro_sdk.models.commerce import (
    CommercialModel,
    CommercialTerms,
    Price,
    RightsClaimPolicy,
    Territories,
    UseType,
)
from distro_sdk.models.message import MessageOptions, MessagePlan, MessageSubtype, ReleaseProfile
from distro_sdk.models.planned_releases import PlannedDeal, PlannedVisibility, Withdrawal
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import parse_message
from tests.unit.messages.ern382_plans import schema_faults

DOWNLOAD = CommercialTerms(
    commercial_model=CommercialModel.PAY_AS_YOU_GO,
    use_types=(UseType.PERMANENT_DOWNLOAD,),
    price=Price(amount=Decimal("7.99"), currency="EUR"),
)
STREAM = CommercialTerms(commercial_model=CommercialModel.SUBSCRIPTION, use_types=(UseType.ON_DEMAND_STREAM,))
CLAIM = CommercialTerms(
    commercial_model=CommercialModel.RIGHTS_CLAIM,
    use_types=(UseType.USER_MAKE_AVAILABLE_LABEL_PROVIDED, UseType.USER_MAKE_AVAILABLE_USER_PROVIDED),
    claim_policy=RightsClaimPolicy.MONETIZE,
)
ALL = ("R0", "R1", "R2", "R3")
START = date(2026, 2, 20)


def _deal(terms: CommercialTerms = STREAM, **fields: Any) -> PlannedDeal:
    told = {"release_references": ALL, "terms": terms, "territories": Territories(), "start_date": START, **fields}
    return PlannedDeal.model_validate(told)


def _plan(*deals: PlannedDeal, settings: Mapping[str, Any] | None = None, **fields: Any) -> MessagePlan:
    return example_plan().model_copy(update={"deals": deals, "settings": dict(settings or {}), **fields})


def _root(plan: MessagePlan) -> _Element:
    return parse_message(Ern382Builder().build(plan)).root


def _told(element: _Element) -> Any:
    """An element as nested lists of names and texts."""
    return [(child.tag, _told(child) if len(child) else child.text) for child in element]


def _terms(plan: MessagePlan) -> list[Any]:
    return [_told(terms) for terms in _root(plan).iterfind("DealList/ReleaseDeal/Deal/DealTerms")]


def test_a_sale_says_its_uses_its_territories_its_price_and_its_period() -> None:
    terms = _terms(_plan(_deal(DOWNLOAD, end_date=date(2027, 1, 1), territories=Territories(included=("SE", "NO")))))

    assert terms == [
        [
            ("CommercialModelType", "PayAsYouGoModel"),
            ("Usage", [("UseType", "PermanentDownload")]),
            ("TerritoryCode", "SE"),
            ("TerritoryCode", "NO"),
            ("PriceInformation", [("WholesalePricePerUnit", "7.99")]),
            ("ValidityPeriod", [("StartDate", "2026-02-20"), ("EndDate", "2027-01-01")]),
        ]
    ]


def test_a_general_use_stands_apart_from_special_ones_of_its_family() -> None:
    every = (UseType.ON_DEMAND_STREAM, UseType.STREAM, UseType.CONDITIONAL_DOWNLOAD)
    (apart,) = _terms(_plan(_deal(STREAM.model_copy(update={"use_types": every}))))
    (together,) = _terms(_plan(_deal(STREAM.model_copy(update={"use_types": (UseType.STREAM, every[2])}))))

    assert apart[1:3] == [
        ("Usage", [("UseType", "Stream")]),
        ("Usage", [("UseType", "OnDemandStream"), ("UseType", "ConditionalDownload")]),
    ]
    assert together[1] == ("Usage", [("UseType", "Stream"), ("UseType", "ConditionalDownload")])


def test_territories_that_are_left_out_are_named_alone() -> None:
    (terms,) = _terms(_plan(_deal(territories=Territories(excluded=("US", "CA")))))

    named = [entry for entry in terms if "Territory" in entry[0]]
    assert named == [("ExcludedTerritoryCode", "US"), ("ExcludedTerritoryCode", "CA")]


@pytest.mark.parametrize(
    ("settings", "namespace"),
    [({}, "PADPIDA2014120301U"), ({"price_code_namespace": "PADPIDA2012073007X"}, "PADPIDA2012073007X")],
)
def test_a_price_code_takes_the_place_of_the_price(settings: dict[str, str], namespace: str) -> None:
    information = _root(_plan(_deal(DOWNLOAD, price_code="TIER-3"), settings=settings)).find(".//PriceInformation")

    assert information is not None
    assert _told(information) == [("PriceType", "TIER-3")]
    assert information[0].get("Namespace") == namespace


def test_channels_are_named_by_their_party_ids() -> None:
    only = _root(_plan(_deal(channels=("PADPIDA2015101005C",))))
    without = _root(_plan(_deal(excluded_channels=("PADPIDA2016080409F",))))

    assert [party.text for party in only.iterfind(".//DistributionChannel/PartyId")] == ["PADPIDA2015101005C"]
    assert only.find(".//ExcludedDistributionChannel") is None
    assert [party.text for party in without.iterfind(".//ExcludedDistributionChannel/PartyId")] == [
        "PADPIDA2016080409F"
    ]


def test_an_advance_order_has_a_deal_and_a_day_of_its_own_and_gives_tracks_at_once() -> None:
    early = _deal(
        DOWNLOAD,
        release_references=("R0",),
        start_date=date(2026, 1, 20),
        end_date=date(2026, 2, 19),
        pre_order=True,
        instant_gratification=("A1",),
    )
    root = _root(_plan(early, _deal(DOWNLOAD)))

    releases = [[reference.text for reference in entry.iterfind("DealReleaseReference")] for entry in root[-1]]
    first, second = root.iterfind(".//DealTerms")
    assert releases == [["R0"], list(ALL)]
    assert first.findtext("IsPreOrderDeal") == "true"
    assert first.findtext("PreOrderReleaseDate") == "2026-01-20"
    assert [entry.text for entry in first.iterfind("InstantGratificationResourceList/*")] == ["A1"]
    assert second.find("IsPreOrderDeal") is None
    assert second.find("PreOrderReleaseDate") is None


def _visible(*references: str, clip: date = date(2026, 2, 4)) -> PlannedVisibility:
    return PlannedVisibility(
        reference=f"V{references[0][1:]}",
        release_references=references,
        display_start=date(2026, 2, 1),
        track_listing_start=date(2026, 2, 3),
        cover_art_start=date(2026, 2, 2),
        clip_start=clip,
    )


def test_the_four_days_of_being_shown_stand_together_in_the_deal() -> None:
    root = _root(_plan(_deal(), visibilities=(_visible("R0"), _visible(*ALL[1:]))))

    assert len(root.findall("DealList/ReleaseDeal")) == 1
    (terms,) = root.iterfind(".//DealTerms")
    assert [(child.tag, child.text) for child in terms[-4:]] == [
        ("ReleaseDisplayStartDate", "2026-02-01"),
        ("TrackListingPreviewStartDate", "2026-02-03"),
        ("CoverArtPreviewStartDate", "2026-02-02"),
        ("ClipPreviewStartDate", "2026-02-04"),
    ]


def test_releases_that_are_shown_on_other_days_have_the_same_deal_apart() -> None:
    later = _visible(*ALL[1:], clip=date(2026, 2, 10))
    root = _root(_plan(_deal(), visibilities=(_visible("R0"), later)))

    told = [
        (
            [reference.text for reference in entry.iterfind("DealReleaseReference")],
            entry.findtext(".//ClipPreviewStartDate"),
        )
        for entry in root.iterfind("DealList/ReleaseDeal")
    ]
    assert told == [(["R0"], "2026-02-04"), (["R1", "R2", "R3"], "2026-02-10")]


def test_streams_do_not_say_when_a_release_is_shown_where_downloads_do(ddex_folder: Path) -> None:
    deals = (_deal(DOWNLOAD), _deal(STREAM), _deal(CLAIM))

    root = _root(_plan(*deals, visibilities=(_visible(*ALL),)))

    shown = {
        terms.findtext("CommercialModelType"): terms.findtext("ReleaseDisplayStartDate")
        for terms in root.iterfind(".//DealTerms")
    }
    assert shown == {"PayAsYouGoModel": "2026-02-01", "SubscriptionModel": None, "RightsClaimModel": None}
    assert schema_faults(root, ddex_folder) == []


def test_what_is_taken_down_is_not_shown() -> None:
    plan = _plan(_deal(end_date=date(2026, 2, 20)), visibilities=(_visible(*ALL),), subtype=MessageSubtype.TAKEDOWN)

    assert _root(plan).find(".//ReleaseDisplayStartDate") is None


def test_claims_have_a_policy_and_what_the_partner_agreed_for_users() -> None:
    web = {"more_than_percent": 10, "comments": False, "embedding": True}
    (terms,) = _terms(_plan(_deal(CLAIM), settings={"web_policy": web}))

    assert terms[-2:] == [
        ("RightsClaimPolicy", [("RightsClaimPolicyType", "Monetize")]),
        (
            "WebPolicy",
            [
                ("Condition", [("Value", "10"), ("Unit", "Percent"), ("RelationalRelator", "MoreThan")]),
                ("EmbeddingAllowed", "true"),
                ("UserCommentAllowed", "false"),
            ],
        ),
    ]
    (blocked,) = _terms(_plan(_deal(CLAIM), settings={"web_policy": {"more_than_percent": 0, "block_access": True}}))
    assert blocked[-1][1][1] == ("AccessBlockingRequested", "true")


def test_no_other_deal_has_the_policies_of_claims(ddex_folder: Path) -> None:
    plan = _plan(_deal(), _deal(CLAIM), settings={"web_policy": {"more_than_percent": "12.5", "rating": True}})
    root = _root(plan)

    policies = [terms.find("WebPolicy") is not None for terms in root.iterfind(".//DealTerms")]
    assert policies == [False, True]
    assert schema_faults(root, ddex_folder) == []


@pytest.mark.proves("ERN-15")
@pytest.mark.parametrize(
    ("withdrawal", "name"),
    [(Withdrawal.TAKE_DOWN, "TakeDown"), (Withdrawal.ALL_DEALS_CANCELLED, "AllDealsCancelled")],
)
def test_a_withdrawal_takes_the_place_of_what_may_be_done(withdrawal: Withdrawal, name: str) -> None:
    terms = _terms(_plan(_deal(withdrawal=withdrawal), subtype=MessageSubtype.TAKEDOWN))

    assert terms == [
        [(name, "true"), ("TerritoryCode", "Worldwide"), ("ValidityPeriod", [("StartDate", "2026-02-20")])]
    ]


@pytest.mark.parametrize(
    ("deals", "profile"),
    [
        ((_deal(DOWNLOAD),), "GenericDownloadService"),
        (
            (_deal(STREAM), _deal(STREAM, territories=Territories(included=("SE",)))),
            "InteractiveSubscriptionStreamingService",
        ),
        ((_deal(CLAIM),), "RightsClaimsOnUserGeneratedContent"),
        ((_deal(STREAM), _deal(DOWNLOAD)), None),
        ((_deal(CLAIM.model_copy(update={"claim_policy": None})),), None),
        ((_deal(STREAM, price_code="TIER-3"),), None),
        ((_deal(STREAM, withdrawal=Withdrawal.TAKE_DOWN),), None),
        ((_deal(STREAM.model_copy(update={"commercial_model": CommercialModel.FREE_OF_CHARGE})),), None),
        ((), None),
    ],
)
def test_the_business_profile_is_named_where_all_deals_fit_one(
    deals: tuple[PlannedDeal, ...], profile: str | None
) -> None:
    named = _root(_plan(*deals)).get("BusinessProfileVersionId")

    assert named == (f"CommonDealTypes/14/{profile}" if profile else None)


@pytest.mark.proves("ERN-14")
def test_the_business_profile_is_left_out_where_the_partner_or_the_update_indicator_forbids_it() -> None:
    unwanted = _plan(_deal(DOWNLOAD), settings={"business_profile": False})
    indicated = _plan(_deal(DOWNLOAD), options=MessageOptions(update_indicator=True))

    assert _root(unwanted).get("BusinessProfileVersionId") is None
    assert _root(indicated).get("BusinessProfileVersionId") is None


def test_what_is_offered_of_a_simple_single_is_offered_of_its_track_but_not_ordered_in_advance() -> None:
    early = _deal(DOWNLOAD, release_references=("R0",), start_date=date(2026, 1, 20), pre_order=True)
    single = example_plan(profile=ReleaseProfile.SIMPLE_AUDIO_SINGLE)
    plan = single.model_copy(update={"deals": (early, _deal(DOWNLOAD, release_references=("R0",)))})

    deals = _root(plan).findall("DealList/ReleaseDeal")
    told = [[reference.text for reference in deal.iterfind("DealReleaseReference")] for deal in deals]
    assert told == [["R0"], ["R0", "R1"]]


def test_a_message_without_deals_has_no_list_of_them() -> None:
    assert _root(_plan()).find("DealList") is None
