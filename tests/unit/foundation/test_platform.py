"""The platform gives every tenant a scope of its own."""

from __future__ import annotations

import pytest

from distro_core.catalogue.documents import PartyDocument
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError


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


async def test_all_tenants_are_listed(platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument) -> None:
    listed = [tenant.id for tenant in await platform.tenants()]

    assert listed.index(tenant_a.id) < listed.index(tenant_b.id)
