"""A DSP in a process of its own whose SFTP server misbehaves, as often as it is told and by a seed.

Arguments: a folder, a seed, and the chances of faults as JSON (`Chances`). Users `dsp-0`, `dsp-1`, … may sign in.
Prints where it listens as JSON, then obeys lines of its input and answers each: `cut` ends every connection, `calm`
ends all faults, `hold` takes no recordings until `release`, and `held` tells how many deliveries wait for that.
Everything that happened is below the folder afterwards, as of every `Receiver`.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncssh

from distro_api.receiver import Receiver, ReceiverUser
from distro_api.receiver.server import RecordingServer

PASSWORD = "a-secret-of-the-label"
USERS = 20
MOST_REFUSALS = 2
"""How often one batch is refused for no reason: the third attempt is the last (row ERR-10)."""
CORRUPTED = "corrupted.txt"
"""Below the DSP's folder: the paths of files that were stored otherwise than they were sent, one a line."""


@dataclass(frozen=True)
class Chances:
    """How likely each fault is, per request of its kind, from 0 to 1.

    `cut`: the connection ends in the middle of a file; `stall`: nothing is written and no answer given until the client
    gives up; `full`: no room on the disk; `corrupt`: another byte is stored than was sent; `busy`: opening fails and
    nobody says why; `forget`: a rename is done and the connection ends before that is answered.
    """

    cut: float = 0.0
    stall: float = 0.0
    full: float = 0.0
    corrupt: float = 0.0
    busy: float = 0.0
    forget: float = 0.0


class Misbehaviour:
    """Decides by a seed what goes wrong, and counts it.

    Each fault has a die of its own: which requests of its kind it strikes does not hang on the order of the others.
    `gate`: while it is shut, no resource is taken; `held`: the batches that wait before it.
    """

    def __init__(self, seed: int, chances: Chances) -> None:
        self._dice = {fault: random.Random(f"{seed}:{fault}") for fault in (*asdict(chances), "flip")}
        self._chances = chances
        self._refused: Counter[bytes] = Counter()
        self.calm = False
        self.counts: dict[str, int] = {}
        self.held: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    def strikes(self, fault: str) -> bool:
        """Whether a fault is to happen now."""
        if self.calm or self._dice[fault].random() >= getattr(self._chances, fault):
            return False
        self.counts[fault] = self.counts.get(fault, 0) + 1
        return True

    def is_busy_with(self, batch: bytes) -> bool:
        """Whether a file of a batch is refused for no reason: a fault that never passes is none of a storm's."""
        if self._refused[batch] == MOST_REFUSALS or not self.strikes("busy"):
            return False
        self._refused[batch] += 1
        return True

    def flip(self, data: bytes) -> bytes:
        """The data with one other byte."""
        place = self._dice["flip"].randrange(len(data))
        return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


class FaultyServer(RecordingServer):
    """The receiver's SFTP server, with faults. `corrupted`: the file that names those that it has spoilt."""

    faults: Misbehaviour
    corrupted: Path

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], desk: Any) -> None:
        super().__init__(channel, desk)
        self._connection = channel.get_connection()

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file, or do not say why not."""
        if pflags & asyncssh.FXF_WRITE and self.faults.is_busy_with(path.strip(b"/").partition(b"/")[0]):
            raise asyncssh.SFTPFailure("try again")
        return await super().open(path, pflags, attrs)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write what came, something else, or nothing."""
        if not self.faults.gate.is_set() and (batch := _batch_of_resource(self._open[id(file_obj)].path)):
            self.faults.held.add(batch)
            await self.faults.gate.wait()
            self.faults.held.discard(batch)
        if self.faults.strikes("full"):
            raise asyncssh.SFTPNoSpaceOnFilesystem("No space left on device")
        if self.faults.strikes("cut"):
            await super().write(file_obj, offset, data[: len(data) // 2])
            self._connection.abort()
            raise asyncssh.SFTPConnectionLost("cut")
        if self.faults.strikes("stall"):
            await self._connection.wait_closed()
            raise asyncssh.SFTPConnectionLost("stalled")
        if data and self.faults.strikes("corrupt"):
            data = self.faults.flip(data)
            with self.corrupted.open("a", encoding="utf-8") as list_of_them:
                list_of_them.write(f"{self._open[id(file_obj)].path}\n")
        return await super().write(file_obj, offset, data)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename, and perhaps lose the line before saying so."""
        await super().posix_rename(oldpath, newpath)
        if self.faults.strikes("forget"):
            self._connection.abort()


async def serve(folder: Path, seed: int, chances: Chances) -> None:
    """Run until the input ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    faults = Misbehaviour(seed, chances)

    class FaultyReceiver(Receiver):
        session = type("FaultySession", (FaultyServer,), {"faults": faults, "corrupted": folder / CORRUPTED})

    users = [ReceiverUser(f"dsp-{number}", password=PASSWORD) for number in range(USERS)]
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    async with FaultyReceiver(folder, users) as receiver:
        _tell({"host": receiver.host, "port": receiver.port, "host_key": receiver.host_key})
        while order := (await orders.readline()).decode().strip():
            if order == "cut":
                await receiver.cut()
            elif order == "calm":
                faults.calm = True
            elif order == "hold":
                faults.gate.clear()
            elif order == "release":
                faults.gate.set()
            _tell({"held": len(faults.held)} if order in {"hold", "held"} else faults.counts)


def _batch_of_resource(path: str) -> str | None:
    return path.split("/")[1] if path.endswith(".wav.part") else None


def _tell(facts: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(facts)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), Chances(**json.loads(sys.argv[3]))))
