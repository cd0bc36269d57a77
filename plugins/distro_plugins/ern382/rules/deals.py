"""Rules about deals of ERN 3.8.2 (BP 1.4, clauses 3 and 4) and the business profiles that a message may name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from distro_sdk.ern.deals import DEALS as EVERY_VERSION
from distro_sdk.ern.deals import TERMS
from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity

PHYSICAL = "PurchaseAsPhysicalProduct"
CLAIMS = "RightsClaimsOnUserGeneratedContent"
PREVIEWS = tuple(
    f"{shown}StartDate{end}"
    for shown in ("ReleaseDisplay", "TrackListingPreview", "CoverArtPreview", "ClipPreview")
    for end in ("", "Time")
)
# What a use in general contains (BP 1.4, 4.3.2(12) and (13)).
FAMILIES = {
    "Stream": {
        "ContentInfluencedStream",
        "InteractiveStream",
        "NonInteractiveStream",
        "OnDemandStream",
        "TimeInfluencedStream",
    },
    "Download": {"ConditionalDownload", "KioskDownload", "PermanentDownload", "TetheredDownload"},
}
PAY, ADS, SUBSCRIPTION = "PayAsYouGoModel", "AdvertisementSupportedModel", "SubscriptionModel"
PERMANENT, CONDITIONAL = "PermanentDownload", "ConditionalDownload"


@dataclass(frozen=True)
class Profile:
    """A business profile: what at least one deal must offer. `model` None: no model may be told; `drm`: the words."""

    model: str | None
    uses: tuple[str, ...]
    drm: str = ""
    interface: str = ""
    streaming: bool = False


PROFILES = {
    "GenericDownloadService": Profile(PAY, (PERMANENT,)),
    "DRMProtectedDownloadService": Profile(PAY, (PERMANENT,), drm="DrmEnforced"),
    "NonProtectedDownloadService": Profile(PAY, (PERMANENT,), drm="NotDrmEnforced"),
    "AdSupportedDownloadService": Profile(ADS, (PERMANENT,)),
    "DRMProtectedAdSupportedDownloadService": Profile(ADS, (PERMANENT,), drm="DrmEnforced"),
    "NonProtectedAdSupportedDownloadService": Profile(ADS, (PERMANENT,), drm="NotDrmEnforced"),
    "TetheredDownloadService": Profile(SUBSCRIPTION, (CONDITIONAL,)),
    "AdSupportedTetheredDownloadService": Profile(ADS, (CONDITIONAL,)),
    "InteractiveSubscriptionStreamingService": Profile(SUBSCRIPTION, ("OnDemandStream",), streaming=True),
    "InteractiveAdSupportedStreamingService": Profile(ADS, ("OnDemandStream",), streaming=True),
    "NonInteractiveSubscriptionStreamingService": Profile(SUBSCRIPTION, ("NonInteractiveStream",), streaming=True),
    "NonInteractiveAdSupportedStreamingService": Profile(ADS, ("NonInteractiveStream",), streaming=True),
    "NonInteractiveSubscriptionStreamingServiceOnDevice": Profile(
        "DeviceFeeModel", ("NonInteractiveStream",), streaming=True
    ),
    "GenericSubscriptionStreamingService": Profile(SUBSCRIPTION, ("Stream",), streaming=True),
    "GenericAdSupportedStreamingService": Profile(ADS, ("Stream",), streaming=True),
    "GenericPayAsYouGoStreamingService": Profile(PAY, ("Stream",), streaming=True),
    "KioskService": Profile(PAY, (PERMANENT, "KioskDownload"), interface="Kiosk"),
    # DDEX's own samples of these two tell the download itself.
    "RingtonesAndMobileService": Profile(PAY, ("Download", "UseAsAlertTone", "UseAsRingbackTone", "UseAsRingtone")),
    CLAIMS: Profile("RightsClaimModel", ("UserMakeAvailableLabelProvided", "UserMakeAvailableUserProvided")),
    PHYSICAL: Profile(None, (PHYSICAL,)),
}


def _named(message: Judged) -> dict[str, Profile]:
    """The business profiles that the message names, without those that nobody knows."""
    ids = (message.root.get("BusinessProfileVersionId") or "").split()
    names = (id.rpartition("/")[2] for id in ids)
    return {name: PROFILES[name] for name in names if name in PROFILES}


def _unfit_deals(message: Judged) -> Iterator[Hit]:
    """Clause 3: each named profile has its model and its use in some deal."""
    for name, profile in _named(message).items():
        terms = message.select(f"{TERMS}[Usage]")
        if terms and not any(_fits(profile, deal) for deal in terms):
            yield message.root, name


def _fits(profile: Profile, terms: _Element) -> bool:
    models = {element.text for element in terms.findall("CommercialModelType")}
    if (models and profile.model is None) or (profile.model is not None and profile.model not in models):
        return False
    return any(_uses(profile, usage) for usage in terms.findall("Usage"))


def _uses(profile: Profile, usage: _Element) -> bool:
    told = {element.text for element in usage.findall("UseType")}
    drm = usage.findtext("TechnicalInstantiation/DrmEnforcementType")
    interfaces = {element.text for element in usage.findall("UserInterfaceType")}
    return (
        not told.isdisjoint(profile.uses)
        and (not profile.drm or drm == profile.drm)
        and (not profile.interface or profile.interface in interfaces)
    )


def _stream_prices(message: Judged) -> Iterator[_Element]:
    """A message of streaming profiles alone carries no prices and no dates before the start."""
    named = _named(message)
    if named and all(profile.streaming for profile in named.values()):
        yield from message.select(f"{TERMS}/*[self::PriceInformation or self::PreOrderReleaseDate]")


def _claims_elsewhere(message: Judged) -> Iterator[_Element]:
    named = _named(message)
    if named and CLAIMS not in named:
        yield from message.select(f"{TERMS}/*[self::RightsClaimPolicy or self::WebPolicy]")


def _no_policies(message: Judged) -> Iterator[_Element]:
    if CLAIMS in _named(message):
        yield from message.select(
            f"{TERMS}[CommercialModelType='RightsClaimModel'][not(RightsClaimPolicy or WebPolicy)]"
        )


def _generic_and_special(message: Judged) -> Iterator[Hit]:
    """4.3.2(12) and (13): the general use stands for all, so it needs no special ones, and all of these are it."""
    for usage in message.select(f"{TERMS}/Usage[UseType[2]]"):
        told = {element.text for element in usage.findall("UseType")}
        for general, special in FAMILIES.items():
            if (general in told and told & special) or special <= told:
                yield usage, general


def _physical_terms(message: Judged) -> Iterator[_Element]:
    yield from message.select(
        f"{TERMS}[not(Usage/UseType='{PHYSICAL}')]/*[self::PhysicalReturns or self::NumberOfProductsPerCarton]"
        f" | {TERMS}[not(Usage/UseType='{PHYSICAL}')]/Usage/CarrierType"
    )


def _shown_late(message: Judged) -> Iterator[_Element]:
    for element in message.select(" | ".join(f"{TERMS}/{name}" for name in PREVIEWS)):
        terms = element.getparent()
        period = None if terms is None else terms.find("ValidityPeriod")
        if period is not None:
            start = period.findtext("StartDate") or period.findtext("StartDateTime") or ""
            if start and (element.text or "")[:10] > start[:10]:
                yield element


DEALS: tuple[Rule, ...] = (
    *EVERY_VERSION,
    Rule(
        "TAKE_DOWN_DEPRECATED",
        f"{TERMS}/*[self::TakeDown or self::AllDealsCancelled] | DealList/ReleaseDeal/EffectiveDate",
        "{name} is deprecated: send the deals that remain, or one with its end",
        "BP 1.4, 4.7",
        severity=Severity.WARNING,
        needs=("TakeDown", "AllDealsCancelled", "EffectiveDate"),
    ),
    Rule(
        "DEAL_TERM_FORBIDDEN",
        f"{TERMS}/RelatedReleaseOfferSet | DealList/ReleaseDeal/Deal/ResourceUsage",
        "{name} has no place in a deal",
        "BP 1.4, 4.3.2(5) and (10)",
        needs=("RelatedReleaseOfferSet", "ResourceUsage"),
    ),
    Rule(
        "DEAL_LANGUAGE_FORBIDDEN",
        "DealList/ReleaseDeal/Deal[.//@LanguageAndScriptCode]",
        "a deal has no LanguageAndScriptCode",
        "BP 1.4, 4.3.2(1)",
    ),
    Rule(
        "PHYSICAL_ONLY",
        _physical_terms,
        f"{{name}} is for products on a carrier only (UseType {PHYSICAL})",
        "BP 1.4, 4.3.2(6) to (8)",
        needs=("PhysicalReturns", "NumberOfProductsPerCarton", "CarrierType"),
    ),
    Rule(
        "USES_OVERLAP",
        _generic_and_special,
        "one Usage tells {detail} and its special forms, or all of these",
        "BP 1.4, 4.3.2(12) and (13)",
    ),
    Rule(
        "PRICE_AMBIGUOUS",
        f"{TERMS}/PriceInformation[WholesalePricePerUnit or BulkOrderWholesalePricePerUnit]"
        "[PriceType or PriceRangeType]",
        "a wholesale price is combined with a price type",
        "BP 1.4, 4.6(3)",
        needs=("WholesalePricePerUnit", "BulkOrderWholesalePricePerUnit"),
    ),
    Rule(
        "VISIBILITY_TOO_LATE",
        _shown_late,
        "{name} {value} is after the start of the deal",
        "BP 1.4, 4.4",
        severity=Severity.WARNING,
        needs=PREVIEWS,
    ),
    Rule(
        "RENTAL_UNFIT",
        f"/*[@BusinessProfileVersionId]/{TERMS}/ConsumerRentalPeriod",
        "no business profile rents",
        "BP 1.4, 4.3.3(5)",
        severity=Severity.WARNING,
        needs=("ConsumerRentalPeriod",),
    ),
    Rule(
        "BUSINESS_PROFILE_UNFIT",
        _unfit_deals,
        "no deal has the model and the use of the business profile {detail}",
        "BP 1.4, 3",
    ),
    Rule(
        "STREAM_PRICED",
        _stream_prices,
        "a streaming profile carries no {name}",
        "BP 1.4, 4.3.12(9)",
        severity=Severity.WARNING,
        needs=("PriceInformation", "PreOrderReleaseDate"),
    ),
    Rule(
        "CLAIM_FORBIDDEN",
        _claims_elsewhere,
        f"{{name}} is for the business profile {CLAIMS} only",
        "BP 1.4, 4.3.18(3)",
        needs=("RightsClaimPolicy", "WebPolicy"),
    ),
    Rule(
        "CLAIM_POLICY_MISSING",
        _no_policies,
        "a claim of rights has neither RightsClaimPolicy nor WebPolicy",
        "BP 1.4, 4.3.18(3) and (4)",
    ),
)
