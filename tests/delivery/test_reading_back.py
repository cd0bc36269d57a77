"""Proving files at receivers that tell no hash: small ones are read back, one at a time; of large ones it is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from distro_core.delivery import transfer
from distro_plugins.local_folder import LocalFolderSettings, LocalFolderTransport
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.transports import TransportCapabilities
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedSession, HookedTransport


class ReadableTransport(HookedTransport):
    """Shows files and hashes none. `read_back`: the paths that were read; `most`: how many at the same moment."""

    capabilities = TransportCapabilities(atomic_put=True, read=True, list=True, delete=True)

    def __init__(self) -> None:
        super().__init__()
        self.read_back: list[str] = []
        self.under_way = 0
        self.most = 0
        self.before_reading: Callable[[str], Awaitable[None]] | None = None

    @asynccontextmanager
    async def connect(self, configuration: LocalFolderSettings) -> AsyncIterator[HookedSession]:
        """Open the folder."""
        async with LocalFolderTransport().connect(configuration) as session:
            yield ReadableSession(session, self)


class ReadableSession(HookedSession):
    """Counts the files that are in memory."""

    _line: ReadableTransport

    async def read(self, path: str, *, max_size: int) -> bytes:
        """Take the time that a line takes."""
        self._line.read_back.append(path)
        self._line.under_way += 1
        self._line.most = max(self._line.most, self._line.under_way)
        await asyncio.sleep(0.02)
        if self._line.before_reading is not None:
            await self._line.before_reading(path)
        try:
            return await super().read(path, max_size=max_size)
        finally:
            self._line.under_way -= 1


def test_what_is_read_back_whole_is_small() -> None:
    assert transfer.MOST_READ_BACK == 16 * 1024 * 1024


@pytest.mark.proves("MD5-03")
async def test_all_deliveries_of_a_worker_hold_one_file_in_memory(label: Label) -> None:
    line = ReadableTransport()
    label = with_line(label, line)
    release = await label.release()
    targets = [
        await label.target(name=f"Shop {number}", transport="hooked", verify_after_upload=True) for number in range(3)
    ]
    made = [(await label.deliveries.create([release.id], target.id))[0] for target in targets]

    done = await asyncio.gather(*(label.work(each) for each in made))

    assert [delivery.status for delivery in done] == [Status.DISTRIBUTED] * 3
    assert [delivery.receipt.hashes_verified for delivery in done if delivery.receipt] == [True] * 3
    assert len([path for path in line.read_back if path.endswith(".wav")]) == 6
    assert line.most == 1


@pytest.mark.proves("MD5-03")
async def test_a_large_file_is_not_read_back_and_the_receipt_says_that_it_is_unproved(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "MOST_READ_BACK", 40_000)
    line = ReadableTransport()
    label = with_line(label, line)
    release = await label.release()
    target = await label.target(transport="hooked", verify_after_upload=True)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.receipt is not None
    larger = {file.path for file in delivery.receipt.files if file.size > 40_000}
    assert larger
    assert delivery.status is Status.DISTRIBUTED
    assert delivery.receipt.hashes_verified is False
    assert set(line.read_back) == {file.path for file in delivery.receipt.files} - larger


@pytest.mark.proves("MD5-03")
async def test_a_receiver_that_is_slow_to_give_back_does_not_hold_up_another_tenants_delivery(
    label: Label, other_label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given that one tenant's file is being read back for longer than others wait, theirs arrives unproved."""
    monkeypatch.setattr(transfer, "TURN_SECONDS", 0.05)
    slow, quick = ReadableTransport(), ReadableTransport()
    go_on, reading = asyncio.Event(), asyncio.Event()

    async def hang(path: str) -> None:
        reading.set()
        await go_on.wait()

    slow.before_reading = hang
    first, other = with_line(label, slow), with_line(other_label, quick)
    held_up = await first.target(transport="hooked", verify_after_upload=True)
    target = await other.target(transport="hooked", verify_after_upload=True)
    running = asyncio.create_task(first.deliver([(await first.release()).id], held_up.id))
    async with asyncio.timeout(20):
        await reading.wait()
        delivered = await other.deliver([(await other.release()).id], target.id)
        go_on.set()
        proved = await running

    assert delivered.receipt is not None
    assert proved.receipt is not None
    assert (delivered.status, delivered.receipt.hashes_verified) == (Status.DISTRIBUTED, False)
    assert quick.read_back == []
    assert (proved.status, slow.read_back != []) == (Status.DISTRIBUTED, True)
