"""From a release and an order to a plan: everything that a message says is decided here, once for all formats."""

from __future__ import annotations

from collections.abc import Iterator

from distro_core.messages.deals import plan_deals
from distro_core.messages.enrichment import enrich_plan
from distro_core.messages.faults import find_faults
from distro_core.messages.omissions import leave_out
from distro_core.messages.order import MessageOrder
from distro_core.messages.planning import Planning, known
from distro_core.messages.profiles import WITHOUT_TRACKS, fitting_profile, fitting_variants
from distro_core.messages.releases import MAIN_RELEASE, plan_release, plan_track_releases, plan_visibilities
from distro_core.messages.resources import plan_resources
from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.delivery import FileKind, ResourceFile
from distro_sdk.models.message import MessagePlan, MessageType
from distro_sdk.models.planned_resources import PlannedFile


def plan_message(complete: CompleteRelease, order: MessageOrder) -> MessagePlan:
    """Decide the whole message; raises `DomainErrors` with every reason why the release cannot be told."""
    complete = complete.model_copy(update={"release": leave_out(complete.release, order.options)})
    if faults := find_faults(complete, order):
        raise DomainErrors(faults)
    profile = order.profile or fitting_profile(complete.release)
    planning = Planning.of(complete, order, profile)
    release = planning.release
    resources = plan_resources(planning)
    main = plan_release(planning, resources)
    tracks = () if profile in WITHOUT_TRACKS else tuple(plan_track_releases(planning, resources))
    references = (MAIN_RELEASE, *(track.reference for track in tracks))
    given_at_once = {
        recording.reference: track.instant_gratification_date
        for track, recording in zip(release.tracks, resources.of_tracks, strict=True)
        if track.instant_gratification_date
    }
    plan = MessagePlan(
        message_id=order.message_id,
        thread_id=order.thread_id,
        type=MessageType.PURGE_RELEASE if order.purges else MessageType.NEW_RELEASE,
        subtype=order.subtype,
        test=order.test,
        created_at=order.created_at,
        sender=order.sender,
        sent_on_behalf_of=order.sent_on_behalf_of,
        recipients=order.recipients,
        options=order.options,
        settings=order.settings,
        profile=profile,
        variants=fitting_variants(release),
        language=order.language or known(release.language),
        parties=planning.parties.planned(),
        sound_recordings=resources.sound_recordings,
        videos=resources.videos,
        images=resources.images,
        texts=resources.texts,
        release=main,
        track_releases=tracks,
        deals=plan_deals(planning, references, main.release_date, given_at_once),
        visibilities=tuple(plan_visibilities(planning, tracks)),
    )
    return enrich_plan(plan, release)


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
    for recording in plan.sound_recordings:
        yield FileKind.AUDIO, recording.file
        if recording.immersive:
            yield FileKind.AUDIO, recording.immersive.file
    yield from ((FileKind.VIDEO, video.file) for video in plan.videos)
    yield from ((FileKind.IMAGE, image.file) for image in plan.images)
    yield from ((FileKind.DOCUMENT, text.file) for text in plan.texts)
