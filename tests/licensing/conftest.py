"""A market with a publisher that sells, and a platform that buys there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.licensing.documents import InstallationDocument
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.testing.clock import SettableClock
from tests.marketplace.market import Market
from tests.marketplace.shops import Shop, empty_shop, open_shop


@pytest.fixture
def market(tmp_path: Path) -> Market:
    folder = tmp_path / "market"
    folder.mkdir()
    return Market(folder, now=datetime.now(UTC))


@pytest.fixture
def clock() -> SettableClock:
    """The machine's clock, to be set."""
    return SettableClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
async def shop(
    platform: Platform, settings: Settings, market: Market, clock: SettableClock, tmp_path: Path
) -> AsyncIterator[Shop]:
    """A platform of its own on the session's servers."""
    # Nobody but tests of licences looks at the time that was seen last.
    await platform.control.collection(InstallationDocument).raw.delete_many({})
    async with open_shop(settings, market, clock) as opened:
        yield opened
        await empty_shop(opened)
    await platform.control.collection(InstallationDocument).raw.delete_many({})
