"""The transport `local-folder` and the rule which folders it may touch."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from distro_plugins.local_folder.session import LocalFolderSession
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.transports import TransportCapabilities

FOLDERS_VARIABLE = "DISTRO_LOCAL_FOLDERS"
"""Environment variable of the deployment: the folders below which targets may lie, separated by colons."""


class LocalFolderSettings(BaseModel):
    """Settings of a target in a folder. `directory`: absolute; it is made when it does not exist."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Annotated[str, Field(min_length=1, max_length=1000)]

    @field_validator("directory")
    @classmethod
    def _is_absolute_and_plain(cls, value: str) -> str:
        path = Path(value)
        if "\0" in value or not path.is_absolute() or ".." in path.parts:
            raise ValueError("must be an absolute path without '..'")
        return value


class LocalFolderTransport:
    """Copies files into a folder; each appears there whole, and lies on the disk before it is reported as written."""

    key: str = "local-folder"
    title: str = "Local folder"
    configuration: type[BaseModel] = LocalFolderSettings
    capabilities = TransportCapabilities(
        atomic_put=True, read=True, list=True, delete=True, remote_hash=frozenset({"md5", "sha1", "sha256"})
    )

    async def find_faults(self, configuration: LocalFolderSettings) -> Mapping[str, str]:
        """Tell of a folder that the operator has not allowed; see `ChecksSettings`."""
        try:
            await asyncio.to_thread(_allowed_folder, configuration.directory)
        except TransportError as error:
            return {"directory": error.message}
        return {}

    @asynccontextmanager
    async def connect(self, configuration: LocalFolderSettings) -> AsyncIterator[LocalFolderSession]:
        """Open the folder; raises `TransportError` FOLDER_NOT_ALLOWED when the operator has not allowed it."""
        yield LocalFolderSession(await asyncio.to_thread(_allowed_folder, configuration.directory))


def _allowed_folder(directory: str) -> Path:
    """The real path of the directory, which must lie in one of the operator's folders, links followed."""
    folder = Path(directory).resolve()
    listed = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    allowed = [Path(entry).resolve() for entry in listed if Path(entry).is_absolute()]
    if not any(folder.is_relative_to(root) and root.is_dir() for root in allowed):
        message = f"the folder of the target does not lie in a folder that {FOLDERS_VARIABLE} names"
        raise TransportError(ErrorCategory.AUTH_INVALID, "FOLDER_NOT_ALLOWED", message, retryable=False)
    return folder
