"""Registries read from folders, on the session's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from distro_core.marketplace.registry.catalogue import Registries
from distro_core.marketplace.registry.documents import RegistryStateDocument
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.testing.clock import SettableClock
from tests.marketplace.market import NOW, Market


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
async def registries(
    platform: Platform, settings: Settings, clock: SettableClock
) -> AsyncIterator[Callable[..., Registries]]:
    """Makes what reads registries, as a process of its own would."""

    def open_registries(*markets: Market, lifetime: float = 0) -> Registries:
        changed = settings.model_copy(
            update={"registries": tuple(market.setting for market in markets), "registry_lifetime": lifetime}
        )
        return Registries(changed, platform.control, platform.runtimes, clock)

    yield open_registries
    await platform.control.collection(RegistryStateDocument).raw.delete_many({})
