"""What every test can ask for: a running platform on real servers, and two tenants."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from distro_core.embedded import ServiceUrls, embedded_services
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.documents import new_id
from distro_core.store.driver import Driver, close_client, open_client

REPOSITORY = Path(__file__).resolve().parent.parent
LOOPBACK = {"sftp": {"private_networks": ["127.0.0.0/8", "::1/128"]}}
"""Test servers stand on this machine, which targets may not name unless the operator allows it."""

LEAST_MEMORY = 4 * 1024**3

Departures = set[asyncio.Task[None]]


@pytest.fixture(scope="session")
def ddex_folder() -> Path:
    """The folder with DDEX's official material; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("DISTRO_DDEX_SCHEMAS") or REPOSITORY.parent / "shared" / "ddex").resolve()
    if not folder.is_dir():
        pytest.skip(f"DDEX's schemas are not in {folder} (set DISTRO_DDEX_SCHEMAS)")
    return folder


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings of a platform with everything private, in a temporary folder, in memory where there is room."""
    with tempfile.TemporaryDirectory(prefix="stardust-distro-tests-", dir=_roomy_memory()) as folder:
        # Whatever the environment says, tests never touch anybody's servers.
        yield Settings(
            _env_file=None,
            data_dir=Path(folder),
            mongo_url=None,
            redis_url=None,
            objects_url=None,
            development=True,
            plugins=LOOPBACK,
        )


@pytest.fixture(scope="session")
async def services(settings: Settings) -> AsyncIterator[ServiceUrls]:
    """A private MongoDB and Valkey, running for the session."""
    async with embedded_services(settings) as urls:
        client = open_client(urls.mongo_url, Driver.PYMONGO)
        # Files of dropped databases go with the next checkpoint, else some minutes later: with two tenants for each
        # test there would be too many.
        await client["admin"].command({"setParameter": 1, "minSnapshotHistoryWindowInSeconds": 0, "syncdelay": 5})
        await close_client(client)
        yield urls


@pytest.fixture(scope="session")
async def platform(settings: Settings, services: ServiceUrls) -> AsyncIterator[Platform]:
    """A running platform, shared by all tests of the session."""
    async with open_platform(settings) as running:
        yield running


@pytest.fixture(scope="session")
async def departures(platform: Platform) -> AsyncIterator[Departures]:
    """Tenants of earlier tests, on their way out while the next test runs: dropping a database takes 0.1 s."""
    leaving: Departures = set()
    yield leaving
    await asyncio.gather(*leaving)


@pytest.fixture
async def tenant_a(platform: Platform, departures: Departures) -> AsyncIterator[TenantDocument]:
    """A fresh tenant with an empty database."""
    tenant = await _fresh_tenant(platform, "Label A")
    yield tenant
    await platform.control.collection(TenantDocument).delete(tenant.id)
    departures.add(asyncio.create_task(platform.control.drop_tenant(tenant.key)))


@pytest.fixture
async def tenant_b(platform: Platform, departures: Departures) -> AsyncIterator[TenantDocument]:
    """Another fresh tenant."""
    tenant = await _fresh_tenant(platform, "Label B")
    yield tenant
    await platform.control.collection(TenantDocument).delete(tenant.id)
    departures.add(asyncio.create_task(platform.control.drop_tenant(tenant.key)))


@pytest.fixture
async def label_a(platform: Platform, tenant_a: TenantDocument) -> Scope:
    """What services need to work for tenant A."""
    return await platform.scope(tenant_a.id, SYSTEM_ACTOR)


@pytest.fixture
async def label_b(platform: Platform, tenant_b: TenantDocument) -> Scope:
    """What services need to work for tenant B."""
    return await platform.scope(tenant_b.id, SYSTEM_ACTOR)


async def _fresh_tenant(platform: Platform, name: str) -> TenantDocument:
    tenant = await platform.control.collection(TenantDocument).insert(TenantDocument(key=f"t{new_id()}", name=name))
    await platform.create_tenant_database(tenant)
    return tenant


def _roomy_memory() -> Path | None:
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > LEAST_MEMORY else None
