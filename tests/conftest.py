"""What every test can ask for: a running platform on real servers, and two tenants."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import distro_plugins  # noqa: F401
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import FoundPlugin, find_plugins, import_plugin
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.documents import new_id
from distro_sdk.errors import PluginError

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def ddex_folder() -> Path:
    """The folder with DDEX's official material; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("DISTRO_DDEX_SCHEMAS") or REPOSITORY.parent / "shared" / "ddex").resolve()
    if not folder.is_dir():
        pytest.skip(f"DDEX's schemas are not in {folder} (set DISTRO_DDEX_SCHEMAS)")
    return folder


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a platform with everything private, in a temporary folder."""
    return Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), development=True)


@pytest.fixture(scope="session")
async def platform(settings: Settings) -> AsyncIterator[Platform]:
    """A running platform, shared by all tests of the session."""
    async with open_platform(settings, find=_landed_plugins) as running:
        yield running


@pytest.fixture
async def tenant_a(platform: Platform) -> AsyncIterator[TenantDocument]:
    """A fresh tenant with an empty database."""
    async with _fresh_tenant(platform, "Label A") as tenant:
        yield tenant


@pytest.fixture
async def tenant_b(platform: Platform) -> AsyncIterator[TenantDocument]:
    """Another fresh tenant."""
    async with _fresh_tenant(platform, "Label B") as tenant:
        yield tenant


@pytest.fixture
async def label_a(platform: Platform, tenant_a: TenantDocument) -> Scope:
    """What services need to work for tenant A."""
    return await platform.scope(tenant_a.id, SYSTEM_ACTOR)


@pytest.fixture
async def label_b(platform: Platform, tenant_b: TenantDocument) -> Scope:
    """What services need to work for tenant B."""
    return await platform.scope(tenant_b.id, SYSTEM_ACTOR)


def _landed_plugins() -> Sequence[FoundPlugin]:
    return tuple(found for found in find_plugins() if _can_be_imported(found))


def _can_be_imported(found: FoundPlugin) -> bool:
    try:
        import_plugin(found)
    except PluginError:
        return False
    return True


@asynccontextmanager
async def _fresh_tenant(platform: Platform, name: str) -> AsyncIterator[TenantDocument]:
    tenants = platform.control.collection(TenantDocument)
    tenant = await tenants.insert(TenantDocument(key=f"t{new_id()}", name=name))
    await platform.create_tenant_database(tenant)
    yield tenant
    await platform.control.drop_tenant(tenant.key)
    await tenants.delete(tenant.id)
