"""A second platform on the same servers, with sample plugins installed beside the built-in ones."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.enablement import PluginService
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from tests.plugins.sample_plugins import Carrier, RivalCarrier, Witness, installed

SAMPLES = (installed(Carrier), installed(RivalCarrier), installed(Witness))


@pytest.fixture
async def samples_platform(platform: Platform, settings: Settings) -> AsyncIterator[Platform]:
    """A platform of its own, so that what one test loads is not there for the next."""
    async with open_platform(settings, find=lambda: (*find_plugins(), *SAMPLES)) as running:
        yield running


@pytest.fixture
def plugins_of(samples_platform: Platform) -> PluginsOf:
    return PluginsOf(samples_platform)


class PluginsOf:
    """The plugin service of a tenant, by its id."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def __call__(self, tenant_id: str) -> PluginService:
        scope = await self._platform.scope(tenant_id, SYSTEM_ACTOR)
        return PluginService(scope, self._platform.control, self._platform.runtimes)
