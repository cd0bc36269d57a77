"""Two worker processes and a real FTP server that counts: no more connections than the target allows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_core.delivery.targets.documents import TargetLimits
from distro_core.embedded import ServiceUrls
from distro_core.platform import Platform
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.delivery.workers import worker_process
from tests.ftp_servers import PASSWORD, pyftpdlib


class Counted:
    """Counts connections as the server sees them."""

    def __init__(self) -> None:
        self.open = self.most = self.all = 0

    def connected(self) -> None:
        """Somebody came."""
        self.open += 1
        self.all += 1
        self.most = max(self.most, self.open)

    def disconnected(self) -> None:
        """Somebody went."""
        self.open -= 1


@pytest.mark.slow
@pytest.mark.proves("PRO-10", "TPF-06")
async def test_twenty_deliveries_by_two_processes_share_few_connections(
    label: Label, platform: Platform, services: ServiceUrls, tmp_path: Path
) -> None:
    counted = Counted()
    hooks: dict[str, Any] = {
        "on_connect": counted.connected,
        "on_disconnect": counted.disconnected,
    }
    # Nobody is killed: who is slow keeps what it works at, and its sessions.
    patient = {"session_idle": 30.0, "delivery_lease": 60.0}
    with pyftpdlib(tmp_path / "ftp", **hooks) as server:
        target = await label.target(
            transport="ftp",
            settings={
                "host": "127.0.0.1",
                "port": server.port,
                "username": "label",
                "encryption": "none",
                "connections": 2,
            },
            secrets={"password": SecretStr(PASSWORD)},
            limits=TargetLimits(max_connections=4),
        )
        releases = [await label.release() for _ in range(20)]
        async with (
            worker_process(platform.settings, services, **patient),
            worker_process(platform.settings, services, **patient),
        ):
            made = [(await label.deliveries.create([release.id], target.id))[0] for release in releases]
            async with asyncio.timeout(120):
                delivered = [await label.deliveries.get(each.id) for each in made]
                while {each.status for each in delivered} != {Status.DISTRIBUTED}:
                    await asyncio.sleep(0.1)
                    delivered = [await label.deliveries.get(each.id) for each in made]

    assert {len(each.attempts) for each in delivered} == {1}
    assert counted.most <= 4
    assert counted.all < 20
    assert len(list(server.root.rglob("BatchComplete.txt"))) == 20
