"""Real SFTP servers and a bad line in front of them, for tests and benchmarks."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

import asyncssh

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"

PORTS = range(20_000, 32_768)
"""Of these the kernel gives none to who asks for any port, before the one who was told of it listens there."""
CHANCE = SystemRandom()

CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/user_key.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
UseDNS no
MaxStartups 100
Subsystem sftp {subsystem}
{more}
"""


@dataclass(frozen=True)
class OpenSsh:
    """A running sshd. `folder`: its keys; `directory`: where files may be put."""

    process: subprocess.Popen[bytes]
    folder: Path
    directory: Path
    port: int
    user: str

    @property
    def host_key(self) -> str:
        """The public host key line."""
        return (self.folder / "host_key.pub").read_text("ascii").strip()

    @property
    def private_key(self) -> str:
        """The private key that may sign in."""
        return (self.folder / "user_key").read_text("ascii")

    def kill(self) -> None:
        """Kill the server and every session of it, as a crash of the machine does."""
        for process in (self.process.pid, *_descendants(self.process.pid)):
            os.kill(process, signal.SIGKILL)


def _descendants(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    return [each for child in map(int, children) for each in (child, *_descendants(child))]


def has_openssh() -> bool:
    """Whether Debian's openssh-server (or another sshd) is on this machine."""
    return Path(SSHD).exists() and shutil.which("ssh-keygen") is not None


@contextmanager
def openssh(folder: Path, *, subsystem: str = "internal-sftp", more: str = "") -> Iterator[OpenSsh]:
    """Run sshd in the foreground, for the user who runs the tests. `more`: lines of its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "directory").mkdir(exist_ok=True)
    for name in ("host_key", "user_key"):
        if not (folder / name).exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port = free_port()
    configuration = CONFIGURATION.format(port=port, folder=folder, subsystem=subsystem, more=more)
    (folder / "sshd_config").write_text(configuration, "ascii")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
    with (folder / "sshd.log").open("ab") as log:
        process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for_port(port, process)
        yield OpenSsh(process, folder, folder / "directory", port, getpass.getuser())
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of its own of `size` bytes at `folder`; raises `OSError` where it may not be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size},mode=0777"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        raise OSError(mounted.stderr.decode().strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@asynccontextmanager
async def asyncssh_server(
    directory: Path, serve: type[asyncssh.SFTPServer] = asyncssh.SFTPServer, *, sftp: bool = True, **options: object
) -> AsyncIterator[tuple[int, str]]:
    """A server with a fault to try out; yields its port and host key line. Any user with the password `p` may enter."""

    class SignIn(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return password == "p"

    key = asyncssh.generate_private_key("ssh-ed25519")
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[key],
        server_factory=SignIn,
        sftp_factory=(lambda channel: serve(channel, str(directory).encode())) if sftp else None,
        **options,
    )
    try:
        yield acceptor.get_port(), key.export_public_key().decode().strip()
    finally:
        acceptor.close()
        await acceptor.wait_closed()


class BadLine:
    """Passes bytes between a client and a server until `limit` bytes went up, then does what `then` says."""

    def __init__(self, server_port: int, limit: int, then: str) -> None:
        """`then`: `cut` ends the connection, `stall` passes nothing more on."""
        self._server_port = server_port
        self.limit = limit
        self._then = then
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.passed = 0

    async def __aenter__(self) -> BadLine:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Where clients connect."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.current_task()
        assert serving is not None
        self._tasks.add(serving)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        up = asyncio.ensure_future(self._pass(reader, up_writer, counted=True))
        down = asyncio.ensure_future(self._pass(up_reader, writer, counted=False))
        self._tasks |= {up, down}
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if self._then == "stall" and self.passed >= self.limit:
                await asyncio.Event().wait()
        finally:
            for task in (up, down):
                task.cancel()
            for each in (writer, up_writer):
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool) -> None:
        while data := await reader.read(65536):
            if counted:
                self.passed += len(data)
                if self.passed >= self.limit:
                    return
            writer.write(data)
            await writer.drain()


class SilentServer:
    """Takes connections and never says a word."""

    def __enter__(self) -> SilentServer:
        self._socket = socket.create_server(("127.0.0.1", 0))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._socket.getsockname()[1]
        return port


def free_port() -> int:
    """A port of this machine that nobody listens on, for a server that cannot choose one by itself."""
    while True:
        with suppress(OSError), socket.create_server(("127.0.0.1", CHANCE.choice(PORTS))) as probe:
            port: int = probe.getsockname()[1]
            return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], *, patience: float = 60) -> None:
    """Wait until a server that was just started listens."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.3).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(process.args)


async def wait_until(condition: Callable[[], bool], *, patience: float = 60) -> None:
    """Wait until something has come about."""
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.01)
