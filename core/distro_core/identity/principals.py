"""Who calls: a signed-in user or an API key, in one tenant, with what it may do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from distro_core.clock import Clock
from distro_core.identity.api_keys import PREFIX as API_KEY_PREFIX
from distro_core.identity.documents import ApiKeyDocument, Role, SessionDocument, TenantDocument, UserDocument
from distro_core.identity.permissions import (
    OPERATOR_PERMISSIONS,
    ROLE_PERMISSIONS,
    Permission,
    held_permissions,
    split_permissions,
)
from distro_core.identity.tokens import TokenPurpose, TokenSigner, digest
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.permissions import PluginPermission

RECHECK = timedelta(seconds=10)
MAX_REMEMBERED = 10_000


@dataclass(frozen=True)
class Principal:
    """A caller. `actor`: the id of the user or API key; `expires_at`: when the proof that it gave ends.

    `role`: of a user, None for an API key; `of_plugins`: what an API key was given of plugins' permissions.
    """

    actor: str
    tenant_id: str
    permissions: frozenset[Permission]
    user_id: str | None = None
    session_id: str | None = None
    expires_at: datetime | None = None
    role: Role | None = None
    of_plugins: frozenset[str] = frozenset()

    def require(self, permission: str, declared: Mapping[str, PluginPermission] | None = None) -> None:
        """Raises FORBIDDEN when the caller has not got a permission.

        `declared`: by name, what the plugins of its tenant declare; None where only the platform's own count.
        """
        if permission not in self.permissions and permission not in self.held(declared or {}):
            raise DomainError("FORBIDDEN", f"this needs the permission {permission}")

    def held(self, declared: Mapping[str, PluginPermission]) -> frozenset[str]:
        """What it may do with the plugins of its tenant."""
        return held_permissions(self.role, self.of_plugins, declared)


class Authenticator:
    """Tells who a caller is from its access token or API key.

    What the store says of a session or key is remembered for ten seconds, so that a request costs no store call; that
    is also how long another process may go on after a revocation. `forget` makes this process ask anew at once.
    """

    def __init__(self, control: ControlStore, signer: TokenSigner, clock: Clock) -> None:
        self._users = control.collection(UserDocument)
        self._tenants = control.collection(TenantDocument)
        self._sessions = control.collection(SessionDocument)
        self._keys = control.collection(ApiKeyDocument)
        self._signer = signer
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[datetime, Principal]] = OrderedDict()

    async def authenticate(self, token: str) -> Principal:
        """The caller with this access token or API key; raises TOKEN_INVALID, TOKEN_EXPIRED or API_KEY_INVALID."""
        if token.startswith(API_KEY_PREFIX):
            return await self._by_api_key(token)
        claims = self._signer.read(TokenPurpose.ACCESS, token)
        return await self._by_session(claims["session"], datetime.fromtimestamp(claims["exp"], tz=self._now().tzinfo))

    def forget(self) -> None:
        """Ask the store about everybody again."""
        self._remembered.clear()

    async def _by_session(self, session_id: str, expires_at: datetime) -> Principal:
        key = f"{session_id} {expires_at.timestamp()}"
        if (known := self._recall(key)) is not None:
            return known
        session = await self._sessions.find(session_id)
        user = await self._users.find(session.user_id) if session else None
        role = user.role_in(session.tenant_id) if session and user and user.active else None
        if session is None or user is None or role is None:
            raise DomainError("TOKEN_INVALID", "the session of this access token has ended; sign in again")
        await self._check_tenant(session.tenant_id)
        principal = Principal(
            actor=user.id,
            tenant_id=session.tenant_id,
            permissions=ROLE_PERMISSIONS[role] | (OPERATOR_PERMISSIONS if user.operator else frozenset()),
            user_id=user.id,
            session_id=session.id,
            expires_at=expires_at,
            role=role,
        )
        return self._remember(key, principal)

    async def _by_api_key(self, text: str) -> Principal:
        hashed = digest(text)
        if (known := self._recall(hashed)) is not None and not self._is_over(known.expires_at):
            return known
        key = await self._keys.find_one({"hash": hashed})
        if key is None or key.revoked_at is not None or self._is_over(key.expires_at):
            raise DomainError("API_KEY_INVALID", "this API key is unknown, revoked or expired")
        await self._check_tenant(key.tenant_id)
        await self._keys.update(key.id, Change(set={"last_used_at": self._now()}))
        permissions, of_plugins = split_permissions(key.permissions)
        principal = Principal(
            actor=key.id,
            tenant_id=key.tenant_id,
            permissions=permissions,
            expires_at=key.expires_at,
            of_plugins=of_plugins,
        )
        return self._remember(hashed, principal)

    async def _check_tenant(self, tenant_id: str) -> None:
        tenant = await self._tenants.find(tenant_id)
        if tenant is None or not tenant.active:
            raise DomainError("TOKEN_INVALID", "this tenant is not active")

    def _recall(self, key: str) -> Principal | None:
        until, principal = self._remembered.get(key, (None, None))
        return principal if until is not None and self._now() < until else None

    def _remember(self, key: str, principal: Principal) -> Principal:
        self._remembered[key] = (self._now() + RECHECK, principal)
        self._remembered.move_to_end(key)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return principal

    def _is_over(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self._now()

    def _now(self) -> datetime:
        return self._clock.now()
