"""Keeping a worker's memory near what it uses: glibc keeps a pool for each thread, and gives none of them back."""

from __future__ import annotations

import ctypes
import platform
from typing import Final

ARENAS: Final = 2
"""Pools of memory; by default eight for each processor. Python lets few threads allocate at once."""

LARGE: Final = 256 * 1024
"""Bytes from which a piece is given back to the system as soon as it is free: the blocks of files among them."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""


def bound_memory() -> bool:
    """Have freed memory given back to the system; False where the C library is another than glibc.

    Measured by `benchmarks/worker_memory.py`: 10 to 40 MB less with four transfers under way.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    wanted = ((_M_ARENA_MAX, ARENAS), (_M_MMAP_THRESHOLD, LARGE), (_M_TRIM_THRESHOLD, LARGE // 2))
    return all(library.mallopt(parameter, value) == 1 for parameter, value in wanted)
