"""Business rules beyond the schema: DDEX's release profiles Audio and SimpleAudioSingle, and our own.

The README lists every rule with its code. Clauses are those of DDEX Release Profile 2.1 and 2.3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from distro_sdk.ern.findings import Rule, finding, profile_of
from distro_sdk.ern.identifiers import check_identifiers, check_party_ids
from distro_sdk.ern.references import check_references
from distro_sdk.ern4.rules.common import (
    check_artists,
    check_contributors,
    check_cues,
    check_defaults,
    check_groups,
    check_hashes,
    check_header,
    check_items,
    check_main_release,
    check_resource_ids,
    check_shares,
    check_user_defined,
)
from distro_sdk.ern4.rules.deals import check_coverage, check_terms, check_visibility
from distro_sdk.ern4.rules.profiles import (
    check_audio_resources,
    check_audio_type,
    check_bonus_resources,
    check_controllers,
    check_isrcs,
    check_single_group,
    check_single_resources,
    check_single_type,
    check_track_releases,
)
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage

COMMON: tuple[Rule, ...] = (
    check_header,
    check_references,
    check_identifiers,
    check_party_ids,
    check_main_release,
    check_artists,
    check_contributors,
    check_groups,
    check_items,
    check_defaults,
    check_user_defined,
    check_shares,
    check_cues,
    check_resource_ids,
    check_hashes,
    check_coverage,
    check_terms,
    check_visibility,
)
BY_PROFILE: Mapping[str, tuple[Rule, ...]] = {
    "Audio": (check_audio_type, check_audio_resources, check_isrcs, check_bonus_resources, check_track_releases),
    "SimpleAudioSingle": (
        check_single_type,
        check_single_resources,
        check_single_group,
        check_isrcs,
        check_controllers,
    ),
}
OTHER_PROFILES = frozenset(
    {"DjMix", "LongFormMusicalWorkVideo", "MixedMedia", "Ringtone", "SimpleVideoSingle", "Video"}
)


class Ern4Rules:
    """Judges messages of one version of ERN 4 in the business rules stage. `format`: such as ``ern/4.3``."""

    stage = ValidationStage.BUSINESS_RULES

    def __init__(self, format: str) -> None:
        self.name = f"{format} rules"
        self.formats = frozenset({format})

    def validate(self, message: ParsedMessage) -> list[ValidationIssue]:
        """Every finding, in document order."""
        if message.name != "NewReleaseMessage":
            text = f"{message.name} is judged by its schema alone"
            return [finding("MESSAGE_TYPE_UNJUDGED", text, message.root, severity=Severity.WARNING)]
        rules = (*COMMON, _check_profile, *BY_PROFILE.get(profile_of(message), ()))
        found = [issue for rule in rules for issue in rule(message)]
        return sorted(found, key=lambda issue: issue.line or 0)


def _check_profile(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """5.2.1: the message names a release profile."""
    profile = profile_of(message)
    if profile in OTHER_PROFILES or not profile:
        text = f"the rules of the profile {profile} are not known here" if profile else "the message names no profile"
        yield finding("PROFILE_UNJUDGED", text, message.root, severity=Severity.WARNING)
    elif profile not in BY_PROFILE:
        yield finding("PROFILE_UNKNOWN", f"{profile} is no release profile", message.root, clause="RP 2.1, 5.2.1")
