"""Tenants: made with their database, and finished when their making broke off."""

from __future__ import annotations

import pytest

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.identity.documents import TenantDocument, TenantType
from distro_core.identity.tenants import TenantService
from distro_core.platform import Platform
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors


async def drop(platform: Platform, tenant: TenantDocument) -> None:
    await platform.control.drop_tenant(tenant.key)
    await platform.control.collection(TenantDocument).delete(tenant.id)


@pytest.mark.proves("TEN-01", "TEN-04")
async def test_a_tenant_gets_a_database_with_its_indexes(platform: Platform) -> None:
    service = TenantService(platform.control, platform.create_tenant_database)

    tenant = await service.create(f"a{new_id()}", " Polar ", type=TenantType.ARTIST, dpid="PADPIDA2023112901E")

    store = platform.control.tenant(tenant.id, tenant.key)
    indexes = await store.collection(ReleaseDocument).raw.index_information()
    assert (tenant.name, tenant.type, tenant.active) == ("Polar", TenantType.ARTIST, True)
    assert {index.name for index in ReleaseDocument.indexes} <= indexes.keys()
    assert await service.find(tenant.key) == tenant
    with pytest.raises(DomainError) as refusal:
        await service.create(tenant.key, "Other")
    assert (refusal.value.code, refusal.value.path) == ("TENANT_KEY_TAKEN", ("key",))
    assert (await service.get(tenant.id)).name == "Polar"
    await drop(platform, tenant)


async def test_a_tenant_whose_making_broke_off_is_finished_by_the_next_call(platform: Platform) -> None:
    async def broken(tenant: TenantDocument) -> None:
        raise OSError("the cable was cut")

    key = f"a{new_id()}"
    with pytest.raises(OSError, match="the cable was cut"):
        await TenantService(platform.control, broken).create(key, "First")
    unfinished = await TenantService(platform.control, broken).find(key)

    tenant = await TenantService(platform.control, platform.create_tenant_database).create(key, "Second")

    assert unfinished is not None
    assert unfinished.active is False
    assert (tenant.id, tenant.name, tenant.active) == (unfinished.id, "Second", True)
    await drop(platform, tenant)


@pytest.mark.parametrize("key", ["", "a", "A", "1a", "-a", "a_b", "a" * 40, "ä1", "a\n"])
async def test_a_key_that_cannot_name_a_database_is_refused(platform: Platform, key: str) -> None:
    service = TenantService(platform.control, platform.create_tenant_database)

    with pytest.raises(DomainErrors) as refusal:
        await service.create(key, " ", dpid="12")

    assert [(fault.code, fault.path) for fault in refusal.value.errors] == [
        ("TENANT_KEY_INVALID", ("key",)),
        ("TENANT_NAME_INVALID", ("name",)),
        ("DPID_INVALID", ("dpid",)),
    ]
    assert await service.find(key) is None
