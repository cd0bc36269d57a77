"""Becomes the server it is asked to run, after tying it to the life of the process that asked.

Run as a script by `ServerProcess`: `python launch.py PARENT_PID PROGRAM ARGUMENT…`. It stands between the two because
Python can tie a child to its parent only by running code in the child, and doing that after a fork of a process with
threads may hang.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
PARENT_IS_GONE = 75


def tie_to_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends; exits at once when the parent has ended before that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(PARENT_IS_GONE)


def allow_many_files() -> None:
    """Raise the number of files that may be open to what the system allows.

    MongoDB keeps one open for each collection and index, and each tenant has some seventy: the usual 1024 would end it
    at the fifteenth tenant.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    tie_to_parent(int(sys.argv[1]))
    allow_many_files()
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (the program was chosen by find_program, no shell is wanted)
