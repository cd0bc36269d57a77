"""Judges a release with everything around it: its files, and the other releases of the tenant."""

from __future__ import annotations

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.rules import find_asset_faults, find_errors, find_gaps
from distro_core.store.stores import TenantStore
from distro_sdk.models.validation import Severity, ValidationIssue

MOST_DUPLICATES_NAMED = 5


async def check_release(store: TenantStore, release: ReleaseDocument) -> tuple[ValidationIssue, ...]:
    """Every error and warning of a release (row CAT-13), errors first."""
    assets = await store.collection(AssetDocument).get_many(release.asset_ids())
    issues = [
        *find_errors(release),
        *find_asset_faults(release, assets),
        *find_gaps(release),
        *await find_isrc_elsewhere(store, release),
    ]
    return tuple(sorted(issues, key=lambda issue: issue.severity is not Severity.ERROR))


async def find_isrc_elsewhere(store: TenantStore, release: ReleaseDocument) -> list[ValidationIssue]:
    """A warning for each track whose ISRC other releases use; it names their tracks (row CAT-26).

    The same recording may stand on several releases, so this is no error.
    """
    isrcs = sorted({track.isrc for track in release.tracks if track.isrc})
    if not isrcs:
        return []
    others = await store.collection(ReleaseDocument).list({"tracks.isrc": {"$in": isrcs}, "id": {"$ne": release.id}})
    issues = []
    for place, track in enumerate(release.tracks):
        named = [
            f"{found.title!r} on {other.title!r} (release {other.id}, track {found.id})"
            for other in others
            for found in other.tracks
            if track.isrc and found.isrc == track.isrc
        ]
        if named:
            shown = ", ".join(named[:MOST_DUPLICATES_NAMED])
            more = f" and {len(named) - MOST_DUPLICATES_NAMED} more" if len(named) > MOST_DUPLICATES_NAMED else ""
            issues.append(
                ValidationIssue(
                    code="ISRC_ELSEWHERE",
                    message=f"{track.isrc} is also the ISRC of {shown}{more}",
                    severity=Severity.WARNING,
                    path=f"tracks.{place}.isrc",
                )
            )
    return issues
