"""DDEX's choreography for SFTP, version 1.6."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.ddex_sftp.choreography import DdexSftp
from distro_sdk.messages import Choreography
from distro_sdk.plugin import Plugin

__all__ = ["DdexSftp", "DdexSftpPlugin"]


class DdexSftpPlugin(Plugin):
    """Adds the choreography `ddex-sftp`."""

    id: ClassVar[str] = "ddex-sftp"

    def register_choreographies(self) -> Sequence[Choreography]:
        """Return the choreography of version 1.6."""
        return (DdexSftp(),)
