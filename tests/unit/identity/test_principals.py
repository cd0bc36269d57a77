"""Who a caller is, and when its token or key stops counting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from distro_core.clock import SystemClock
from distro_core.identity.api_keys import ApiKeyService
from distro_core.identity.documents import Role, SessionDocument, TenantDocument
from distro_core.identity.permissions import Permission
from distro_core.identity.principals import RECHECK, Authenticator
from distro_core.identity.sessions import SessionService
from distro_core.identity.tokens import TokenSigner
from distro_core.identity.users import UserService
from distro_core.platform import Platform
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError
from distro_sdk.testing.clock import SettableClock

EVERYTHING = frozenset(Permission)
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Door:
    """What lets callers in, and the clock by which it does."""

    platform: Platform
    clock: SettableClock
    signer: TokenSigner

    @property
    def authenticator(self) -> Authenticator:
        """One that remembers nobody yet, as in a process that has just started."""
        return Authenticator(self.platform.control, self.signer, self.clock)

    async def sign_in(self, tenant: TenantDocument) -> str:
        """The access token of a new viewer of a tenant."""
        email = f"viewer@{tenant.key}.example"
        await UserService(self.platform.control, tenant.id).create(email, "Viewer", Role.VIEWER, password=PASSWORD)
        sessions = SessionService(self.platform.control, self.signer, self.clock, self.platform.settings)
        return (await sessions.sign_in(email, PASSWORD, tenant_key=None, address="192.0.2.1")).access_token

    async def make_key(self, tenant: TenantDocument, expires_at: datetime | None = None) -> tuple[str, str]:
        """Id and secret text of a new API key of a tenant."""
        key, text = await self.keys(tenant).create(
            "Robot", ["catalogue:read"], allowed=EVERYTHING, expires_at=expires_at
        )
        return key.id, text

    def keys(self, tenant: TenantDocument) -> ApiKeyService:
        """The API keys of a tenant."""
        return ApiKeyService(self.platform.control, tenant.id, self.clock)


@pytest.fixture
def door(platform: Platform) -> Door:
    # From now on: MongoDB itself removes sessions whose end lies in the past of the machine's clock.
    clock = SettableClock(SystemClock().now())
    return Door(platform, clock, TokenSigner(b"k" * 32, clock))


async def refusal(authenticator: Authenticator, token: str) -> tuple[str, tuple[str | int, ...]]:
    with pytest.raises(DomainError) as refused:
        await authenticator.authenticate(token)
    return refused.value.code, refused.value.path


async def test_a_key_calls_for_the_tenant_that_made_it(
    door: Door, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    key_a, text_a = await door.make_key(tenant_a)
    key_b, text_b = await door.make_key(tenant_b)

    callers = [await door.authenticator.authenticate(text) for text in (text_a, text_b)]

    assert [(caller.tenant_id, caller.actor) for caller in callers] == [(tenant_a.id, key_a), (tenant_b.id, key_b)]
    assert {caller.permissions for caller in callers} == {frozenset({Permission.CATALOGUE_READ})}


async def test_an_unknown_key_is_refused(door: Door, tenant_a: TenantDocument) -> None:
    _, text = await door.make_key(tenant_a)

    assert await refusal(door.authenticator, text[:-1]) == ("API_KEY_INVALID", ())
    assert await refusal(door.authenticator, "distro_") == ("API_KEY_INVALID", ())


async def test_a_revoked_key_is_refused_at_once_by_a_fresh_process_and_soon_by_others(
    door: Door, tenant_a: TenantDocument
) -> None:
    key_id, text = await door.make_key(tenant_a)
    elsewhere = door.authenticator
    await elsewhere.authenticate(text)

    await door.keys(tenant_a).revoke(key_id)

    assert await refusal(door.authenticator, text) == ("API_KEY_INVALID", ())
    assert (await elsewhere.authenticate(text)).actor == key_id
    door.clock.advance(RECHECK)
    assert await refusal(elsewhere, text) == ("API_KEY_INVALID", ())


async def test_a_key_that_is_remembered_ends_at_its_moment_all_the_same(door: Door, tenant_a: TenantDocument) -> None:
    ends = door.clock.now() + timedelta(seconds=2)
    key_id, text = await door.make_key(tenant_a, ends)
    authenticator = door.authenticator

    door.clock.advance(timedelta(seconds=1))
    caller = await authenticator.authenticate(text)
    door.clock.advance(timedelta(seconds=1))

    assert (caller.actor, caller.expires_at) == (key_id, ends)
    assert await refusal(authenticator, text) == ("API_KEY_INVALID", ())


async def test_an_access_token_opens_its_tenant_until_it_expires(door: Door, tenant_a: TenantDocument) -> None:
    token = await door.sign_in(tenant_a)

    caller = await door.authenticator.authenticate(token)
    door.clock.advance(timedelta(seconds=door.platform.settings.access_token_lifetime + 1))

    assert (caller.tenant_id, caller.user_id) == (tenant_a.id, caller.actor)
    assert await refusal(door.authenticator, token) == ("TOKEN_EXPIRED", ())


async def test_an_access_token_ends_with_its_session(
    door: Door, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    ended, other = await door.sign_in(tenant_a), await door.sign_in(tenant_b)

    sessions = door.platform.control.collection(SessionDocument)
    await sessions.raw.delete_many({"tenant_id": tenant_a.id})

    assert await refusal(door.authenticator, ended) == ("TOKEN_INVALID", ())
    assert (await door.authenticator.authenticate(other)).tenant_id == tenant_b.id


async def test_a_tenant_that_is_switched_off_opens_to_neither_users_nor_keys(
    door: Door, tenant_a: TenantDocument
) -> None:
    token = await door.sign_in(tenant_a)
    _, text = await door.make_key(tenant_a)

    tenants = door.platform.control.collection(TenantDocument)
    await tenants.update(tenant_a.id, Change(set={"active": False}))

    assert await refusal(door.authenticator, token) == ("TOKEN_INVALID", ())
    assert await refusal(door.authenticator, text) == ("TOKEN_INVALID", ())
