"""Which documents lie in which database, and the migrations of both."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.deletions import ReleaseDeletionDocument
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.delivery.documents import (
    AcknowledgementFileDocument,
    BatchDocument,
    DeliveryDocument,
    DeliveryLogDocument,
)
from distro_core.delivery.failures.records import ErrorRecordDocument
from distro_core.delivery.limits.circuit_documents import CircuitDocument
from distro_core.delivery.limits.connection_slots import ConnectionSlotsDocument
from distro_core.delivery.limits.rates import RateWindowDocument
from distro_core.delivery.migrations import DELIVERY_MIGRATIONS
from distro_core.delivery.requests.bulk_documents import BulkDistributionDocument
from distro_core.delivery.requests.schedule_documents import ScheduleDocument
from distro_core.delivery.status.webhook_documents import WebhookCallDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.documents import CONTROL_DOCUMENTS as IDENTITY_DOCUMENTS
from distro_core.imports.documents import ImportDocument, ImportRowDocument
from distro_core.licensing.documents import InstallationDocument
from distro_core.manual.documents import ManualExportDocument
from distro_core.marketplace.install.documents import PluginJobDocument, PluginSetDocument
from distro_core.marketplace.install.processes import PluginProcessDocument
from distro_core.marketplace.registry.documents import RegistryStateDocument
from distro_core.notifications.channels.documents import DispatchDocument
from distro_core.notifications.documents import NotificationDocument
from distro_core.plugins.circuits import PluginCircuitDocument
from distro_core.plugins.tasks.documents import PluginTaskDocument
from distro_core.preparation.documents import PreparedFileDocument
from distro_core.publishing.documents import (
    DeveloperDocument,
    OwnEditionDocument,
    PluginClaimDocument,
    RegistryKeyDocument,
    SubmissionDocument,
)
from distro_core.publishing.ledger_documents import LedgerEntryDocument
from distro_core.secrets.documents import TenantKeysDocument
from distro_core.store.documents import Document
from distro_core.store.migrations import Migration, Schema

CONTROL_DOCUMENTS: tuple[type[Document], ...] = (
    *IDENTITY_DOCUMENTS,
    TenantKeysDocument,
    InstallationDocument,
    RegistryStateDocument,
    PluginSetDocument,
    PluginJobDocument,
    PluginProcessDocument,
    PluginCircuitDocument,
    DeveloperDocument,
    PluginClaimDocument,
    SubmissionDocument,
    RegistryKeyDocument,
    OwnEditionDocument,
    LedgerEntryDocument,
)
"""Every type of document in the control database."""

TENANT_DOCUMENTS: tuple[type[Document], ...] = (
    ReleaseDocument,
    ReleaseDeletionDocument,
    PartyDocument,
    AssetDocument,
    PreparedFileDocument,
    ImportDocument,
    ImportRowDocument,
    TargetDocument,
    ScheduleDocument,
    BulkDistributionDocument,
    DeliveryDocument,
    BatchDocument,
    DeliveryLogDocument,
    CircuitDocument,
    ConnectionSlotsDocument,
    RateWindowDocument,
    ErrorRecordDocument,
    AcknowledgementFileDocument,
    NotificationDocument,
    WebhookCallDocument,
    ManualExportDocument,
    PluginTaskDocument,
    DispatchDocument,
)
"""Every type of document in a tenant's database."""


def with_outbox(documents: Sequence[type[Document]]) -> tuple[type[Document], ...]:
    """The types of document that carry events: those that declare an index named `outbox`."""
    return tuple(document for document in documents if any(index.name == "outbox" for index in document.indexes))


CONTROL_MIGRATIONS: tuple[Migration, ...] = ()
TENANT_MIGRATIONS: tuple[Migration, ...] = DELIVERY_MIGRATIONS

CONTROL_SCHEMA = Schema(CONTROL_DOCUMENTS, CONTROL_MIGRATIONS)
TENANT_SCHEMA = Schema(TENANT_DOCUMENTS, TENANT_MIGRATIONS)
