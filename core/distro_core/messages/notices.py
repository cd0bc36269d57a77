"""What a plan tells that may be a mistake: warnings, which keep nothing from being sent."""

from __future__ import annotations

from collections.abc import Iterator

from distro_sdk.models.commerce import CommercialModel, UseType
from distro_sdk.models.message import MessagePlan, MessageSubtype
from distro_sdk.models.planned_releases import PlannedDeal
from distro_sdk.models.validation import Severity, ValidationIssue


def find_plan_notices(plan: MessagePlan) -> Iterator[ValidationIssue]:
    """Downloads of the release that are offered without any price; nobody says then what they cost."""
    sold = [deal for deal in plan.deals if plan.release.reference in deal.release_references and _is_download(deal)]
    unpriced = [deal for deal in sold if deal.price_code is None and deal.terms.price is None]
    if unpriced and plan.subtype is not MessageSubtype.TAKEDOWN:
        where = ", ".join(dict.fromkeys(code for deal in unpriced for code in deal.territories.included[:5]))
        yield ValidationIssue(
            code="DOWNLOAD_WITHOUT_PRICE",
            message=f"downloads are offered in {where} without a price code or a price",
            severity=Severity.WARNING,
            path="rights.price_code",
        )


def _is_download(deal: PlannedDeal) -> bool:
    terms = deal.terms
    return terms.commercial_model is CommercialModel.PAY_AS_YOU_GO and UseType.PERMANENT_DOWNLOAD in terms.use_types
