"""After a failure of the network, the next attempt looks for the network before it does anything else (row ERR-09)."""

from __future__ import annotations

from distro_core.delivery.runs import BatchRun
from distro_core.delivery.steps import Route
from distro_sdk.errors import ErrorCategory

NETWORK_CHECK = "network_check"


async def check_network(run: BatchRun, route: Route) -> None:
    """Connect first where the last attempt failed on the network; the files then travel over this very connection.

    Raises `TransportError`, before messages are written and files are packed.
    """
    # The attempt that has just begun is the last one.
    earlier = [delivery.attempts[-2].error for delivery in run.travelling if len(delivery.attempts) > 1]
    if not any(error is not None and error.category is ErrorCategory.NETWORK_CONNECTIVITY for error in earlier):
        return
    async with (
        run.log.step(NETWORK_CHECK, "The target can be reached again"),
        run.line.connect(route.links[0].transport, route.links[0].configuration),
    ):
        pass
