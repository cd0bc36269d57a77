"""What stands between a release and its distribution, in the groups of the checklist (row GDE-18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from distro_core.messages.preview import as_issues
from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model
from distro_sdk.models.validation import Severity, ValidationIssue


class ReadinessGroup(StrEnum):
    """The eight groups of the checklist, in its order."""

    AUDIO = "audio"
    ARTWORK = "artwork"
    METADATA = "metadata"
    IDENTIFIERS = "identifiers"
    LEAD_TIME = "lead_time"
    CREDITS = "credits"
    RIGHTS = "rights"
    PLATFORM = "platform"


class ReadinessIssue(Model):
    """One finding. `path`: into the release, or into the target where no release is named.

    `release_id` is None for what concerns a target by itself, `target_id` for what concerns a release for all targets.
    """

    group: ReadinessGroup
    severity: Severity = Severity.ERROR
    code: str
    message: str
    path: str = ""
    release_id: str | None = None
    target_id: str | None = None


_BY_FIELD: Final[Mapping[str, ReadinessGroup]] = {
    **dict.fromkeys(
        ("audio_asset_id", "video_asset_id", "immersive", "preview", "resource_type", "video_type"),
        ReadinessGroup.AUDIO,
    ),
    **dict.fromkeys(("images", "screen_capture_asset_id", "booklet_asset_id"), ReadinessGroup.ARTWORK),
    **dict.fromkeys(("icpn", "grid", "isrc", "iswc", "isni", "ipi", "dpid"), ReadinessGroup.IDENTIFIERS),
    **dict.fromkeys(("release_date", "pre_order_date", "visibility"), ReadinessGroup.LEAD_TIME),
    **dict.fromkeys(("artists", "contributors", "display_artist", "label_party_id", "parties"), ReadinessGroup.CREDITS),
    **dict.fromkeys(
        ("rights", "p_line", "c_line", "territories", "territory_groups", "commercial_terms"), ReadinessGroup.RIGHTS
    ),
    **dict.fromkeys(
        (
            "choreography",
            "choreography_settings",
            "format",
            "genre_provider",
            "message_settings",
            "options",
            "profile",
            "secrets",
            "settings",
            "transport",
            "variants",
        ),
        ReadinessGroup.PLATFORM,
    ),
}
"""The group of what is wrong with a field, by the field's name: the innermost that is listed decides."""

_BY_CODE: Final[Mapping[str, ReadinessGroup]] = {
    "COMMERCIAL_TERMS_CONTRADICTORY": ReadinessGroup.RIGHTS,
    "COMMERCIAL_TERMS_MISSING": ReadinessGroup.RIGHTS,
    "RECORDING_OWNER_CONFLICT": ReadinessGroup.RIGHTS,
    "PROFILE_UNFIT": ReadinessGroup.PLATFORM,
}
"""Faults whose place does not tell their group."""


def group_of(code: str, path: str, default: ReadinessGroup = ReadinessGroup.METADATA) -> ReadinessGroup:
    """The group of a finding. `path`: dotted; `default`: where neither code nor path is known."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    named = (_BY_FIELD[step] for step in reversed(path.split(".")) if step in _BY_FIELD)
    return next(named, default)


def of_release(
    found: Iterable[ValidationIssue], release_id: str, target_id: str | None = None
) -> Iterator[ReadinessIssue]:
    """Findings about a release, each in its group."""
    for issue in found:
        yield ReadinessIssue(
            group=group_of(issue.code, issue.path),
            severity=issue.severity,
            code=issue.code,
            message=issue.message,
            path=issue.path,
            release_id=release_id,
            target_id=target_id,
        )


def of_target(error: DomainError, target_id: str) -> Iterator[ReadinessIssue]:
    """Why a target cannot be used: whatever it is, it is the platform's group."""
    for issue in as_issues(error):
        yield ReadinessIssue(
            group=group_of(issue.code, issue.path, ReadinessGroup.PLATFORM),
            code=issue.code,
            message=issue.message,
            path=issue.path,
            target_id=target_id,
        )
