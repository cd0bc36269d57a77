"""What a delivery that is tried again by hand keeps of its last round, and what it forgets."""

from __future__ import annotations

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.preparation import check_status
from distro_core.delivery.requests.content import content_hash
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.message_id import new_message_id
from distro_core.scope import Scope
from distro_sdk.models.delivery import DeliveryStatus as Status


async def keeps_message(scope: Scope, delivery: DeliveryDocument, *, afresh: bool) -> bool:
    """Whether the message that was written is sent as it is. `afresh`: not where there is something new to tell.

    Once the completion marker was begun the package may be there, and nothing but the same package may complete it.
    Raises NOT_FOUND, RELEASE_STATUS_CHANGED or RELEASE_ARCHIVED where the release must not be told any more.
    """
    if delivery.status is not Status.FAILED or delivery.message_key is None or delivery.receipt is not None:
        return False
    if delivery.committed_at is not None:
        return True
    release = await scope.store.collection(ReleaseDocument).get(delivery.release_id)
    check_status(release.status, delivery)
    if not afresh:
        return True
    target = await scope.store.collection(TargetDocument).get(delivery.target_id)
    return content_hash(await load_complete_release(scope.store, release), target) == delivery.content_hash


def fresh_start(delivery: DeliveryDocument, *, keeps: bool) -> dict[str, object]:
    """What a new round forgets of the last one. `keeps`: whether the message stays."""
    change: dict[str, object] = {"error": None, "holder": None, "committed_at": None, "completed_at": None}
    change |= {"waiting": None, "postponed_since": None, "failed_at": None, "failed_as": None}
    if keeps:
        return change
    perhaps_sent = delivery.message_key is not None and (
        delivery.status is Status.FAILED or any(line.status is Status.UPLOADING for line in delivery.history)
    )
    if perhaps_sent or delivery.receipt is not None:
        # The message may lie at the receiver, in a folder that nobody completes: one id never means two messages.
        change["message_id"] = new_message_id()
    change |= {"message_key": None, "message_size": None, "message_hashes": None, "validation": None, "files": ()}
    change |= {"companions": (), "sidecars": ()}
    if delivery.receipt is not None:
        earlier = (*delivery.earlier_receipts, delivery.receipt)
        change |= {"receipt": None, "acknowledgement": None, "earlier_receipts": earlier}
    return change
