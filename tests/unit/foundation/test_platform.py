"""The platform gives every tenant a scope of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import FoundPlugin
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.driver import Driver
from distro_sdk.errors import DomainError


@dataclass
class StandingClock:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        """The moment."""
        return self.moment


def _nothing() -> tuple[FoundPlugin, ...]:
    return ()


async def test_two_tenants_do_not_see_each_other(label_a: Scope, label_b: Scope) -> None:
    party = await label_a.store.collection(PartyDocument).insert(PartyDocument(name="Nina Simone"))

    assert await label_a.store.collection(PartyDocument).count({}) == 1
    assert await label_b.store.collection(PartyDocument).count({}) == 0
    with pytest.raises(DomainError) as refused:
        await label_b.store.collection(PartyDocument).get(party.id)
    assert refused.value.code == "NOT_FOUND"


async def test_an_unknown_tenant_has_no_scope(platform: Platform) -> None:
    with pytest.raises(DomainError) as refused:
        await platform.scope(new_id(), SYSTEM_ACTOR)

    assert refused.value.code == "NOT_FOUND"


async def test_a_change_of_a_tenant_counts_at_once(platform: Platform, tenant_a: TenantDocument) -> None:
    before = await platform.scope(tenant_a.id, SYSTEM_ACTOR)

    await platform.control.collection(TenantDocument).update(tenant_a.id, Change(set={"disabled_plugins": ["genres"]}))
    after = await platform.scope(tenant_a.id, SYSTEM_ACTOR)

    assert before.plugins.genre_mappers
    assert not after.plugins.genre_mappers


async def test_a_change_in_another_process_is_heard_of(
    platform: Platform, settings: Settings, tenant_a: TenantDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distro_core.platform.TENANT_MEMORY", 3600.0)
    await platform.scope(tenant_a.id, SYSTEM_ACTOR)

    async with open_platform(settings, find=_nothing) as elsewhere:
        await elsewhere.control.collection(TenantDocument).update(
            tenant_a.id, Change(set={"disabled_plugins": ["genres"]})
        )

    async with asyncio.timeout(60):
        while (await platform.scope(tenant_a.id, SYSTEM_ACTOR)).plugins.genre_mappers:
            await asyncio.sleep(0.01)


async def test_a_deleted_tenant_has_no_scope_any_more(platform: Platform) -> None:
    tenants = platform.control.collection(TenantDocument)
    tenant = await tenants.insert(TenantDocument(key=f"t{new_id()}", name="Short-lived"))
    await platform.scope(tenant.id, SYSTEM_ACTOR)

    await tenants.delete(tenant.id)

    with pytest.raises(DomainError) as refused:
        await platform.scope(tenant.id, SYSTEM_ACTOR)
    assert refused.value.code == "NOT_FOUND"


async def test_the_databases_of_all_tenants_are_migrated_when_a_platform_opens(
    platform: Platform, settings: Settings, tenant_a: TenantDocument
) -> None:
    database = platform.control.tenant(tenant_a.id, tenant_a.key).database
    index = ReleaseDocument.indexes[0].name
    await database["releases"].drop_index(index)
    await database["schema"].update_one({"_id": "state"}, {"$set": {"fingerprint": "of an older version"}})

    async with open_platform(settings, find=_nothing):
        indexes = await database["releases"].index_information()

    assert index in indexes


@pytest.mark.parametrize("driver", list(Driver), ids=lambda driver: driver.value)
async def test_a_platform_runs_on_either_driver(settings: Settings, tenant_a: TenantDocument, driver: Driver) -> None:
    chosen = settings.model_copy(update={"mongo_driver": driver})

    async with open_platform(chosen, find=_nothing) as elsewhere:
        scope = await elsewhere.scope(tenant_a.id, SYSTEM_ACTOR)
        party = await scope.store.collection(PartyDocument).insert(PartyDocument(name="Nina Simone"))
        sealed = await scope.sealer.seal(tenant_a.id, "test", "open sesame")

        assert await scope.store.collection(PartyDocument).get(party.id) == party
        assert await scope.sealer.open(tenant_a.id, "test", sealed) == "open sesame"
        assert isinstance(elsewhere.clock.now(), datetime)


async def test_a_platform_takes_the_clock_it_is_given(settings: Settings, tenant_a: TenantDocument) -> None:
    moment = datetime(2026, 5, 4, tzinfo=UTC)

    async with open_platform(settings, clock=StandingClock(moment), find=_nothing) as elsewhere:
        scope = await elsewhere.scope(tenant_a.id, SYSTEM_ACTOR)

    assert scope.clock.now() == moment


async def test_all_tenants_are_listed(platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument) -> None:
    listed = [tenant.id for tenant in await platform.tenants()]

    assert listed.index(tenant_a.id) < listed.index(tenant_b.id)
