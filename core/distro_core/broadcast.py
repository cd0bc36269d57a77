"""Messages to whoever listens right now, in any process: live logs and progress.

Nothing depends on their arrival: what is broadcast also stands in MongoDB, and a listener reads that first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Broadcast(Protocol):
    """Publish and subscribe by channel. Channels begin with the tenant's key."""

    async def publish(self, channel: str, message: Mapping[str, Any]) -> bool:
        """Tell a JSON message to the listeners of a channel; False, and no error, when it could not be told."""
        ...

    def post(self, channel: str, message: Mapping[str, Any]) -> None:
        """As `publish`, for a caller who does not wait for it; what is told on one channel keeps its order."""
        ...

    def listen(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[Mapping[str, Any]]]:
        """The messages told from now on; entering returns once the subscription stands."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
