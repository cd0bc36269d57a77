"""A server program running as a child that does not outlive this process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from distro_core.embedded import launch
from distro_core.embedded.errors import EmbeddedServiceError


class ServerProcess:
    """A running server program."""

    def __init__(self, child: subprocess.Popen[bytes], log_file: Path) -> None:
        self._child = child
        self._log_file = log_file

    @classmethod
    def start(cls, command: Sequence[str], log_file: Path) -> ServerProcess:
        """Start a program; its output is appended to `log_file`.

        Must be called in the main thread, because Linux ends the server with the thread that started it. It gets a
        session of its own, so that Ctrl-C reaches this process first and the servers are still there while it finishes.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedServiceError(
                "EMBEDDED_SERVICE_FAILED", "embedded servers can be started from the main thread only"
            )
        launcher = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), *command]
        with log_file.open("ab") as output:
            child = subprocess.Popen(  # noqa: S603 (no shell; the program was chosen by find_program)
                launcher, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        return cls(child, log_file)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended (negative: the signal), or None while it runs."""
        return self._child.poll()

    async def stop(self, patience: float = 20.0) -> None:
        """Ask it to end, and kill it after `patience` seconds."""
        self._child.terminate()
        try:
            await asyncio.to_thread(self._child.wait, patience)
        except subprocess.TimeoutExpired:
            self._child.kill()
            await asyncio.to_thread(self._child.wait)

    def explain(self, service: str) -> str:
        """Why it ended, for people: what is missing on this machine, else the last lines of its log."""
        code = self.exit_code
        lines = self._log_file.read_text(errors="replace").splitlines()[-40:]
        for line in lines:
            if "error while loading shared libraries" in line:
                return f"{service} misses a library of the system (libcurl4 and libssl3 on Debian): {line.strip()}"
        if code == -signal.SIGILL:
            return f"{service} cannot run on this processor: it needs AVX instructions"
        tail = "\n".join(lines[-5:])
        return f"{service} ended with code {code}; the end of {self._log_file}:\n{tail}"
