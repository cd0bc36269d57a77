"""DDEX's choreography for cloud storage, version 1.8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.ddex_cloud.choreography import DdexCloud
from distro_sdk.messages import Choreography
from distro_sdk.plugin import Plugin

__all__ = ["DdexCloud", "DdexCloudPlugin"]


class DdexCloudPlugin(Plugin):
    """Adds the choreography `ddex-cloud`."""

    id: ClassVar[str] = "ddex-cloud"

    def register_choreographies(self) -> Sequence[Choreography]:
        """Return the choreography of version 1.8."""
        return (DdexCloud(),)
