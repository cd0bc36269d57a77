"""A lock between processes that its holder's end opens, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class ProcessLock:
    """A lock on a file. The file holds the process id of the last holder, for people."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds it."""
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take it if it is free; never waits."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let it go; no error when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
