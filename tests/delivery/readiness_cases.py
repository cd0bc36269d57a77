"""Releases with one fault each, for the check before distribution."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from distro_core.catalogue.complete import load_complete_release
from distro_core.delivery.readiness.case import ReadinessCase
from distro_core.delivery.readiness.issues import ReadinessIssue
from distro_core.delivery.readiness.service import Readiness
from distro_sdk.models.catalogue import CompleteRelease, ProprietaryId, Release
from tests.delivery.label import Label

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
FAR_AWAY = date(2026, 5, 1)
Found = set[tuple[str, str, str]]
"""Group, code and path of each issue."""


def told(issues: list[ReadinessIssue] | tuple[ReadinessIssue, ...]) -> Found:
    return {(issue.group.value, issue.code, issue.path) for issue in issues}


def codes(readiness: Readiness) -> set[str]:
    return {issue.code for issue in readiness.found}


def changed(complete: CompleteRelease, **fields: Any) -> CompleteRelease:
    """The release with other fields."""
    return complete.model_copy(update={"release": complete.release.model_copy(update=fields)})


def with_track(complete: CompleteRelease, **fields: Any) -> CompleteRelease:
    """The release whose first track has other fields."""
    first, *others = complete.release.tracks
    return changed(complete, tracks=(first.model_copy(update=fields), *others))


def with_tracks(complete: CompleteRelease, **fields: Any) -> CompleteRelease:
    """The release with other fields of every track."""
    return changed(complete, tracks=tuple(track.model_copy(update=fields) for track in complete.release.tracks))


def with_audio(complete: CompleteRelease, **fields: Any) -> CompleteRelease:
    """The release whose first audio file is of another kind."""
    wanted = complete.release.tracks[0].audio_asset_id
    assets = tuple(
        asset.model_copy(update={"audio": asset.audio.model_copy(update=fields)})
        if asset.id == wanted and asset.audio
        else asset
        for asset in complete.assets
    )
    return complete.model_copy(update={"assets": assets})


def with_cover(complete: CompleteRelease, size: int | None = None, **fields: Any) -> CompleteRelease:
    """The release with another cover. `size`: bytes."""
    assets = tuple(
        asset.model_copy(update={"image": asset.image.model_copy(update=fields), "size": size or asset.size})
        if asset.image
        else asset
        for asset in complete.assets
    )
    return complete.model_copy(update={"assets": assets})


def known_as(complete: CompleteRelease, *namespaces: str) -> CompleteRelease:
    """The release whose parties have an identifier of each service."""
    ids = tuple(ProprietaryId(namespace=name, value="1") for name in namespaces)
    return complete.model_copy(
        update={"parties": tuple(party.model_copy(update={"proprietary_ids": ids}) for party in complete.parties)}
    )


async def case_of(label: Label, platform: str, **fields: Any) -> ReadinessCase:
    """A release without faults, two months ahead, and a target of a platform."""
    release = await label.release()
    complete = changed(await load_complete_release(label.scope.store, release), release_date=FAR_AWAY)
    target = await label.target(platform=platform, **fields)
    return ReadinessCase(complete.release, complete, target, label.scope.plugins.platforms[platform], NOW)


def of_release(case: ReadinessCase, complete: CompleteRelease, original: Release | None = None) -> ReadinessCase:
    """The same case with another release."""
    return replace(case, complete=complete, original=original or complete.release)
