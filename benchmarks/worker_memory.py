"""Memory and processor of a worker that has four transfers under way at once, by protocol.

A worker in a process of its own delivers four releases with one large recording each, into a local folder, over SFTP
(Debian's OpenSSH), FTP (pyftpdlib), HTTP with a PUT for each file, and HTTP with one request for all. Told are the most
resident memory while they are under way (VmHWM of the kernel, set back before each protocol) and the processor time
for each second of it. The receivers are other processes. Smaller, for a quick look: WORKER_MEMORY_MB, the size of a
recording.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.transfers import MEGABYTE, fast_folder
from distro_core.delivery.documents import DeliveryDocument
from distro_core.embedded import ServiceUrls, embedded_services
from distro_core.identity.documents import TenantDocument
from distro_core.platform import open_platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_core.store.documents import new_id
from distro_sdk.models.delivery import DeliveryStatus
from tests.conftest import LOOPBACK
from tests.delivery.label import Label
from tests.delivery.material import SAMPLE_RATE, silence
from tests.delivery.workers import worker_process
from tests.exchange_servers import has_openssh, openssh
from tests.ftp_servers import PASSWORD, pyftpdlib
from tests.http_receiver import http_receiver

MOST_MEMORY = 200 * MEGABYTE
TRANSFERS = 4
RECORDING = int(os.environ.get("WORKER_MEMORY_MB", "128")) * MEGABYTE
TICKS = os.sysconf("SC_CLK_TCK")

Target = Callable[[], Mapping[str, Any]]


@dataclass
class Usage:
    """What the kernel tells of a process."""

    process: int

    def start(self) -> None:
        """Count the most memory anew from here."""
        Path(f"/proc/{self.process}/clear_refs").write_text("5")
        self.begun, self.used = time.monotonic(), self._seconds()

    @property
    def most(self) -> int:
        """The most resident memory since the start, bytes."""
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    @property
    def load(self) -> float:
        """Seconds of the processor for each second since the start."""
        return (self._seconds() - self.used) / (time.monotonic() - self.begun)

    def _seconds(self) -> float:
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def receivers(folder: Path) -> AsyncIterator[dict[str, Target]]:
    """What a target on each protocol says, with its server running."""
    found: dict[str, Target] = {
        "local-folder": lambda: {"settings": {"directory": str(folder / "local")}},
    }
    (folder / "local").mkdir()
    with ExitStack() as stack:
        if has_openssh():
            server = stack.enter_context(openssh(folder / "sshd"))
            ssh = {
                "host": "127.0.0.1",
                "port": server.port,
                "username": server.user,
                "directory": str(server.directory),
                "host_key": server.host_key,
            }
            found["sftp"] = lambda: {"settings": ssh, "secrets": {"private_key": server.private_key}}
        (folder / "ftp").mkdir()
        ftp = stack.enter_context(pyftpdlib(folder / "ftp", None))
        plain = ftp.settings().model_dump(mode="json", exclude={"password"}, exclude_unset=True)
        found["ftp"] = lambda: {"settings": plain, "secrets": {"password": PASSWORD}}
        async with http_receiver(folder / "http") as http:
            open_to_all = {"allow_plain": True, "authentication": "none"}
            found["http-put"] = lambda: {"settings": {"address": http.address, **open_to_all}}
            found["http-multipart"] = lambda: {"settings": {"address": http.packages_address, **open_to_all}}
            yield found


async def deliver_all(label: Label, releases: list[str], transport: str, target: Target) -> list[DeliveryDocument]:
    """Deliver each release by itself, all at once, and wait for their ends."""
    made = await label.target(transport=transport, name=transport, **target())
    deliveries = [(await label.deliveries.create([release], made.id))[0] for release in releases]
    ended = {DeliveryStatus.DISTRIBUTED, DeliveryStatus.FAILED, DeliveryStatus.NEEDS_ATTENTION}
    async with asyncio.timeout(600):
        while True:
            found = [await label.deliveries.get(delivery.id) for delivery in deliveries]
            if all(delivery.status in ended for delivery in found):
                return found
            await asyncio.sleep(0.2)


async def measure(folder: Path) -> bool:
    """Print a line for each protocol; whether all stayed within the limit."""
    os.environ["DISTRO_LOCAL_FOLDERS"] = str(folder)
    settings = Settings(_env_file=None, data_dir=folder / "data", development=True, plugins=LOOPBACK)
    async with embedded_services(settings) as services, open_platform(settings) as platform:
        tenant = await platform.control.collection(TenantDocument).insert(TenantDocument(key=f"t{new_id()}", name="A"))
        await platform.create_tenant_database(tenant)
        label = Label(await platform.scope(tenant.id, SYSTEM_ACTOR), folder / "local")
        seconds = RECORDING / (SAMPLE_RATE * 4)
        # Another length each time: two deliveries of one recording would read the same file.
        releases = [(await label.release(silence(seconds + place), title=f"No {place}")).id for place in range(4)]
        silence.cache_clear()
        async with receivers(folder) as targets:
            return all([await measure_one(label, releases, each, settings, services) for each in targets.items()])


async def measure_one(
    label: Label, releases: list[str], named: tuple[str, Target], settings: Settings, services: ServiceUrls
) -> bool:
    """Print a line for one protocol, with a worker of its own; whether it stayed within the limit."""
    transport, target = named
    async with worker_process(settings, services, delivery_lease=30) as worker:
        usage = Usage(worker.process.pid)
        usage.start()
        rest = usage.most
        deliveries = await deliver_all(label, releases, transport, target)
        failed = [str(each.error) for each in deliveries if each.status is not DeliveryStatus.DISTRIBUTED]
        fits = usage.most <= MOST_MEMORY and not failed
        print(
            f"{transport}: {usage.most / MEGABYTE:.0f} MB at most with {TRANSFERS} transfers of "
            f"{RECORDING // MEGABYTE} MB, at most {MOST_MEMORY // MEGABYTE} MB ({rest / MEGABYTE:.0f} MB at rest); "
            f"{usage.load:.2f} processors{'' if fits else ' MISSED'}",
            *failed,
            flush=True,
        )
        return fits


def main() -> None:
    """Measure in a folder in memory where there is room."""
    with tempfile.TemporaryDirectory(prefix="worker-memory-", dir=fast_folder()) as name:
        Path(name).chmod(0o711)
        if not asyncio.run(measure(Path(name))):
            sys.exit(1)


if __name__ == "__main__":
    main()
