"""Everything in a plan that Apple's format cannot carry, each with its path into the release."""

from __future__ import annotations

from collections.abc import Iterator

from distro_plugins.apple53.credits import apple_id
from distro_plugins.apple53.files import find_cover_faults, find_stereo_faults, find_twin_faults
from distro_plugins.apple53.identity import album_vendor_id, padded_upc
from distro_plugins.apple53.products import find_deal_faults
from distro_plugins.apple53.settings import AppleSettings, Omission
from distro_plugins.apple53.tables import MAX_TRACKS, genre_codes
from distro_plugins.apple53.tracklist import Place, track_list
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessageType
from distro_sdk.models.planned_releases import GroupType, PlannedGenre, PlannedGroup

RELEASE_TYPES = frozenset({ReleaseType.SINGLE, ReleaseType.EP, ReleaseType.ALBUM, ReleaseType.COMPILATION})
UNKNOWN_GROUPS = frozenset({GroupType.RELEASE_COMPONENT, GroupType.MULTI_WORK_PART})


def find_refusals(plan: MessagePlan, settings: AppleSettings) -> Iterator[DomainError]:
    """Every reason why there is no package for a plan. A takedown needs the identity of the album alone."""
    if plan.type is not MessageType.NEW_RELEASE:
        yield DomainError("APPLE_MESSAGE_UNSUPPORTED", f"Apple has no message like {plan.type.value}", ("type",))
    if plan.test and not settings.test_packages:
        text = "a package has no sign that it is a test: Apple would take it for real (setting test_packages)"
        yield DomainError("APPLE_TEST_INEXPRESSIBLE", text, ("test",))
    if plan.release.type not in RELEASE_TYPES:
        text = f"a package here is an album of sound recordings, not a release of type {plan.release.type}"
        yield DomainError("RELEASE_TYPE_UNSUPPORTED", text, ("type",))
    yield from _identity(plan, settings)
    yield from _artist_ids(plan)
    if plan.subtype is MessageSubtype.TAKEDOWN:
        return
    tracks = track_list(plan)
    yield from _contents(plan, tracks, settings)
    yield from _genres(plan, tracks)
    yield from _audio(plan, tracks, settings)
    yield from find_cover_faults(plan)
    yield from find_deal_faults(plan, settings)
    if plan.visibilities and Omission.DISPLAY_DATES not in settings.leave_out:
        text = "a product has no day from which it is shown"
        yield DomainError("APPLE_CONTENT_UNSUPPORTED", text, ("visibility",))


def _identity(plan: MessagePlan, settings: AppleSettings) -> Iterator[DomainError]:
    release = plan.release
    if padded_upc(release.icpn) is None:
        text = f"{release.icpn} is no UPC or EAN of 12 or 13 digits with a right check digit"
        yield DomainError("APPLE_UPC_UNFIT", text, ("icpn",))
    if album_vendor_id(release, settings) is None:
        text = f"the release has nothing of the form {settings.vendor_id} that is a vendor id: letters, digits and _"
        yield DomainError("APPLE_VENDOR_ID_MALFORMED", text, ("icpn",))


def _artist_ids(plan: MessagePlan) -> Iterator[DomainError]:
    for party in plan.parties:
        number = apple_id(party)
        if number is not None and not (number.isascii() and number.isdigit()):
            text = f"{number} is no artist id of Apple's, which has digits only"
            yield DomainError("APPLE_ARTIST_ID_MALFORMED", text, ("parties", party.reference))


def _contents(plan: MessagePlan, tracks: tuple[Place, ...], settings: AppleSettings) -> Iterator[DomainError]:
    order = [item.resource_reference for item in plan.release.group.all_items()]
    for video in plan.videos:
        place = order.index(video.reference) if video.reference in order else 0
        yield DomainError("APPLE_VIDEO_UNSUPPORTED", f"{video.title} is a video", ("tracks", place))
    if len(tracks) > MAX_TRACKS:
        text = f"the release has {len(tracks)} tracks, a package carries {MAX_TRACKS}"
        yield DomainError("APPLE_TRACKS_TOO_MANY", text, ("tracks",))
    unknown = [group for group in _groups(plan.release.group) if group.type in UNKNOWN_GROUPS]
    for type, title in dict.fromkeys((group.type, group.title) for group in unknown):
        field = "components" if type is GroupType.RELEASE_COMPONENT else "works"
        text = f"a package has no place that is known for the group {title}"
        yield DomainError("APPLE_CONTENT_UNSUPPORTED", text, (field,))
    if plan.texts and Omission.BOOKLET not in settings.leave_out:
        text = "the form in which Apple takes a booklet is not confirmed (setting leave_out)"
        yield DomainError("APPLE_CONTENT_UNSUPPORTED", text, ("booklet_asset_id",))
    if plan.companions:
        text = "no message can travel beside the metadata: a package holds nothing that it does not name"
        yield DomainError("APPLE_CONTENT_UNSUPPORTED", text, ("companions",))
    if len(plan.images) > 1 and Omission.FURTHER_IMAGES not in settings.leave_out:
        text = "a package carries the front cover and no other image"
        yield DomainError("APPLE_CONTENT_UNSUPPORTED", text, ("images",))


def _genres(plan: MessagePlan, tracks: tuple[Place, ...]) -> Iterator[DomainError]:
    yield from _genre(plan.release.genre, ("genre",))
    for place in tracks:
        if place.release and place.release.genre != plan.release.genre:
            yield from _genre(place.release.genre, ("tracks", place.position - 1, "genre"))


def _genre(genre: PlannedGenre, path: Path) -> Iterator[DomainError]:
    """Row APL-03: a wrong code makes Apple refuse the whole package, so none is guessed."""
    if genre.code is None:
        text = f"{genre.name} has no code: let the target name Apple's genres"
        yield DomainError("APPLE_GENRE_CODE_MISSING", text, path)
    for code in (genre.code, genre.subgenre_code):
        if code is not None and code not in genre_codes():
            yield DomainError("APPLE_GENRE_UNKNOWN", f"{code} is not in Apple's list of genres", path)


def _audio(plan: MessagePlan, tracks: tuple[Place, ...], settings: AppleSettings) -> Iterator[DomainError]:
    update = plan.subtype is MessageSubtype.UPDATE
    for place in tracks:
        path = ("tracks", place.position - 1)
        recording = place.recording
        travels = recording.file.provided or bool(recording.immersive and recording.immersive.file.provided)
        if update and travels and not settings.audio_in_updates:
            text = f"{recording.isrc} would get other audio by an update (setting audio_in_updates)"
            yield DomainError("APPLE_AUDIO_CHANGED", text, (*path, "audio_asset_id"))
        yield from find_stereo_faults(recording, path)
        yield from find_twin_faults(recording, path)


def _groups(group: PlannedGroup) -> Iterator[PlannedGroup]:
    for inner in group.groups:
        yield inner
        yield from _groups(inner)
