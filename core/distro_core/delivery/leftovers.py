"""What a cancelled upload leaves at a receiver under temporary names: nobody will continue it (row QUE-06)."""

from __future__ import annotations

import asyncio
from typing import Final

from distro_core.delivery.documents import LogLevel
from distro_core.delivery.failures.texts import bounded
from distro_core.delivery.lanes import Link, Load
from distro_core.delivery.run_logs import RunLog
from distro_core.delivery.transfer import Transfer
from distro_sdk.errors import TransportError

PATIENCE: Final = 20.0
"""Seconds that tidying up may take at one receiver."""

MOST_NAMED: Final = 10
"""Paths that a line of the log names."""

LEFT_BEHIND: Final = "The upload was cancelled, and the receiver may keep temporary files of it"


async def discard_unfinished(log: RunLog, link: Link, load: Load, transfer: Transfer) -> None:
    """Take away what is left of the files that did not arrive, as far as the receiver lets us; what stays is logged.

    Where an earlier attempt may have left files too, that is every file. Those that arrived whole stay: without a
    completion marker nobody takes them for a delivery.
    """
    if link.whole:
        return
    paths = [file.path for file in load.files if file.path not in transfer.arrived]
    left = [path for path in paths if transfer.resuming or path in transfer.begun]
    try:
        async with asyncio.timeout(PATIENCE):
            while left:
                await transfer.session.discard(left[0])
                left.pop(0)
    except (TransportError, TimeoutError) as error:
        reason = bounded(error) if isinstance(error, TransportError) else f"it took more than {PATIENCE:g} seconds"
        details = {"files": left[:MOST_NAMED], "count": len(left), "reason": reason}
        await log.write(LogLevel.WARNING, link.step("discard"), LEFT_BEHIND, details=details)
