"""The choreography `ddex-cloud`: DDEX's batch with the manifest of version 1.8."""

from __future__ import annotations

from typing import ClassVar

from distro_sdk.choreography.ddex_batch import DdexBatch
from distro_sdk.choreography.manifest import CLOUD_18, ManifestForm


class DdexCloud(DdexBatch):
    """ERN choreography for cloud storage 1.8; its manifest is that of SFTP, too, and of no FTP."""

    key = "ddex-cloud"
    title = "DDEX batch in cloud storage, version 1.8"
    form: ClassVar[ManifestForm] = CLOUD_18
    excluded_transports: ClassVar[frozenset[str]] = frozenset({"ftp"})
