"""Telling a platform of a package whose files stand at the receiver (rows ADI-03, ADI-05, ADI-06)."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.packaging import PackedFile
from distro_core.delivery.progress import DeliveryCancelled
from distro_core.delivery.runs import BatchRun
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platforms.adapters import Conversation, find_adapter, open_conversation
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order
from distro_sdk.adapters import AdapterAction, Content, ContentFile, ContentPackage
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype

SUBMISSION = "platform_submission"

_WANTED = {
    MessageSubtype.INITIAL: AdapterAction.SUBMIT,
    MessageSubtype.UPDATE: AdapterAction.UPDATE_METADATA,
    MessageSubtype.TAKEDOWN: AdapterAction.TAKEDOWN,
}


async def submit(run: BatchRun, target: TargetDocument, files: Sequence[PackedFile]) -> None:
    """Tell the target's platform of every delivery, where its adapter can, and keep the platform's references.

    May be repeated: the id of the message keeps the platform from taking anything twice. Raises `TransportError`, or
    `DeliveryCancelled` where somebody was faster.
    """
    adapter = find_adapter(run.scope, target)
    if adapter is None or not {AdapterAction.SUBMIT, *_WANTED.values()} & adapter.actions:
        return
    async with run.log.step(SUBMISSION, "The platform is told") as details:
        await _commit(run)
        async with open_conversation(run.scope, target, adapter) as conversation:
            for delivery in list(run.deliveries.values()):
                content = await describe(run.scope, delivery, files)
                reference = await _tell(run.scope, conversation, delivery, adapter.prepare_content(content))
                if reference is not None:
                    await run.note(delivery.id, Change(set={"aftermath.reference": reference}))
        references = [delivery.aftermath.reference for delivery in run.deliveries.values()]
        details |= {"adapter": adapter.key, "references": [each for each in references if each]}


async def _commit(run: BatchRun) -> None:
    """Note that the platform may have the release from now on, and may call back before its reference is noted.

    The upload has noted so before the completion marker, unless that stood there already.
    """
    deliveries = run.scope.store.collection(DeliveryDocument)
    open_ones = {"id": {"$in": list(run.deliveries)}, "committed_at": None}
    for delivery in await deliveries.list(open_ones):
        committed = Change(set={"committed_at": run.scope.clock.now()})
        where = {"holder": run.batch.holder, "status": Status.UPLOADING}
        if not await deliveries.try_write(delivery.id, committed, where=where):
            raise DeliveryCancelled(delivery.id)


async def describe(scope: Scope, delivery: DeliveryDocument, files: Sequence[PackedFile] = ()) -> Content:
    """A delivery in the words of the catalogue. `files`: of the whole package; raises NOT_FOUND."""
    release = await scope.store.collection(ReleaseDocument).get(delivery.release_id)
    complete = await load_complete_release(scope.store, release)
    return Content(
        delivery_id=delivery.id,
        message_id=delivery.message_id,
        batch_id=delivery.batch_id,
        subtype=delivery.subtype,
        test=delivery.test,
        release=complete.release,
        artists=tuple(complete.party(artist.party_id).name for artist in complete.release.artists),
        label=complete.party(release.label_party_id).name if release.label_party_id else "",
        files=tuple(
            ContentFile(path=file.path, kind=file.file.kind, size=file.size, md5=file.hashes.md5)
            for file in files
            if file.file.delivery_id in {None, delivery.id}
        ),
    )


async def _tell(
    scope: Scope, conversation: Conversation, delivery: DeliveryDocument, package: ContentPackage
) -> str | None:
    """The platform's reference of what it was told, None where the adapter cannot tell it."""
    actions = conversation.adapter.actions
    known = await _known_reference(scope, delivery)
    if delivery.subtype is MessageSubtype.TAKEDOWN:
        if known is None or AdapterAction.TAKEDOWN not in actions:
            return None
        if not await conversation.ask(lambda session: session.takedown(known, package)):
            raise _refused("it does not take the takedown")
        return known
    can_update = delivery.subtype is MessageSubtype.UPDATE and AdapterAction.UPDATE_METADATA in actions
    if known is not None and can_update and await conversation.ask(lambda own: own.update_metadata(known, package)):
        return known
    if AdapterAction.SUBMIT not in actions:
        return None
    return (await conversation.ask(lambda session: session.deliver_content(package))).reference


async def _known_reference(scope: Scope, delivery: DeliveryDocument) -> str | None:
    """What the platform called the release's latest delivery before this one."""
    where = {
        "release_id": delivery.release_id,
        "target_id": delivery.target_id,
        "id": {"$ne": delivery.id},
        "aftermath.reference": {"$ne": None},
    }
    earlier = await scope.store.collection(DeliveryDocument).find_one(where, Order("batch_id", descending=True))
    return earlier.aftermath.reference if earlier else None


def _refused(reason: str) -> TransportError:
    return TransportError(
        ErrorCategory.METADATA_INVALID, "PLATFORM_REFUSED_REQUEST", f"the platform refuses: {reason}", retryable=False
    )
