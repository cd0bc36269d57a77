"""How the tenants' data keys are stored, in the control database."""

from __future__ import annotations

from typing import ClassVar

from distro_core.secrets.keys import LOCAL
from distro_core.store.documents import Document
from distro_sdk.keys import WrappedKey


class StoredKey(WrappedKey):
    """A wrapped data key. `provider`: key of the key provider that wrapped it."""

    provider: str = LOCAL


class TenantKeysDocument(Document):
    """The data keys of one tenant, wrapped. `id`: the tenant's id; `current`: id of the key that seals from now on."""

    collection: ClassVar[str] = "tenant_keys"

    current: str
    keys: dict[str, StoredKey]
