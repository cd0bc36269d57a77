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
from distro_core.delivery.target_documents import TargetDocument
from distro_core.identity.documents import CONTROL_DOCUMENTS as IDENTITY_DOCUMENTS
from distro_core.imports.documents import ImportDocument, ImportRowDocument
from distro_core.notifications.documents import NotificationDocument
from distro_core.secrets.documents import TenantKeysDocument
from distro_core.store.documents import Document
from distro_core.store.migrations import Migration, Schema

CONTROL_DOCUMENTS: tuple[type[Document], ...] = (*IDENTITY_DOCUMENTS, TenantKeysDocument)
"""Every type of document in the control database."""

TENANT_DOCUMENTS: tuple[type[Document], ...] = (
    ReleaseDocument,
    ReleaseDeletionDocument,
    PartyDocument,
    AssetDocument,
    ImportDocument,
    ImportRowDocument,
    TargetDocument,
    DeliveryDocument,
    BatchDocument,
    DeliveryLogDocument,
    AcknowledgementFileDocument,
    NotificationDocument,
)
"""Every type of document in a tenant's database."""


def with_outbox(documents: Sequence[type[Document]]) -> tuple[type[Document], ...]:
    """The types of document that carry events: those that declare an index named `outbox`."""
    return tuple(document for document in documents if any(index.name == "outbox" for index in document.indexes))


CONTROL_MIGRATIONS: tuple[Migration, ...] = ()
TENANT_MIGRATIONS: tuple[Migration, ...] = ()

CONTROL_SCHEMA = Schema(CONTROL_DOCUMENTS, CONTROL_MIGRATIONS)
TENANT_SCHEMA = Schema(TENANT_DOCUMENTS, TENANT_MIGRATIONS)
