"""Loads a plugin by name for a tenant, if the tenant has a licence for it (row PLG-19).

Run with a tenant's key and a plugin's id: python examples/load_if_licensed.py my-label night-owl
"""

from __future__ import annotations

import asyncio
import sys

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.enablement import PluginService
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.errors import DomainError


async def load(platform: Platform, tenant_key: str, name: str) -> str:
    """What came of loading a plugin, in words."""
    tenant = await platform.control.collection(TenantDocument).find_one({"key": tenant_key})
    if tenant is None:
        return f"there is no tenant {tenant_key}"
    scope = await platform.scope(tenant.id, SYSTEM_ACTOR)
    try:
        loaded = await PluginService(scope, platform.control, platform.runtimes).load(name)
    except DomainError as error:
        return f"{name} was not loaded: {error.message} ({error.code})"
    return f"{name} {loaded.manifest.version} is loaded: {', '.join(loaded.manifest.hooks)}"


async def main(tenant_key: str, name: str) -> None:
    """Open the platform of the environment and try."""
    async with open_platform(Settings()) as platform:
        print(await load(platform, tenant_key, name))  # noqa: T201 (what the example is run for)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
