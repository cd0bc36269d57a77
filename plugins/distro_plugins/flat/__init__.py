"""Messages and files side by side in one folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.flat.choreography import Flat
from distro_sdk.messages import Choreography
from distro_sdk.plugin import Plugin

__all__ = ["Flat", "FlatPlugin"]


class FlatPlugin(Plugin):
    """Adds the choreography `flat`."""

    id: ClassVar[str] = "flat"

    def register_choreographies(self) -> Sequence[Choreography]:
        """Return the choreography."""
        return (Flat(),)
