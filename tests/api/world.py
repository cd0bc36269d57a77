"""One thing of every kind in a tenant, put straight into its store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from distro_api.graphql.ids import global_id
from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.drafts import PartyDraft, ReleaseDraft, TrackDraft
from distro_core.catalogue.parties import PartyService
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument, LogLevel
from distro_core.delivery.logs import StepLog
from distro_core.delivery.requests.bulk_documents import BulkDistributionDocument, BulkJob
from distro_core.delivery.requests.recurrence import Timing
from distro_core.delivery.requests.schedule_documents import ScheduleDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.api_keys import ApiKeyService
from distro_core.identity.documents import Role
from distro_core.identity.permissions import Permission
from distro_core.identity.users import UserService
from distro_core.imports.documents import ImportDocument
from distro_core.manual.documents import ExportFormat, ManualExportDocument
from distro_core.notifications.documents import NotificationDocument
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_sdk.models.assets import AssetKind, AudioFormat, AudioProperties, FileHashes
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, UseType
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessageSubtype, MessagingParty
from distro_sdk.notifiers import NotificationSeverity

SENDER = MessagingParty(dpid="PADPIDA2023112901E", name="Label")
HASHES = FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64)


@dataclass(frozen=True)
class World:
    """What is in a tenant: the global id of one thing of each kind, by kind."""

    ids: dict[str, str]


async def build_world(platform: Platform, scope: Scope) -> World:
    """One thing of every kind."""
    party = await PartyService(scope).create(PartyDraft(name="Somebody"))
    asset = await scope.store.collection(AssetDocument).insert(audio_asset(scope.tenant_key))
    track = TrackDraft(title="Track", display_artist="Somebody")
    release = await ReleaseService(scope).create(ReleaseDraft(title="Release", tracks=(track,)))
    target = await scope.store.collection(TargetDocument).insert(target_document())
    delivery = await scope.store.collection(DeliveryDocument).insert(delivery_document(release.id, target.id))
    await scope.store.collection(BatchDocument).insert(
        BatchDocument(
            id=delivery.batch_id,
            target_id=target.id,
            delivery_ids=(delivery.id,),
            status=BatchStatus.FAILED,
            due_at=scope.clock.now(),
        )
    )
    await StepLog(scope, [delivery.id]).write(LogLevel.INFO, "initialization", "Delivery started")
    imported = await scope.store.collection(ImportDocument).insert(
        ImportDocument(csv_key=f"{scope.tenant_key}/imports/x.csv", total_rows=1, total_releases=1)
    )
    bulk = await scope.store.collection(BulkDistributionDocument).insert(
        BulkDistributionDocument(
            jobs=(BulkJob(release_id=release.id, target_id=target.id),),
            portion=50,
            at_once=5,
            stagger=0.1,
            begin_at=scope.clock.now(),
            next_at=None,
            estimated_completion=scope.clock.now(),
        )
    )
    schedule = await scope.store.collection(ScheduleDocument).insert(
        ScheduleDocument(
            release_ids=(release.id,),
            target_id=target.id,
            timing=Timing.model_validate({"starts_at": "2099-01-01T00:00"}),
            next_run_at=datetime(2099, 1, 1, tzinfo=UTC),
        )
    )
    notification = await scope.store.collection(NotificationDocument).insert(notification_document(delivery))
    export = await scope.store.collection(ManualExportDocument).insert(
        manual_export_document(scope, release.id, target.id)
    )
    users = UserService(platform.control, scope.tenant_id)
    user = await users.create(f"member@{scope.tenant_id}.example", "Member", Role.VIEWER, password="long enough text")
    keys = ApiKeyService(platform.control, scope.tenant_id, platform.clock)
    api_key, _ = await keys.create("Key", ["catalogue:read"], allowed=frozenset(Permission))
    stored = {
        "ApiKey": api_key.id,
        "Asset": asset.id,
        "BulkDistribution": bulk.id,
        "Delivery": delivery.id,
        "Import": imported.id,
        "ManualExport": export.id,
        "Notification": notification.id,
        "Party": party.id,
        "Release": release.id,
        "Schedule": schedule.id,
        "Target": target.id,
        "Tenant": scope.tenant_id,
        "Track": release.tracks[0].id,
        "User": user.id,
    }
    return World({kind: global_id(kind, id) for kind, id in stored.items()})


def audio_asset(tenant_key: str) -> AssetDocument:
    """A stored audio file, described but without bytes."""
    return AssetDocument(
        kind=AssetKind.AUDIO,
        file_name="one.wav",
        size=1000,
        hashes=HASHES,
        audio=AudioProperties(
            format=AudioFormat.WAV,
            codec="PCM",
            lossless=True,
            duration=Decimal(180),
            channels=2,
            sample_rate=44_100,
            bit_depth=16,
        ),
        object_key=f"{tenant_key}/assets/one",
    )


def target_document() -> TargetDocument:
    """A target in a folder."""
    return TargetDocument(
        name="Shop",
        format="ern/4.3",
        transport="local-folder",
        settings={"directory": "/nowhere"},
        sender=SENDER,
        recipient=MessagingParty(dpid="PADPIDA2014021401M", name="Shop"),
        commercial_terms=(
            CommercialTerms(commercial_model=CommercialModel.SUBSCRIPTION, use_types=(UseType.ON_DEMAND_STREAM,)),
        ),
    )


def delivery_document(release_id: str, target_id: str) -> DeliveryDocument:
    """A delivery that has failed."""
    return DeliveryDocument(
        release_id=release_id,
        target_id=target_id,
        batch_id="20300101000000000",
        status=DeliveryStatus.FAILED,
        subtype=MessageSubtype.INITIAL,
        format="ern/4.3",
        message_id=f"message of {release_id}",
        content_hash="0" * 64,
        started_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


def manual_export_document(scope: Scope, release_id: str, target_id: str) -> ManualExportDocument:
    """A stored export, described but without bytes."""
    return ManualExportDocument(
        release_id=release_id,
        target_id=target_id,
        platform="shop",
        format=ExportFormat.CSV,
        key=f"{scope.tenant_key}/exports/shop/one.csv",
        file_name="shop-one.csv",
        size=10,
        sha256="0" * 64,
    )


def notification_document(delivery: DeliveryDocument) -> NotificationDocument:
    """An unread notification that a delivery has failed."""
    return NotificationDocument(
        event_id=f"event of {delivery.id}",
        delivery_id=delivery.id,
        release_id=delivery.release_id,
        target_id=delivery.target_id,
        status=delivery.status,
        severity=NotificationSeverity.ERROR,
        title="Release could not be delivered to Shop",
        message="All attempts have failed.",
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )
