"""Releases that travel together in one folder, and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.batch.choreography import BatchChoreography
from distro_sdk.messages import Choreography
from distro_sdk.plugin import Plugin

__all__ = ["BatchChoreography", "BatchPlugin"]


class BatchPlugin(Plugin):
    """Adds the choreography `batch` (rows CHO-01 to CHO-08)."""

    id: ClassVar[str] = "batch"

    def register_choreographies(self) -> Sequence[Choreography]:
        """Return the batch choreography."""
        return (BatchChoreography(),)
