"""API keys: how programs call the API for one tenant (rows SEC-08 and API-38)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence, Set
from datetime import datetime

from distro_core.clock import Clock
from distro_core.identity.documents import ApiKeyDocument
from distro_core.identity.permissions import parse_permissions
from distro_core.identity.tokens import digest
from distro_core.store.collection import Change, Order, Page
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError

PREFIX = "distro_"
SECRET_BYTES = 32
HINT_LENGTH = len(PREFIX) + 6
MAX_NAME = 100


class ApiKeyService:
    """The API keys of one tenant."""

    def __init__(self, control: ControlStore, tenant_id: str, clock: Clock) -> None:
        self._keys = control.collection(ApiKeyDocument)
        self._tenant_id = tenant_id
        self._clock = clock

    async def create(
        self,
        name: str,
        permissions: Sequence[str],
        *,
        allowed: Set[str],
        of_plugins: Collection[str] = (),
        expires_at: datetime | None = None,
        by: str | None = None,
    ) -> tuple[ApiKeyDocument, str]:
        """A new key and its secret text, which is shown this once and kept nowhere.

        `allowed`: what its maker may do; a key never may do more; `of_plugins`: the permissions that the tenant's
        plugins declare. Raises API_KEY_NAME_INVALID, PERMISSION_UNKNOWN,
        PERMISSIONS_EMPTY, PERMISSION_NOT_YOURS or EXPIRY_IN_THE_PAST.
        """
        if not 1 <= len(name.strip()) <= MAX_NAME:
            raise DomainError("API_KEY_NAME_INVALID", f"a key's name has 1 to {MAX_NAME} characters", ("name",))
        wanted = parse_permissions(permissions, of_plugins)
        if not wanted:
            raise DomainError("PERMISSIONS_EMPTY", "a key needs at least one permission", ("permissions",))
        if beyond := sorted(wanted - allowed):
            message = f"you cannot give what you do not have: {', '.join(beyond)}"
            raise DomainError("PERMISSION_NOT_YOURS", message, ("permissions",))
        if expires_at is not None and expires_at <= self._clock.now():
            raise DomainError("EXPIRY_IN_THE_PAST", "the key would have expired already", ("expires_at",))
        text = PREFIX + secrets.token_hex(SECRET_BYTES)
        key = ApiKeyDocument(
            tenant_id=self._tenant_id,
            name=name.strip(),
            hash=digest(text),
            hint=text[:HINT_LENGTH],
            permissions=tuple(sorted(wanted)),
            expires_at=expires_at,
        )
        return await self._keys.insert(key, by=by), text

    async def page(self, *, first: int, after: str | None = None) -> Page[ApiKeyDocument]:
        """The tenant's keys in the order in which they were made, revoked ones too."""
        return await self._keys.page({"tenant_id": self._tenant_id}, order=Order(), first=first, after=after)

    async def get(self, key_id: str) -> ApiKeyDocument:
        """The key of that id; raises NOT_FOUND."""
        key = await self._keys.find_one({"id": key_id, "tenant_id": self._tenant_id})
        if key is None:
            raise DomainError("NOT_FOUND", f"there is no API key with id {key_id}")
        return key

    async def revoke(self, key_id: str) -> ApiKeyDocument:
        """End a key for good; a revoked one stays revoked since its first time. Raises NOT_FOUND."""
        key = await self.get(key_id)
        if key.revoked_at is not None:
            return key
        return await self._keys.update(key.id, Change(set={"revoked_at": self._clock.now()}))
