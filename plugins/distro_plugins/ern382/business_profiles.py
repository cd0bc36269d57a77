"""Which business profile of 1.4 the deals of a message follow (BP 1.4, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from distro_plugins.ern382.settings import Ern382Settings
from distro_sdk.models.commerce import CommercialModel, UseType
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import PlannedDeal

_CLAIMS: Final = "RightsClaimsOnUserGeneratedContent"
_DOWNLOAD: Final = "GenericDownloadService"

_PROFILES: Final[Mapping[tuple[CommercialModel, UseType], str]] = {
    (CommercialModel.PAY_AS_YOU_GO, UseType.PERMANENT_DOWNLOAD): _DOWNLOAD,
    (CommercialModel.PAY_AS_YOU_GO, UseType.STREAM): "GenericPayAsYouGoStreamingService",
    (CommercialModel.ADVERTISEMENT_SUPPORTED, UseType.PERMANENT_DOWNLOAD): "AdSupportedDownloadService",
    (CommercialModel.ADVERTISEMENT_SUPPORTED, UseType.CONDITIONAL_DOWNLOAD): "AdSupportedTetheredDownloadService",
    (CommercialModel.ADVERTISEMENT_SUPPORTED, UseType.ON_DEMAND_STREAM): "InteractiveAdSupportedStreamingService",
    (CommercialModel.ADVERTISEMENT_SUPPORTED, UseType.NON_INTERACTIVE_STREAM): (
        "NonInteractiveAdSupportedStreamingService"
    ),
    (CommercialModel.ADVERTISEMENT_SUPPORTED, UseType.STREAM): "GenericAdSupportedStreamingService",
    (CommercialModel.SUBSCRIPTION, UseType.CONDITIONAL_DOWNLOAD): "TetheredDownloadService",
    (CommercialModel.SUBSCRIPTION, UseType.ON_DEMAND_STREAM): "InteractiveSubscriptionStreamingService",
    (CommercialModel.SUBSCRIPTION, UseType.NON_INTERACTIVE_STREAM): "NonInteractiveSubscriptionStreamingService",
    (CommercialModel.SUBSCRIPTION, UseType.STREAM): "GenericSubscriptionStreamingService",
    (CommercialModel.RIGHTS_CLAIM, UseType.USER_MAKE_AVAILABLE_LABEL_PROVIDED): _CLAIMS,
    (CommercialModel.RIGHTS_CLAIM, UseType.USER_MAKE_AVAILABLE_USER_PROVIDED): _CLAIMS,
}


def business_profile_id(plan: MessagePlan, settings: Ern382Settings) -> str | None:
    """The BusinessProfileVersionId, such as ``CommonDealTypes/14/GenericDownloadService``, None where none fits all.

    One id only: the rules of most streaming profiles forbid to name another one beside (BP 1.4, 4.3.11(8) and alike).
    """
    if not settings.business_profile or plan.options.update_indicator:
        # UpdateIndicator breaks every business profile (BP 1.4, 4.7.2).
        return None
    names = {name for deal in plan.deals for name in _names(deal, settings)}
    if len(names) != 1 or None in names:
        return None
    return f"CommonDealTypes/{settings.profile_version.value}/{names.pop()}"


def _names(deal: PlannedDeal, settings: Ern382Settings) -> set[str | None]:
    """The profiles of one deal; None stands for what no profile knows."""
    if deal.withdrawal:
        return {None}
    names = {_PROFILES.get((deal.terms.commercial_model, use)) for use in deal.terms.use_types}
    priced = deal.pre_order or deal.price_code or deal.terms.price
    if priced and names != {_DOWNLOAD}:
        return {None}
    if _CLAIMS in names and not deal.terms.claim_policy and not settings.web_policy:
        return {None}
    return names
