"""Deals: the target's commercial terms, within the release's territories and periods."""

from __future__ import annotations

from distro_sdk.models.catalogue import Release
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.message import PlannedDeal


def plan_deals(
    release: Release, terms: tuple[CommercialTerms, ...], references: tuple[str, ...]
) -> tuple[PlannedDeal, ...]:
    """One deal per commercial model with its uses, for the main release and every track release (rule X-4).

    A release is not available before its release date, and not outside the period of its rights.
    """
    if release.release_date is None:
        raise AssertionError("find_faults lets no release without date pass")
    rights = release.rights
    start = max(release.release_date, rights.start_date) if rights else release.release_date
    return tuple(
        PlannedDeal(
            release_references=references,
            terms=offered,
            territories=release.territories,
            start_date=start,
            end_date=rights.end_date if rights else None,
            price_code=rights.price_code if rights else None,
        )
        for offered in terms
    )
