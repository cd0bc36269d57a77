"""What single platforms ask for beyond all others: one judge for each kind of rule (rows GDE-06 to GDE-09)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from distro_core.delivery.readiness.case import ReadinessCase
from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue
from distro_core.delivery.readiness.requirements import time_left
from distro_sdk.models.catalogue import ArtistRole, ImageType
from distro_sdk.platform_rules import (
    ArtistIdRule,
    BookletRule,
    CommercialTermsRule,
    ContributorRule,
    ImmersiveAudioRule,
    LeadTimeRule,
    LosslessAudioRule,
    OfferRule,
    PlatformRule,
    PreviewRule,
    SameOnAllTargetsRule,
)

Found = Iterator[tuple[str, str]]
"""What is wrong, beside the rule's own sentence, and where."""


def find_broken_rules(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    """Every place where a release or target breaks a special rule of its platform."""
    for rule in case.profile.rules:
        judged = _judge(case, rule)
        if judged is None:
            continue
        group, code, found = judged
        for message, path in found:
            yield case.issue(group, code, f"{message}. {rule.sentence}", path, rule.severity)


def _judge(case: ReadinessCase, rule: PlatformRule) -> tuple[ReadinessGroup, str, Found] | None:
    match rule:
        case ArtistIdRule():
            return ReadinessGroup.PLATFORM, "ARTIST_ID_MISSING", _without_artist_id(case, rule)
        case BookletRule():
            return ReadinessGroup.ARTWORK, "BOOKLET_MISSING", _without_booklet(case, rule)
        case ContributorRule():
            return ReadinessGroup.CREDITS, "CONTRIBUTOR_MISSING", _without_contributor(case, rule)
        case ImmersiveAudioRule():
            return ReadinessGroup.AUDIO, "IMMERSIVE_LEFT_OUT", _without_twin(case)
        case LeadTimeRule():
            return ReadinessGroup.LEAD_TIME, "LEAD_TIME_RULE_BROKEN", _too_late(case, rule)
        case LosslessAudioRule():
            return ReadinessGroup.AUDIO, "AUDIO_NOT_LOSSLESS", _lossy(case)
        case PreviewRule():
            return ReadinessGroup.AUDIO, "PREVIEW_UNSUITABLE", _without_preview(case, rule)
        case SameOnAllTargetsRule():
            return ReadinessGroup.PLATFORM, "TARGETS_DIFFER", _told_otherwise(case)
        case CommercialTermsRule() | OfferRule():
            # The terms are the target's alone and judged with it; an offer asks for nothing.
            return None


def _without_artist_id(case: ReadinessCase, rule: ArtistIdRule) -> Found:
    parties = {party.id: party for party in case.complete.parties}
    for place, artist in enumerate(case.release.artists):
        party = parties.get(artist.party_id)
        if party is None or artist.role is not ArtistRole.MAIN_ARTIST:
            continue
        if all(given.namespace.lower() != rule.namespace for given in party.proprietary_ids):
            yield f"{party.name} has no identifier of {rule.namespace}", f"artists.{place}"


def _without_booklet(case: ReadinessCase, rule: BookletRule) -> Found:
    if case.release.type in rule.types and case.release.booklet_asset_id is None:
        yield f"the {case.release.type.value} has no booklet that is delivered", "booklet_asset_id"


def _without_contributor(case: ReadinessCase, rule: ContributorRule) -> Found:
    wanted = set(rule.roles)
    for place, track in case.recordings():
        if rule.sung_only and track.instrumental:
            continue
        if not any(wanted & set(contributor.roles) for contributor in track.contributors):
            roles = " or ".join(role.value for role in rule.roles)
            yield f"track {place + 1} names no {roles}", f"tracks.{place}.contributors"


def _without_twin(case: ReadinessCase) -> Found:
    if case.target.options.immersive_audio:
        return
    for place, track in enumerate(case.original.tracks):
        if track.immersive:
            yield (
                f"the immersive twin of track {place + 1} is left out by the target's options",
                f"tracks.{place}.immersive",
            )


def _too_late(case: ReadinessCase, rule: LeadTimeRule) -> Found:
    left = time_left(case)
    if left is not None and left < timedelta(hours=rule.hours):
        hours = max(0, int(left.total_seconds() // 3600))
        yield f"the release date {case.release.release_date} is {hours} hours away, not {rule.hours}", "release_date"


def _lossy(case: ReadinessCase) -> Found:
    assets = case.assets
    for place, track in case.recordings():
        asset = assets.get(track.audio_asset_id or "")
        if asset is not None and asset.audio is not None and not asset.audio.lossless:
            yield f"track {place + 1} is {asset.audio.format.value}", f"tracks.{place}.audio_asset_id"


def _without_preview(case: ReadinessCase, rule: PreviewRule) -> Found:
    for place, track in case.recordings():
        path = f"tracks.{place}.preview"
        if track.preview is None:
            yield f"track {place + 1} has no preview", path
        elif not rule.shortest <= track.preview.duration <= rule.longest:
            yield f"the preview of track {place + 1} lasts {track.preview.duration} seconds", path


def _told_otherwise(case: ReadinessCase) -> Found:
    covers = [
        (place, image.asset_id)
        for place, image in enumerate(case.release.images)
        if image.type is ImageType.FRONT_COVER
    ]
    for given in case.elsewhere:
        if given.target_id == case.target.id:
            continue
        if given.title != case.release.title:
            yield f"target {given.target_id} was told the title {given.title!r}", "title"
        for place, asset_id in covers:
            if given.images and asset_id not in given.images:
                yield f"target {given.target_id} was given another cover", f"images.{place}"
