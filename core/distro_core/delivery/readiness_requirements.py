"""What every platform asks of audio, cover, dates, territories and terms, with the figures of its profile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from distro_core.delivery.readiness_case import ReadinessCase
from distro_core.delivery.readiness_issues import ReadinessGroup, ReadinessIssue
from distro_sdk.models.assets import AudioProperties
from distro_sdk.models.catalogue import ImageType
from distro_sdk.models.commerce import WORLDWIDE, Territories
from distro_sdk.models.validation import Severity
from distro_sdk.platform_rules import LeadTimeRule


def find_unmet_requirements(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    """Everything in which a release or a target differs from what the platform asks for."""
    yield from _audio_faults(case)
    yield from _cover_faults(case)
    yield from _lead_time_faults(case)
    yield from _territory_faults(case)
    yield from _rights_faults(case)


def _audio_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    """Rows WLK-01 and TGT-03. A file that is gone is the catalogue's to tell."""
    assets = case.assets
    for place, track in case.recordings():
        asset = assets.get(track.audio_asset_id or "")
        if asset is None or asset.audio is None:
            continue
        for code, reason in _unfit_audio(case, asset.audio):
            message = f"track {place + 1} {reason}"
            yield case.issue(ReadinessGroup.AUDIO, code, message, f"tracks.{place}.audio_asset_id")


def _unfit_audio(case: ReadinessCase, audio: AudioProperties) -> Iterator[tuple[str, str]]:
    profile, wanted = case.profile, case.profile.audio
    if audio.format not in profile.audio_formats:
        taken = ", ".join(format.value for format in profile.audio_formats)
        yield "AUDIO_FORMAT_UNSUITABLE", f"is {audio.format.value}, and {profile.name} takes {taken}"
    if not wanted.lowest_sample_rate <= audio.sample_rate <= wanted.highest_sample_rate:
        limits = f"{wanted.lowest_sample_rate} to {wanted.highest_sample_rate}"
        yield "SAMPLE_RATE_UNSUITABLE", f"has {audio.sample_rate} Hz, and {profile.name} takes {limits}"
    if audio.lossless and audio.bit_depth is not None and audio.bit_depth not in wanted.bit_depths:
        depths = " or ".join(str(depth) for depth in wanted.bit_depths)
        yield "BIT_DEPTH_UNSUITABLE", f"has {audio.bit_depth} bits a sample, and {profile.name} takes {depths}"
    if audio.channels > wanted.most_channels:
        yield "CHANNELS_UNSUITABLE", f"has {audio.channels} channels, and {profile.name} takes {wanted.most_channels}"


def _cover_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    """Row WLK-08. That a cover is square is the catalogue's to tell."""
    assets, wanted, name = case.assets, case.profile.images, case.profile.name
    for place, image in enumerate(case.release.images):
        asset = assets.get(image.asset_id)
        if image.type is not ImageType.FRONT_COVER or asset is None or asset.image is None:
            continue
        found = asset.image
        faults: list[tuple[str, str]] = []
        if min(found.width, found.height) < case.target.minimum_cover:
            size = f"{found.width} by {found.height} pixels"
            faults.append(("COVER_BELOW_MINIMUM", f"is {size}, and {name} takes {case.target.minimum_cover} or more"))
        if found.format not in wanted.formats:
            taken = ", ".join(format.value for format in wanted.formats)
            faults.append(("COVER_FORMAT_UNSUITABLE", f"is {found.format.value}, and {name} takes {taken}"))
        if asset.size > wanted.largest_file:
            faults.append(("COVER_FILE_TOO_LARGE", f"has {asset.size} bytes, and {name} takes {wanted.largest_file}"))
        if found.colour_mode not in wanted.colour_modes:
            taken = ", ".join(wanted.colour_modes)
            faults.append(("COVER_COLOURS_UNSUITABLE", f"is {found.colour_mode}, and {name} takes {taken}"))
        for code, reason in faults:
            yield case.issue(ReadinessGroup.ARTWORK, code, f"the cover {reason}", f"images.{place}")


def time_left(case: ReadinessCase) -> timedelta | None:
    """The time until the release date begins, in UTC; None where there is no date, or it has come already."""
    date = case.release.release_date
    if date is None or date < case.now.date():
        return None
    return datetime.combine(date, time(), UTC) - case.now


def _lead_time_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    """Row WLK-12: less than the least is an error, less than what is advised a warning. Hours may replace the days."""
    date, profile = case.release.release_date, case.profile
    if date is None:
        return
    if date < case.now.date():
        message = f"the release date {date} has come: the release is on sale as soon as {profile.name} has it"
        yield case.issue(ReadinessGroup.LEAD_TIME, "RELEASE_DATE_PAST", message, "release_date", Severity.WARNING)
        return
    days = (date - case.now.date()).days
    in_hours = any(isinstance(rule, LeadTimeRule) and rule.severity is Severity.ERROR for rule in profile.rules)
    if days < profile.lead_time and not in_hours:
        message = f"the release date {date} is {days} days away, and {profile.name} needs {profile.lead_time}"
        yield case.issue(ReadinessGroup.LEAD_TIME, "LEAD_TIME_TOO_SHORT", message, "release_date")
    elif days < profile.advised_lead_time:
        message = f"the release date {date} is {days} days away: {profile.advised_lead_time} are better"
        yield case.issue(ReadinessGroup.LEAD_TIME, "LEAD_TIME_SHORT", message, "release_date", Severity.WARNING)


def _territory_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    groups = case.release.territory_groups
    offered = [group.territories for group in groups] if groups else [case.release.territories]
    served = case.profile.territories
    if not any(overlap(each, served) for each in offered):
        message = f"the release is offered nowhere that {case.profile.name} serves"
        path = "territory_groups" if groups else "territories"
        yield case.issue(ReadinessGroup.RIGHTS, "TERRITORIES_UNSERVED", message, path)


def overlap(one: Territories, other: Territories) -> bool:
    """Whether any territory belongs to both; one that is Worldwide with exclusions means everywhere else."""
    if WORLDWIDE in one.included and WORLDWIDE in other.included:
        return True
    if WORLDWIDE in one.included:
        one, other = other, one
    held = {code for code in one.included if code not in other.excluded}
    return bool(held if WORLDWIDE in other.included else held & set(other.included))


def _rights_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    rights = case.release.rights
    if rights and rights.end_date and rights.end_date < case.now.date():
        message = f"the rights ended on {rights.end_date}"
        yield case.issue(ReadinessGroup.RIGHTS, "RIGHTS_ENDED", message, "rights.end_date")
