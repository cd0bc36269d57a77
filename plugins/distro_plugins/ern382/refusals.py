"""What ERN 3.8.2 or the profile cannot say of a release: every reason at once, with its path into the release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from distro_plugins.ern382.context import Context, in_playing_order
from distro_plugins.ern382.currencies import is_priced
from distro_plugins.ern382.deals import releases_of, split_by_visibility, tells_days
from distro_plugins.ern382.languages import is_told
from distro_plugins.ern382.profiles import RELEASE_TYPES, Profile
from distro_plugins.ern382.resources import COMPANION_TYPES
from distro_plugins.ern382.settings import AllowedValues
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.catalogue import ContributorRole, ImageType
from distro_sdk.models.message import HashAlgorithm

_ONE_IMAGE: Final = frozenset({Profile.AUDIO_SINGLE, Profile.AUDIO_ALBUM, Profile.CLASSICAL})
_WITH_CAPTURES: Final = frozenset({Profile.VIDEO_SINGLE, Profile.VIDEO_ALBUM})
_SHOWN: Final = ("display_start", "track_listing_start", "cover_art_start", "clip_start")


def find_refusals(context: Context) -> Iterator[DomainError]:
    """Every reason why the plan cannot be written."""
    yield from _profile_refusals(context)
    yield from _image_refusals(context)
    yield from _line_refusals(context)
    yield from _recording_refusals(context)
    yield from _value_refusals(context)
    yield from _deal_refusals(context)
    yield from _visibility_refusals(context)


def _profile_refusals(context: Context) -> Iterator[DomainError]:
    plan, profile = context.plan, context.profile
    if plan.release.type not in RELEASE_TYPES[profile]:
        text = f"a release of type {plan.release.type} cannot be told with the profile {profile.value}"
        yield DomainError("RELEASE_TYPE_UNSUPPORTED", text, ("type",))
    if profile is Profile.AUDIO_ALBUM and len(plan.sound_recordings) == 1:
        yield _unfit(profile, "has more than one recording (RP 1.4, 3.1)", "tracks")
    composers = {ContributorRole.COMPOSER, ContributorRole.COMPOSER_LYRICIST}
    credited = {role for recording in plan.recordings for entry in recording.contributors for role in entry.roles}
    if profile is Profile.CLASSICAL and not composers & credited:
        yield DomainError("COMPOSER_MISSING", "a classical release names a composer (RP 1.4, 4.8)", ("contributors",))


def _image_refusals(context: Context) -> Iterator[DomainError]:
    plan, profile = context.plan, context.profile
    of_release = [image for image in plan.images if image.reference not in _own_captures(context)]
    covers = [place for place, image in enumerate(of_release) if image.type is ImageType.FRONT_COVER]
    if not covers and profile is not Profile.VIDEO_SINGLE:
        yield DomainError(
            "COVER_MISSING", f"the profile {profile.value} needs a front cover (RP 1.4, 3.1)", ("images",)
        )
    for place in covers[1:]:
        text = f"the profile {profile.value} has one front cover (RP 1.4, 3.1)"
        yield DomainError("COVER_REPEATED", text, ("images", place))
    for place, image in enumerate(of_release):
        if image.type is ImageType.SCREEN_CAPTURE and not plan.videos:
            yield _unfit(profile, "has screen captures of videos alone", "images", place)
        elif image.type is not ImageType.FRONT_COVER and profile in _ONE_IMAGE and not context.settings.several_images:
            yield _unfit(profile, "has no image beside the front cover (RP 1.4, 3.1)", "images", place)
    if profile in _WITH_CAPTURES and not (len(plan.videos) == 1 and context.captures):
        for video in plan.videos:
            if not video.screen_capture_reference:
                path = _track_path(video.reference, "screen_capture_asset_id", context)
                yield _unfit(profile, "has a screen capture of each video (RP 1.4, 3.1)", *path)


def _own_captures(context: Context) -> set[str | None]:
    """Images of tracks, which are no images of the release."""
    return {video.screen_capture_reference for video in context.plan.videos}


def _line_refusals(context: Context) -> Iterator[DomainError]:
    """RP 1.4, 4.3(5a): every release has both lines, and those of a track are its own or those of its release."""
    release = context.plan.release
    if release.p_line is None:
        yield DomainError("P_LINE_MISSING", "the release has no P-line", ("p_line",))
    if release.c_line is None:
        yield DomainError("C_LINE_MISSING", "the release has no C-line", ("c_line",))


def _recording_refusals(context: Context) -> Iterator[DomainError]:
    values = context.settings.allowed_values
    for sound in context.plan.sound_recordings:
        if sound.immersive:
            path = _track_path(sound.reference, "immersive", context)
            yield DomainError("IMMERSIVE_UNSUPPORTED", "ERN 3.8.2 has no place for an immersive twin", path)
    for recording in context.plan.recordings:
        told = recording.language and not getattr(recording, "instrumental", False)
        if told and recording.language and not is_told(recording.language, values):
            text = f"the allowed values of {values.value} have no language {recording.language}"
            yield DomainError("LANGUAGE_UNSUPPORTED", text, _track_path(recording.reference, "language", context))


def _value_refusals(context: Context) -> Iterator[DomainError]:
    options = context.plan.options
    old = context.settings.allowed_values is AllowedValues.OF_2020
    if options.hash_algorithm is HashAlgorithm.SHA256 and old:
        text = "the allowed values of 2020 have no SHA-256: choose MD5 or SHA1, or the values of 2025"
        yield DomainError("VALUE_UNSUPPORTED", text, ("options", "hash_algorithm"))
    for place, companion in enumerate(context.plan.companions):
        if companion.format.partition("/")[0] not in COMPANION_TYPES:
            text = f"a message of {companion.format} cannot be named in ERN 3.8.2"
            yield DomainError("VALUE_UNSUPPORTED", text, ("options", "companions", place))


def _deal_refusals(context: Context) -> Iterator[DomainError]:
    values = context.settings.allowed_values
    deals = context.plan.deals
    if any(deal.channels and deal.excluded_channels for deal in deals):
        text = "a deal names either the channels it is for or those it is not for"
        yield DomainError("CHANNELS_CONTRADICTORY", text, ("options", "excluded_channels"))
    told = {deal.terms.price.currency for deal in deals if deal.terms.price and not deal.price_code}
    for currency in sorted(currency for currency in told if not is_priced(currency, values)):
        text = f"the allowed values of {values.value} have no currency {currency}"
        yield DomainError("CURRENCY_UNSUPPORTED", text, ("terms",))


def _visibility_refusals(context: Context) -> Iterator[DomainError]:
    """By the schema's text nothing is shown later than its deal starts, not even that of advance orders."""
    late: dict[str, None] = {}
    for deal in (deal for deal in context.plan.deals if tells_days(deal, context)):
        for _, shown in split_by_visibility(releases_of(deal, context), context):
            days = zip(_SHOWN, shown or (), strict=False)
            late |= {name: None for name, day in days if day > deal.start_date}
    for name in late:
        text = f"{name} lies after the start of a deal, which ERN 3.8.2 cannot say"
        yield DomainError("VISIBILITY_TOO_LATE", text, ("visibility", name))


def _track_path(reference: str, field: str, context: Context) -> Path:
    """Where a recording stands in the release: tracks are listed in playing order."""
    order = [item.resource_reference for item in in_playing_order(context.plan.release.group)]
    return ("tracks", order.index(reference), field) if reference in order else ("tracks", field)


def _unfit(profile: Profile, reason: str, *path: str | int) -> DomainError:
    return DomainError("PROFILE_UNFIT", f"the profile {profile.value} of ERN 3.8.2 {reason}", path)
