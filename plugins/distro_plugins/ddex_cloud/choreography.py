"""The choreography `ddex-cloud`: DDEX's batch with the manifest of version 1.8."""

from __future__ import annotations

from typing import ClassVar

from distro_sdk.choreography.ddex_batch import DdexBatch
from distro_sdk.choreography.manifest import CLOUD_18, ManifestForm


class DdexCloud(DdexBatch):
    """ERN choreography for cloud storage 1.8."""

    key = "ddex-cloud"
    title = "DDEX batch in cloud storage, version 1.8"
    form: ClassVar[ManifestForm] = CLOUD_18
