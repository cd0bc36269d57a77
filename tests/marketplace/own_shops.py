"""Shops that sell the plugins of this repository."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.settings import Settings
from tests.marketplace.market import Market
from tests.marketplace.shops import Shop, empty_shop, open_shop


@asynccontextmanager
async def own_shop(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> AsyncIterator[Shop]:
    """A platform whose market has nothing yet, and whose targets may lie in `folder`.

    `package`: of the plugin that will be bought; the plugin's own suite may have imported it from its source.
    """
    for module in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(folder))
    (folder / "market").mkdir()
    async with open_shop(settings, Market(folder / "market", now=datetime.now(UTC))) as opened:
        yield opened
        await empty_shop(opened)
