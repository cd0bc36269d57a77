"""What messages of ERN 4 say of deals, and of what is shown before there are any."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Price, RightsClaimPolicy, Territories, UseType
from distro_sdk.models.message import MessagePlan, ReleaseProfile
from distro_sdk.models.planned_releases import PlannedDeal
from distro_sdk.testing.plans import example_plan
from tests.unit.messages.ern4_plans import CHANNEL, CLAIM, SALE, STREAMING, deal, rich_plan
from tests.unit.messages.ern4_written import BUILDERS, LATER, first, root_of, schema_faults, tags, texts

every_version = pytest.mark.parametrize("format", BUILDERS)


def terms_of(format: str, told: PlannedDeal) -> etree._Element:
    """The terms of a message with that one deal."""
    return first(root_of(format, offering(told)), "DealList/ReleaseDeal/Deal/DealTerms")


def offering(*deals: PlannedDeal) -> MessagePlan:
    """A plan with these deals."""
    return example_plan().model_copy(update={"deals": deals})


@pytest.mark.proves("COM-01")
@every_version
@pytest.mark.parametrize("model", CommercialModel)
@pytest.mark.parametrize("use", UseType)
def test_every_model_and_use_is_told_in_the_words_of_the_version(
    ddex_folder: Path, format: str, model: CommercialModel, use: UseType
) -> None:
    root = root_of(format, offering(deal(CommercialTerms(commercial_model=model, use_types=(use,)))))

    terms = first(root, "DealList/ReleaseDeal/Deal/DealTerms")
    assert (terms.findtext("CommercialModelType"), terms.findtext("UseType")) == (model.value, use.value)
    assert schema_faults(ddex_folder, format, root) == []


@pytest.mark.proves("TER-01")
@every_version
@pytest.mark.parametrize(
    ("territories", "included", "excluded"),
    [
        (Territories(), ["Worldwide"], []),
        (Territories(included=("DE", "AT")), ["DE", "AT"], []),
        (Territories(excluded=("US", "GB")), [], ["US", "GB"]),
    ],
)
def test_territories_are_those_included_or_those_excluded(
    format: str, territories: Territories, included: list[str], excluded: list[str]
) -> None:
    terms = terms_of(format, deal(STREAMING, territories=territories))

    assert texts(terms, "TerritoryCode") == included
    assert texts(terms, "ExcludedTerritoryCode") == excluded


@every_version
def test_groups_of_territories_have_their_own_dates_and_prices(format: str) -> None:
    nordic = deal(SALE, territories=Territories(included=("SE", "NO")), start_date=date(2026, 3, 1), price_code="NORD")
    others = deal(SALE, territories=Territories(excluded=("SE", "NO")), end_date=date(2027, 1, 1), price_code="REST")

    found = root_of(format, offering(nordic, others)).findall("DealList/ReleaseDeal/Deal/DealTerms")

    told = [
        (
            terms.findtext("ValidityPeriod/StartDate"),
            terms.findtext("ValidityPeriod/EndDate"),
            terms.findtext(".//PriceCode"),
        )
        for terms in found
    ]
    assert told == [("2026-03-01", None, "NORD"), ("2026-02-20", "2027-01-01", "REST")]


@every_version
def test_a_price_is_told_with_its_currency(format: str) -> None:
    price = first(terms_of(format, deal(SALE)), "PriceInformation/WholesalePricePerUnit")

    assert (price.text, price.get("CurrencyCode")) == ("9.90", "SEK")


@every_version
def test_a_price_code_takes_the_place_of_the_price(format: str) -> None:
    information = first(terms_of(format, deal(SALE, price_code="TIER-3")), "PriceInformation")

    assert [(child.tag, child.text, child.get("Namespace")) for child in information] == [
        ("PriceCode", "TIER-3", "PADPIDA2014120301U")
    ]


@every_version
def test_price_codes_stand_in_the_namespace_of_who_controls_them(ddex_folder: Path, format: str) -> None:
    plan = offering(deal(SALE, price_code="TIER-3")).model_copy(update={"settings": {"price_code_namespace": "DSP"}})

    root = root_of(format, plan)

    code = first(root, "DealList/ReleaseDeal/Deal/DealTerms/PriceInformation/PriceCode")
    assert (code.text, code.get("Namespace")) == ("TIER-3", "DSP")
    assert schema_faults(ddex_folder, format, root) == []


@every_version
def test_a_pre_order_is_a_deal_that_gives_some_recordings_at_once(format: str) -> None:
    early, late = root_of(format, rich_plan()).findall("DealList/ReleaseDeal/Deal/DealTerms")[:2]

    assert [early.findtext(path) for path in ("ValidityPeriod/StartDate", "ValidityPeriod/EndDate")] == [
        "2026-01-20",
        "2026-02-19",
    ]
    assert early.findtext("IsPreOrderDeal") == "true"
    assert texts(early, "InstantGratificationResourceList/DealResourceReference") == ["A1"]
    assert late.find("IsPreOrderDeal") is None
    assert late.find("InstantGratificationResourceList") is None


@every_version
def test_an_item_that_is_given_at_once_says_so(format: str) -> None:
    plan = example_plan(profile=ReleaseProfile.SIMPLE_AUDIO_SINGLE)
    item = plan.release.group.items[0].model_copy(update={"instant_gratification": True})
    group = plan.release.group.model_copy(update={"items": (item,)})
    given = plan.model_copy(update={"release": plan.release.model_copy(update={"group": group})})

    root = root_of(format, given)

    assert texts(root, "ReleaseList/Release/ResourceGroup/*/IsInstantGratificationResource") == ["true"]


@every_version
@pytest.mark.parametrize(
    ("field", "element"),
    [("channels", "DistributionChannel"), ("excluded_channels", "ExcludedDistributionChannel")],
)
def test_channels_are_told_by_their_party_id(format: str, field: str, element: str) -> None:
    terms = terms_of(format, deal(STREAMING, **{field: (CHANNEL,)}))

    assert texts(terms, f"{element}/PartyId/DPID") == [CHANNEL]


@every_version
@pytest.mark.parametrize("policy", RightsClaimPolicy)
def test_a_rights_claim_names_its_policy(ddex_folder: Path, format: str, policy: RightsClaimPolicy) -> None:
    root = root_of(format, offering(deal(CLAIM.model_copy(update={"claim_policy": policy}))))

    assert texts(root, "DealList/ReleaseDeal/Deal/DealTerms/RightsClaimPolicy/RightsClaimPolicyType") == [policy.value]
    assert schema_faults(ddex_folder, format, root) == []


@pytest.mark.proves("ERN-07")
@every_version
def test_terms_stand_in_the_order_of_the_schema(ddex_folder: Path, format: str) -> None:
    everything = deal(
        SALE, end_date=date(2027, 1, 1), channels=(CHANNEL,), pre_order=True, instant_gratification=("A1",)
    )

    assert tags(terms_of(format, everything)) == [
        "TerritoryCode",
        "ValidityPeriod",
        "CommercialModelType",
        "UseType",
        "DistributionChannel",
        "PriceInformation",
        "IsPreOrderDeal",
        "InstantGratificationResourceList",
    ]
    assert schema_faults(ddex_folder, format, root_of(format, offering(everything))) == []


@every_version
def test_deals_of_the_same_releases_stand_together(format: str) -> None:
    root = root_of(format, offering(deal(SALE), deal(STREAMING), deal(STREAMING, ("R1", "R2"))))

    together = [
        (texts(one, "DealReleaseReference"), len(one.findall("Deal"))) for one in root.findall("DealList/ReleaseDeal")
    ]
    assert together == [(["R0"], 2), (["R1", "R2"], 1)]


@pytest.mark.parametrize("format", LATER)
def test_what_is_shown_before_the_release_date_is_told_by_local_days(format: str) -> None:
    shown = first(root_of(format, rich_plan()), "DealList/ReleaseVisibility")

    assert [(child.tag, child.text) for child in shown] == [
        ("VisibilityReference", "V0"),
        ("ReleaseDisplayStartDateTime", "2026-01-01T00:00:00"),
        ("CoverArtPreviewStartDateTime", "2026-01-02T00:00:00"),
        ("FullTrackListingPreviewStartDateTime", "2026-01-03T00:00:00"),
    ]


def test_4_2_tells_of_clips_at_the_tracks_alone() -> None:
    root = root_of("ern/4.2", rich_plan())

    assert root.find("DealList/ReleaseVisibility/ClipPreviewStartDateTime") is None
    assert root.findtext("DealList/TrackReleaseVisibility/ClipPreviewStartDateTime") == "2026-01-04T00:00:00"


@every_version
def test_releases_refer_to_what_says_when_they_are_shown(format: str) -> None:
    root = root_of(format, rich_plan())

    assert root.findtext("ReleaseList/Release/ReleaseVisibilityReference") == "V0"
    assert set(texts(root, "ReleaseList/TrackRelease/ReleaseVisibilityReference")) == {"V1"}
    track = first(root, "DealList/TrackReleaseVisibility")
    assert [(child.tag, child.text) for child in track] == [
        ("VisibilityReference", "V1"),
        ("TrackListingPreviewStartDateTime", "2026-01-03T00:00:00"),
        ("ClipPreviewStartDateTime", "2026-01-04T00:00:00"),
    ]


@pytest.mark.proves("ERN-01", "ERN-02", "ERN-24")
@every_version
def test_a_plan_with_everything_is_valid_by_the_official_schema(ddex_folder: Path, format: str) -> None:
    assert schema_faults(ddex_folder, format, root_of(format, rich_plan())) == []


@pytest.mark.parametrize("format", BUILDERS)
def test_a_currency_is_taken_if_every_state_of_the_values_has_it(ddex_folder: Path, format: str) -> None:
    for currency in ("EUR", "USD", "JPY", "SEK", "BRL"):
        priced = SALE.model_copy(update={"price": Price(amount=Decimal(1), currency=currency)})
        assert schema_faults(ddex_folder, format, root_of(format, offering(deal(priced)))) == []
