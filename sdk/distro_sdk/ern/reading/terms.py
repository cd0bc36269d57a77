"""What deals of all versions say alike: territories, periods, prices, policies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from distro_sdk.ern.reading.found import FoundDeal, FoundVisibility
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.values import read_day, read_number
from distro_sdk.models.commerce import WORLDWIDE, CommercialModel, Price, RightsClaimPolicy, Territories, UseType

_CODE = re.compile(r"[A-Z]{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_LONGEST_CODE = 50
_MODELS = {model.value: model for model in CommercialModel}
_USES = {use.value: use for use in UseType}
_POLICIES = {policy.value: policy for policy in RightsClaimPolicy}


def read_territories(node: Node) -> Territories | None:
    """Where a deal holds. None where our codes cannot say it; nothing is ever offered where the message does not."""
    included = node.children("TerritoryCode")
    excluded = node.children("ExcludedTerritoryCode")
    known = [code for code in included if _CODE.fullmatch(code.value) or code.value == WORLDWIDE]
    leave_all([code for code in included if code not in known])
    codes = sorted({code.value for code in known})
    if included and not codes:
        return None
    if any(not _CODE.fullmatch(code.value) for code in excluded):
        return None
    if WORLDWIDE in codes or not codes:
        return Territories(excluded=tuple(sorted({code.value for code in excluded})))
    left = [code for code in codes if code not in {code.value for code in excluded}]
    return Territories(included=tuple(left)) if left else None


def read_period(node: Node) -> tuple[date | None, date | None]:
    """The first and the last day of a deal; a second period has no place in our model."""
    periods = node.children("ValidityPeriod")
    leave_all(periods[1:])
    if not periods:
        return None, None
    return _day(periods[0], "StartDate", "StartDateTime"), _day(periods[0], "EndDate", "EndDateTime")


def read_models(nodes: list[Node]) -> tuple[CommercialModel, ...]:
    """The commercial models that we have words for."""
    leave_all([node for node in nodes if node.value not in _MODELS])
    return tuple(dict.fromkeys(_MODELS[node.value] for node in nodes if node.value in _MODELS))


def read_uses(nodes: list[Node]) -> tuple[UseType, ...]:
    """The uses that we have words for."""
    leave_all([node for node in nodes if node.value not in _USES])
    return tuple(dict.fromkeys(_USES[node.value] for node in nodes if node.value in _USES))


def read_policy(nodes: list[Node]) -> RightsClaimPolicy | None:
    """What happens with users' content; conditions have no place in our model."""
    known = [node for node in nodes if (node.text("RightsClaimPolicyType") or "") in _POLICIES]
    leave_all([node for node in nodes if node not in known[:1]])
    return _POLICIES[known[0].text("RightsClaimPolicyType") or ""] if known else None


def read_price(node: Node | None) -> Price | None:
    """A wholesale price per unit."""
    amount: Decimal | None = node.parse(read_number) if node and node.value else None
    currency = node.attribute("CurrencyCode") if node else None
    if node is None or amount is None:
        return None
    if amount < 0 or not _CURRENCY.fullmatch(currency or ""):
        node.leave()
        return None
    return node.build(Price, amount=amount, currency=currency)


def read_visibility(node: Node) -> FoundVisibility:
    """From when something is shown, wherever that stands."""
    return FoundVisibility(
        display_start=_day(node, *_both("ReleaseDisplayStartDate")),
        cover_art_start=_day(node, *_both("CoverArtPreviewStartDate")),
        track_listing_start=_day(
            node, *_both("FullTrackListingPreviewStartDate"), *_both("TrackListingPreviewStartDate")
        ),
        clip_start=_day(node, *_both("ClipPreviewStartDate")),
    )


def shown_with(deals: Sequence[FoundDeal], release: str) -> FoundVisibility | None:
    """From when a release is shown, where each deal says it: as the first says that does; others are left."""
    told = [deal for deal in deals if deal.visibility not in {None, FoundVisibility()}]
    own = [deal for deal in told if release in deal.releases]
    first = next(iter(own), None)
    for deal in told:
        if first is None or deal.visibility != first.visibility:
            deal.node.leave()
    return first.visibility if first else None


def _both(name: str) -> tuple[str, str]:
    """A date, and a moment of the same name."""
    return name, f"{name}Time"


def read_price_code(node: Node | None) -> str | None:
    """A code in a list of prices; one that is longer than ours can be is left."""
    if node is None or len(node.value) > _LONGEST_CODE:
        if node is not None:
            node.leave()
        return None
    return node.value or None


def _day(period: Node, *names: str) -> date | None:
    for name in names:
        if (node := period.child(name)) is not None and node.value:
            day = node.parse(read_day)
            if day is None:
                node.leave()
            return day
    return None
