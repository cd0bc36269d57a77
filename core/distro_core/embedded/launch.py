"""Becomes the server it is asked to run, after tying it to the life of the process that asked.

Run as a script by `ServerProcess`: `python launch.py PARENT_PID PROGRAM ARGUMENT…`. It stands between the two because
Python can tie a child to its parent only by running code in the child, and doing that after a fork of a process with
threads may hang.
"""

from __future__ import annotations

import ctypes
import os
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


if __name__ == "__main__":
    tie_to_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (the program was chosen by find_program, no shell is wanted)
