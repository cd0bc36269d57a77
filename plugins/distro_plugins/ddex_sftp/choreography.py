"""The choreography `ddex-sftp`: DDEX's batch with the manifest of version 1.6."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, Field

from distro_sdk.choreography.ddex_batch import DdexBatch, DdexBatchSettings, Priority
from distro_sdk.choreography.manifest import SFTP_16, ManifestForm


class SftpSettings(DdexBatchSettings):
    """What a target may set. Version 1.6 brought the letter; partners that stayed with 1.5 want none."""

    priority: Priority | None = Field(
        default=Priority.NONE, description="Letter before the batch's id; null for partners who take none."
    )


class DdexSftp(DdexBatch):
    """ERN choreography for SFTP 1.6."""

    key = "ddex-sftp"
    title = "DDEX batch over SFTP, version 1.6"
    configuration: type[BaseModel] = SftpSettings
    form: ClassVar[ManifestForm] = SFTP_16
