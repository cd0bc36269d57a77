"""From a release and an order to a plan: everything that a message says is decided here, once for all formats."""

from __future__ import annotations

from collections.abc import Iterator

from distro_core.messages.deals import plan_deals
from distro_core.messages.faults import find_faults
from distro_core.messages.order import MessageOrder
from distro_core.messages.planning import Planning, known
from distro_core.messages.releases import MAIN_RELEASE, plan_release, plan_track_releases
from distro_core.messages.resources import plan_images, plan_recordings
from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import CompleteRelease, Release, ReleaseType
from distro_sdk.models.delivery import FileKind, ResourceFile
from distro_sdk.models.message import MessagePlan, MessageSubtype, PlannedFile, ReleaseProfile


def plan_message(complete: CompleteRelease, order: MessageOrder) -> MessagePlan:
    """Decide the whole message; raises `DomainErrors` with every reason why the release cannot be told."""
    if faults := find_faults(complete, order):
        raise DomainErrors(faults)
    planning = Planning.of(complete, order)
    release = planning.release
    profile = order.profile or _fitting_profile(release)
    recordings = tuple(plan_recordings(planning))
    images = tuple(plan_images(planning, first_number=len(recordings) + 1))
    main = plan_release(planning, recordings)
    simple = profile is ReleaseProfile.SIMPLE_AUDIO_SINGLE
    tracks = () if simple else tuple(plan_track_releases(planning, recordings))
    references = (MAIN_RELEASE, *(track.reference for track in tracks))
    takedown = order.subtype is MessageSubtype.TAKEDOWN
    return MessagePlan(
        message_id=order.message_id,
        thread_id=order.thread_id,
        subtype=order.subtype,
        test=order.test,
        created_at=order.created_at,
        sender=order.sender,
        sent_on_behalf_of=order.sent_on_behalf_of,
        recipients=order.recipients,
        profile=profile,
        language=order.language or known(release.language),
        parties=planning.parties.planned(),
        sound_recordings=recordings,
        images=images,
        release=main,
        track_releases=tracks,
        deals=() if takedown else plan_deals(release, order.terms, references, main.release_date),
    )


def resource_files(plan: MessagePlan, complete: CompleteRelease) -> tuple[ResourceFile, ...]:
    """The files that travel with the message, in the order in which it names them."""
    names = {asset.id: asset.file_name for asset in complete.assets}
    return tuple(
        ResourceFile(
            kind=kind,
            name=file.name,
            original_name=names[file.asset_id],
            asset_id=file.asset_id,
            size=file.size,
            hashes=file.hashes,
        )
        for kind, file in _files(plan)
        if file.provided
    )


def _files(plan: MessagePlan) -> Iterator[tuple[FileKind, PlannedFile]]:
    yield from ((FileKind.AUDIO, recording.file) for recording in plan.sound_recordings)
    yield from ((FileKind.IMAGE, image.file) for image in plan.images)


def _fitting_profile(release: Release) -> ReleaseProfile:
    """SimpleAudioSingle for one track with its cover; further images have their place in Audio alone (F 1353)."""
    simple = release.type is ReleaseType.SINGLE and len(release.tracks) == 1 and len(release.images) == 1
    return ReleaseProfile.SIMPLE_AUDIO_SINGLE if simple else ReleaseProfile.AUDIO
