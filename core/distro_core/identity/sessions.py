"""Signing in, staying signed in and signing out.

A session is a family of refresh tokens: each is good once and brings the next. An old one that comes again was stolen
or copied, so the whole family ends (RFC 9700, section 4.14.2).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from distro_core.clock import Clock
from distro_core.identity.documents import (
    Membership,
    RefreshTokenDocument,
    Role,
    SessionDocument,
    TenantDocument,
    UserDocument,
)
from distro_core.identity.passwords import verify_password
from distro_core.identity.throttle import SignInThrottle
from distro_core.identity.tokens import TokenPurpose, TokenSigner, digest
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError


@dataclass(frozen=True)
class SignedIn:
    """What a caller gets who signed in or refreshed: both tokens, and as whom and where."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    user: UserDocument
    tenant: TenantDocument
    role: Role


class SessionService:
    """Opens, refreshes and ends sessions."""

    def __init__(self, control: ControlStore, signer: TokenSigner, clock: Clock, settings: Settings) -> None:
        self._users = control.collection(UserDocument)
        self._tenants = control.collection(TenantDocument)
        self._sessions = control.collection(SessionDocument)
        self._refresh_tokens = control.collection(RefreshTokenDocument)
        self._throttle = SignInThrottle(control, clock)
        self._signer = signer
        self._clock = clock
        self._access_lifetime = timedelta(seconds=settings.access_token_lifetime)
        self._refresh_lifetime = timedelta(seconds=settings.refresh_token_lifetime)

    async def sign_in(self, email: str, password: str, *, tenant_key: str | None, address: str) -> SignedIn:
        """Open a session.

        `tenant_key`: in which tenant; may be left out by who belongs to one only. `address`: the caller's network
        address. Raises CREDENTIALS_INVALID without saying what was wrong, TENANT_REQUIRED, or SIGN_IN_THROTTLED.
        """
        email = email.strip().lower()
        await self._throttle.count(email, address)
        user = await self._users.find_one({"email": email})
        matched = await verify_password(user.password_hash if user else None, password)
        if user is None or not matched or not user.active:
            raise _invalid_credentials()
        tenant, membership = await self._choose_tenant(user, tenant_key)
        await self._throttle.forget(email, address)
        expires_at = self._clock.now() + self._refresh_lifetime
        session = await self._sessions.insert(
            SessionDocument(user_id=user.id, tenant_id=tenant.id, expires_at=expires_at), by=user.id
        )
        user = await self._users.update(user.id, Change(set={"last_login_at": self._clock.now()}))
        return await self._issue(session, user, tenant, membership.role)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Trade a refresh token for new tokens; raises REFRESH_TOKEN_INVALID or REFRESH_TOKEN_REUSED."""
        now = self._clock.now()
        hashed = digest(refresh_token)
        used = await self._refresh_tokens.try_update(
            {"hash": hashed, "used_at": None, "expires_at": {"$gt": now}}, Change(set={"used_at": now})
        )
        if used is None:
            await self._refuse(hashed)
        session = await self._sessions.find(used.session_id) if used else None
        user = await self._users.find(session.user_id) if session else None
        tenant = await self._tenants.find(session.tenant_id) if session else None
        role = user.role_in(session.tenant_id) if session and user and user.active else None
        if session is None or user is None or role is None or tenant is None or not tenant.active:
            raise _invalid_refresh_token()
        session = await self._sessions.update(session.id, Change(set={"expires_at": now + self._refresh_lifetime}))
        return await self._issue(session, user, tenant, role)

    async def sign_out(self, session_id: str) -> None:
        """End one session; no error where it has ended already."""
        await self._sessions.raw.delete_one({"_id": session_id})

    async def sign_out_everywhere(self, user_id: str) -> None:
        """End all sessions of a user, in all tenants."""
        await self._sessions.raw.delete_many({"user_id": user_id})

    async def _choose_tenant(self, user: UserDocument, key: str | None) -> tuple[TenantDocument, Membership]:
        found = await self._tenants.get_many(member.tenant_id for member in user.memberships)
        own = {found[m.tenant_id].key: (found[m.tenant_id], m) for m in user.memberships if m.tenant_id in found}
        usable = {tenant_key: entry for tenant_key, entry in own.items() if entry[0].active}
        if key is None and len(usable) > 1:
            raise DomainError("TENANT_REQUIRED", f"choose a tenant: {', '.join(sorted(usable))}", ("tenant",))
        if key is None and usable:
            return next(iter(usable.values()))
        if key is None or key not in usable:
            raise _invalid_credentials()
        return usable[key]

    async def _refuse(self, hashed: str) -> None:
        known = await self._refresh_tokens.find_one({"hash": hashed})
        if known is None or known.used_at is None:
            raise _invalid_refresh_token()
        await self.sign_out(known.session_id)
        message = "this refresh token was used before; the session is ended, sign in again"
        raise DomainError("REFRESH_TOKEN_REUSED", message, ("refresh_token",))

    async def _issue(
        self, session: SessionDocument, user: UserDocument, tenant: TenantDocument, role: Role
    ) -> SignedIn:
        refresh_token = secrets.token_urlsafe(32)
        await self._refresh_tokens.insert(
            RefreshTokenDocument(hash=digest(refresh_token), session_id=session.id, expires_at=session.expires_at)
        )
        claims = {"sub": user.id, "tenant": tenant.id, "session": session.id}
        access_token, ends = self._signer.sign(TokenPurpose.ACCESS, claims, self._access_lifetime)
        return SignedIn(access_token, ends, refresh_token, session.expires_at, user, tenant, role)


def _invalid_credentials() -> DomainError:
    return DomainError("CREDENTIALS_INVALID", "no user with this e-mail address and password belongs here")


def _invalid_refresh_token() -> DomainError:
    return DomainError("REFRESH_TOKEN_INVALID", "this refresh token is not valid; sign in again", ("refresh_token",))
