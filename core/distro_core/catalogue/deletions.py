"""Deleting a release takes two steps, and nothing of it stays behind (row CAT-17).

What was confirmed is written down before anything is removed, so that a crash in between leaves a deletion that
`finish_all` carries through, not files that belong to nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from distro_core.assets.service import AssetService
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.transitions import WAITING
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import Document, Index, new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.events import ReleaseChanged

TOKEN_LIFETIME: Final = timedelta(minutes=10)

ON_ITS_WAY: Final = WAITING | {
    DeliveryStatus.PROCESSING_BY_PLATFORM,
    DeliveryStatus.UPDATING,
    DeliveryStatus.TAKEDOWN_REQUESTED,
}
"""Statuses of a delivery that still needs its release."""


class DeletionState(StrEnum):
    """How far a deletion has come."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DONE = "done"


class ReleaseDeletionDocument(Document):
    """The deletion of one release, under the release's own id; kept as the record of what was deleted, and by whom.

    `token_hash`: SHA-256 of the one-time token; `release_revision`: the state that is to be deleted; `asset_ids`: the
    files that the release used.
    """

    collection: ClassVar[str] = "release_deletions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("state", (("state", 1), ("_id", 1))),
        Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}}),
    )

    state: DeletionState = DeletionState.REQUESTED
    title: str
    icpn: str | None = None
    release_revision: int
    requested_by: str
    token_hash: str | None = None
    expires_at: datetime
    asset_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeletionRequest:
    """What confirms a deletion: a token that is good once, for this state of the release, until `expires_at`."""

    token: str
    expires_at: datetime


class ReleaseDeleter:
    """Deletes releases of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._releases = scope.store.collection(ReleaseDocument)
        self._deletions = scope.store.collection(ReleaseDeletionDocument)

    async def request(self, release_id: str) -> DeletionRequest:
        """Ask for the token of a deletion; an earlier one is good no more.

        Raises NOT_FOUND, RELEASE_DELIVERED or RELEASE_IN_DELIVERY.
        """
        release = await self._deletable(release_id)
        token = secrets.token_urlsafe(24)
        deletion = ReleaseDeletionDocument(
            id=release.id,
            title=release.title,
            icpn=release.icpn,
            release_revision=release.revision,
            requested_by=self._scope.actor,
            token_hash=_hash(token),
            expires_at=self._scope.clock.now() + TOKEN_LIFETIME,
            asset_ids=release.named_assets,
        )
        await self._replace(deletion)
        return DeletionRequest(token, deletion.expires_at)

    async def confirm(self, release_id: str, token: str) -> ReleaseDocument:
        """Delete a release and the files that no other release uses; returns what was deleted.

        Raises NOT_FOUND, RELEASE_DELIVERED, RELEASE_IN_DELIVERY, DELETION_TOKEN_INVALID, DELETION_TOKEN_EXPIRED, and
        RELEASE_CHANGED where somebody changed the release since the token was given out.
        """
        release = await self._deletable(release_id)
        deletion = await self._deletions.find(release_id)
        if deletion is None or not deletion.token_hash or not hmac.compare_digest(deletion.token_hash, _hash(token)):
            raise _invalid_token()
        if deletion.expires_at <= self._scope.clock.now():
            raise DomainError("DELETION_TOKEN_EXPIRED", "this token is too old: ask for another", ("token",))
        if deletion.release_revision != release.revision:
            raise _changed()
        confirmed = await self._deletions.try_update(
            {"id": release_id, "state": DeletionState.REQUESTED, "token_hash": deletion.token_hash},
            Change(set={"state": DeletionState.CONFIRMED, "token_hash": None}),
        )
        if confirmed is None:
            raise _invalid_token()
        if not await self._finish(confirmed):
            raise _changed()
        return release

    async def finish_all(self) -> int:
        """Carry through what was confirmed and interrupted; returns how many releases that deleted."""
        confirmed = await self._deletions.list({"state": DeletionState.CONFIRMED})
        return sum([await self._finish(deletion) for deletion in confirmed])

    async def _finish(self, deletion: ReleaseDeletionDocument) -> bool:
        try:
            await self._releases.delete(deletion.id, revision=deletion.release_revision)
        except DomainError as error:
            if error.code == "REVISION_CONFLICT":
                await self._deletions.update(deletion.id, Change(set={"state": DeletionState.REQUESTED}))
                return False
            if error.code != "NOT_FOUND":
                raise
        await self._delete_assets(deletion.asset_ids)
        event = ReleaseChanged(
            id=new_id(),
            tenant_id=self._scope.tenant_id,
            at=self._scope.clock.now(),
            release_id=deletion.id,
            change="deleted",
            revision=deletion.release_revision,
        )
        still_open = {"id": deletion.id, "state": DeletionState.CONFIRMED}
        await self._deletions.try_update(still_open, Change(set={"state": DeletionState.DONE}), events=[event])
        return True

    async def _delete_assets(self, asset_ids: tuple[str, ...]) -> None:
        assets = AssetService(self._scope)
        for asset_id in asset_ids:
            try:
                await assets.delete(asset_id)
            except DomainError as error:
                if error.code not in {"ASSET_IN_USE", "NOT_FOUND"}:
                    raise

    async def _deletable(self, release_id: str) -> ReleaseDocument:
        release = await self._releases.get(release_id)
        if release.status is ReleaseStatus.DELIVERED:
            raise DomainError("RELEASE_DELIVERED", "the release is with platforms: take it down first", ("id",))
        deliveries = self._scope.store.collection(DeliveryDocument)
        if await deliveries.count({"release_id": release_id, "status": {"$in": sorted(ON_ITS_WAY)}}):
            raise DomainError("RELEASE_IN_DELIVERY", "a delivery of this release is on its way", ("id",))
        return release

    async def _replace(self, deletion: ReleaseDeletionDocument) -> None:
        fields = {name: value for name, value in dict(deletion).items() if name not in Document.model_fields}
        waiting = {"id": deletion.id, "state": DeletionState.REQUESTED}
        for _ in range(2):
            if await self._deletions.try_update(waiting, Change(set=fields)) is not None:
                return
            try:
                await self._deletions.insert(deletion, by=self._scope.actor)
            except DomainError:
                continue
            return
        raise DomainError("RELEASE_IN_DELETION", "this release is being deleted", ("id",))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _invalid_token() -> DomainError:
    return DomainError("DELETION_TOKEN_INVALID", "this token does not belong to this deletion", ("token",))


def _changed() -> DomainError:
    return DomainError("RELEASE_CHANGED", "the release was changed after the deletion was asked for", ("token",))
