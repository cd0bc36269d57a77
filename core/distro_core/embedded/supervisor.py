"""Starts a server once for all processes that use the same data folder, and keeps it running.

The rule: whoever holds the lock file in the server's folder starts the server and supervises it; the others attach to
its socket. The server ends with its supervisor, however that ends. Then the lock is free, one of the others takes it
and starts the server again on the same data and socket; clients reconnect by themselves and lose nothing that was
acknowledged. A server that outlived its supervisor (possible where the system cannot tie the two together) is shut
down by the next one.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from distro_core.embedded.errors import EmbeddedServiceError
from distro_core.embedded.folders import private_folder
from distro_core.embedded.lock import ProcessLock
from distro_core.embedded.process import ServerProcess
from distro_core.embedded.servers import Server

log = structlog.get_logger(__name__)

START_PATIENCE = 60.0
LOOK = 0.02
WATCH = 0.2
LAUNCHES = 4
ORPHAN_LOOKS = 100
LONGEST_PAUSE = 30.0


class Supervisor:
    """One process's part in running one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = ProcessLock(private_folder(server.folder) / "lock")
        self._process: ServerProcess | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def supervises(self) -> bool:
        """Whether the server is this process's child."""
        return self._process is not None

    async def start(self) -> None:
        """Return when the server answers, whoever started it; raises `EmbeddedServiceError`."""
        try:
            async with asyncio.timeout(START_PATIENCE):
                await self._start_or_attach()
        except TimeoutError as error:
            self._lock.release()
            raise EmbeddedServiceError(
                "EMBEDDED_SERVICE_FAILED",
                f"{self._server.name} does not answer after {START_PATIENCE:.0f} s; see {self._server.folder}",
            ) from error
        self._watch = asyncio.create_task(self._keep_running(), name=f"supervise {self._server.name}")

    async def stop(self) -> None:
        """Leave; ends the server when this process supervises it."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self._end_process()
        self._lock.release()

    async def _start_or_attach(self) -> None:
        while not self._lock.acquire():
            if await self._server.answers():
                return
            await asyncio.sleep(LOOK)
        try:
            await self._launch_patiently()
        except BaseException:
            await self._end_process()
            self._lock.release()
            raise

    async def _launch_patiently(self) -> None:
        """Launch it, again where it cannot start yet: the last supervisor's server may be dying at this moment."""
        for _ in range(LAUNCHES - 1):
            try:
                return await self._launch()
            except EmbeddedServiceError as error:
                if error.code != "EMBEDDED_SERVICE_FAILED":
                    raise
            await self._end_process()
            await asyncio.sleep(WATCH)
        return await self._launch()

    async def _launch(self) -> None:
        if await self._server.answers():
            await self._end_orphan()
        command = self._server.command()
        log_file = self._server.folder / "server.log"
        if log_file.exists():
            # It may say why the last one ended.
            log_file.replace(log_file.with_suffix(".log.old"))
        log_file.touch()
        self._process = ServerProcess.start(command, log_file)
        while not await self._server.answers():
            if self._process.exit_code is not None:
                raise EmbeddedServiceError("EMBEDDED_SERVICE_FAILED", self._process.explain(self._server.name))
            await self._server.prepare()
            await asyncio.sleep(LOOK)
        log.info("embedded server started", server=self._server.name, pid=self._process.pid)

    async def _end_orphan(self) -> None:
        log.warning("embedded server outlived its supervisor and is restarted", server=self._server.name)
        await self._server.shut_down()
        for _ in range(ORPHAN_LOOKS):
            if not await self._server.answers():
                return
            await asyncio.sleep(WATCH)
        raise EmbeddedServiceError(
            "EMBEDDED_SERVICE_FAILED", f"an old {self._server.name} on {self._server.folder} does not end"
        )

    async def _end_process(self) -> None:
        if self._process is not None:
            await self._process.stop()
            self._process = None

    async def _keep_running(self) -> None:
        pause = WATCH
        while True:
            await asyncio.sleep(pause)
            if self._process is not None and self._process.exit_code is None:
                pause = WATCH
                continue
            if not self._lock.held and not self._lock.acquire():
                continue
            pause = WATCH if await self._restart() else min(pause * 2, LONGEST_PAUSE)

    async def _restart(self) -> bool:
        ended = None if self._process is None else self._process.exit_code
        log.warning("embedded server is gone and is started again", server=self._server.name, exit_code=ended)
        try:
            async with asyncio.timeout(START_PATIENCE):
                await self._launch()
        except (EmbeddedServiceError, TimeoutError) as error:
            log.error("embedded server does not start", server=self._server.name, reason=str(error))
            await self._end_process()
            self._lock.release()
            return False
        return True
