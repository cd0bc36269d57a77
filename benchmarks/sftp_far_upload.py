"""Uploading over SFTP with a round trip of 50 ms against OpenSSH's own `sftp`, on the same sshd in the same run.

One file of 64 MB, and 40 files of 1 MB of which ours sends four at once through one session, as the delivery engine
does; `sftp` sends one after the other. A process in between passes every piece on 25 ms later in each direction and
limits nothing else. Each measurement connects, signs in and uploads. Needs openssh-server and openssh-client.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import compare, judge
from benchmarks.sftp_upload import FILES_AT_ONCE, upload_with_openssh
from benchmarks.transfers import MEGABYTE, fast_folder, random_file, run_upload
from distro_plugins.sftp import SftpSettings, SftpTransport
from tests.exchange_servers import free_port, has_openssh, openssh, wait_for_port

LEAST_SPEED_BIG = 1.1
LEAST_SPEED_SMALL = 3.0
DELAY = 0.025
ROUNDS = 3
BIG = 64 * MEGABYTE
SMALL = 40


class DelayedPipe(asyncio.Protocol):
    """Passes what it receives on to its other end after the delay."""

    def __init__(self) -> None:
        self.other: asyncio.Transport | None = None
        self.transport: asyncio.Transport | None = None
        self._waiting: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._waiting.append(data)
        asyncio.get_running_loop().call_later(DELAY, self._pass_on)

    def connection_lost(self, _: Exception | None) -> None:
        asyncio.get_running_loop().call_later(DELAY, self._close)

    def _pass_on(self) -> None:
        data = self._waiting.popleft()
        if self.other is not None and not self.other.is_closing():
            self.other.write(data)

    def _close(self) -> None:
        if self.other is not None:
            self.other.close()


class Entrance(DelayedPipe):
    """The end to which clients connect; they speak first or wait, either is kept until the server is reached."""

    def __init__(self, server_port: int) -> None:
        super().__init__()
        self._server_port = server_port
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self.transport is not None
        self.transport.pause_reading()
        self._connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        _, far = await asyncio.get_running_loop().create_connection(DelayedPipe, "127.0.0.1", self._server_port)
        self.other, far.other = far.transport, self.transport
        assert self.transport is not None
        self.transport.resume_reading()


async def serve(port: int, server_port: int) -> None:
    """Delay what passes from a port to another, for ever."""
    server = await asyncio.get_running_loop().create_server(partial(Entrance, server_port), "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def far_away(server_port: int) -> Iterator[int]:
    """The port behind which a server is 50 ms away."""
    port = free_port()
    with subprocess.Popen([sys.executable, __file__, str(port), str(server_port)]) as process:
        try:
            wait_for_port(port, process)
            yield port
        finally:
            process.terminate()


def main() -> None:
    if not has_openssh():
        sys.exit("openssh-server is needed")
    with (
        tempfile.TemporaryDirectory(dir=fast_folder()) as name,
        openssh(Path(name) / "sshd") as near,
        far_away(near.port) as port,
    ):
        server = replace(near, port=port)
        (server.folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {server.host_key}\n")
        (server.directory / "theirs").mkdir()
        big = [random_file(Path(name) / "big.wav", BIG)]
        small = [random_file(Path(name) / f"{number:03}.wav", MEGABYTE) for number in range(SMALL)]
        settings = SftpSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": port,
                "username": server.user,
                "private_key": server.private_key,
                "host_key": server.host_key,
                "directory": str(server.directory),
            }
        )
        cases = ((f"{SMALL} files of 1 MB", small, LEAST_SPEED_SMALL), ("one file of 64 MB", big, LEAST_SPEED_BIG))
        for title, files, least in cases:
            ours = partial(run_upload, SftpTransport(), settings, files, FILES_AT_ONCE, "ours/")
            floor = partial(upload_with_openssh, server, files)
            comparison = compare(ours, floor, rounds=ROUNDS, warm_up=1)
            judge(f"SFTP, 50 ms away, {title}", comparison, least_speed=least)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
    else:
        main()
