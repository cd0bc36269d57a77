"""The processes of a storm: workers that are killed and replaced, servers that are killed, a DSP that misbehaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from distro_core.delivery.targets.documents import TargetDocument
from tests.chaos.receiver_process import PASSWORD, Chances
from tests.delivery.label import Label
from tests.delivery.workers import PROGRAM as WORKER

DSP = Path(__file__).with_name("receiver_process.py")
MONGOD, VALKEY = "mongod", "valkey-server"
REPOSITORY = Path(__file__).resolve().parents[2]


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """The environment of a process that has these settings of the platform and no others."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")}
    return clean | {f"DISTRO_{name.upper()}": str(value) for name, value in settings.items()}


@dataclass
class Crew:
    """Worker processes on the same servers. What they log goes into `log`."""

    settings: Mapping[str, object]
    log: Path
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)
    _draining: set[asyncio.Task[None]] = field(default_factory=set)

    async def hire(self, *, patience: float = 90) -> None:
        """Start a worker, and return when it is ready for work."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(WORKER),
            cwd=REPOSITORY,
            env=environment(self.settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.workers.append(process)
        ready = asyncio.Event()
        task = asyncio.create_task(self._drain(process, ready))
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)
        async with asyncio.timeout(patience):
            await ready.wait()

    async def kill(self, place: int) -> None:
        """End a worker as the kernel does."""
        process = self.workers.pop(place)
        process.kill()
        await process.wait()

    async def dismiss(self) -> None:
        """End all workers."""
        while self.workers:
            await self.kill(0)
        await asyncio.gather(*self._draining)

    async def _drain(self, process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
        assert process.stdout is not None
        with self.log.open("ab") as log:
            while line := await process.stdout.readline():
                if line == b"ready\n":
                    ready.set()
                log.write(line)
        # One that was killed before it was ready is not waited for.
        ready.set()


@dataclass
class Dsp:
    """The receiver's process. `folder`: where it keeps what it got; `facts`: where it listens."""

    folder: Path
    process: asyncio.subprocess.Process
    facts: dict[str, Any]

    def user_folder(self, user: str) -> Path:
        """What a user sees as `/`."""
        return self.folder / "users" / user

    async def order(self, word: str) -> dict[str, int]:
        """Give it one of its orders; what it says to that, usually how often which fault has happened so far."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n".encode())
        return dict(json.loads(await self.process.stdout.readline()))

    async def target(
        self, label: Label, user: str, *, facts: Mapping[str, object] | None = None, stall: float = 3, **fields: object
    ) -> TargetDocument:
        """A target for one of its users, to which everything is read back after it was sent.

        `facts`: where it is reached, unless directly; `stall`: seconds of its silence that are borne.
        """
        settings = {**(facts or self.facts), "username": user, "timeout": max(stall, 10), "stall_timeout": stall}
        given = {
            "name": user,
            "transport": "sftp",
            "settings": settings,
            "secrets": {"password": PASSWORD},
            "acknowledges": True,
            "verify_after_upload": True,
        }
        return await label.target(**given | fields)


@asynccontextmanager
async def dsp_process(folder: Path, seed: int, chances: Chances) -> AsyncIterator[Dsp]:
    """A DSP that misbehaves."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(DSP), str(folder), str(seed), json.dumps(asdict(chances))),
        cwd=REPOSITORY,
        env=environment({}) | {"PYTHONPATH": str(REPOSITORY)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            facts = json.loads(await process.stdout.readline())
        yield Dsp(folder, process, facts)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def server_pids(data_dir: Path) -> dict[str, list[int]]:
    """The process ids of the servers that serve a data folder, by program."""
    found: dict[str, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = os.fsdecode((folder / "cmdline").read_bytes()).replace("\0", " ")
            program = Path(command.split(" ", 1)[0]).name
            if program in {MONGOD, VALKEY} and f"{data_dir}/" in command:
                found.setdefault(program, []).append(int(folder.name))
    return found


def kill_server(data_dir: Path, program: str) -> bool:
    """Kill a server as the kernel does; False where none runs at the moment."""
    killed = False
    for pid in server_pids(data_dir).get(program, []):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed = True
    return killed
