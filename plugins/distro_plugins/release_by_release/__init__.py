"""DDEX's choreography without batches: a folder per release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.release_by_release.choreography import ReleaseByRelease
from distro_sdk.messages import Choreography
from distro_sdk.plugin import Plugin

__all__ = ["ReleaseByRelease", "ReleaseByReleasePlugin"]


class ReleaseByReleasePlugin(Plugin):
    """Adds the choreography `release-by-release`."""

    id: ClassVar[str] = "release-by-release"

    def register_choreographies(self) -> Sequence[Choreography]:
        """Return the choreography."""
        return (ReleaseByRelease(),)
