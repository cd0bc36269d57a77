"""The adapter of platforms with a JSON interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from pydantic import BaseModel

from distro_plugins.json_dsp.documents import describe_content
from distro_plugins.json_dsp.settings import JsonDspSettings
from distro_sdk.adapters import (
    AdapterAction,
    ConnectionType,
    Content,
    ContentPackage,
    ContentRequirements,
    PlatformMetadata,
)
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.catalogue import Release
from distro_sdk.models.validation import ValidationIssue
from distro_sdk.network import AddressPolicy

if TYPE_CHECKING:
    from distro_plugins.json_dsp.session import JsonDspSession


class JsonDspAdapter:
    """Speaks with a platform in JSON.

    `connection_type`: how the files reach it: by its own interface, or by FTP while the rest is told here (the way of
    Tidal and Pandora, rows ADP-06 and ADP-07).
    """

    actions: frozenset[AdapterAction] = frozenset(AdapterAction)
    configuration: type[BaseModel] = JsonDspSettings

    def __init__(self, key: str, title: str, connection_type: ConnectionType, addresses: AddressPolicy) -> None:
        self.key = key
        self.title = title
        self.connection_type = connection_type
        self._addresses = addresses

    async def find_forbidden(self, configuration: JsonDspSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden(configuration.destinations())

    def platform_metadata(self) -> PlatformMetadata:
        """The interface is described by this plugin's README."""
        return PlatformMetadata(name=self.title, documentation=None)

    def content_requirements(self) -> ContentRequirements:
        """Lossless audio, and a cover of the usual size."""
        return ContentRequirements(audio_formats=(AudioFormat.WAV, AudioFormat.FLAC), minimum_cover=1400)

    def validate_content(self, release: Release) -> Sequence[ValidationIssue]:
        """Releases and tracks are known by their codes alone."""
        missing = [] if release.icpn else [("icpn", "the release has no ICPN")]
        missing += [
            (f"tracks.{place}.isrc", f"track {place + 1} has no ISRC")
            for place, track in enumerate(release.tracks)
            if not track.isrc
        ]
        return [
            ValidationIssue(code="IDENTIFIER_MISSING_FOR_PLATFORM", message=message, path=path)
            for path, message in missing
        ]

    def prepare_content(self, content: Content) -> ContentPackage:
        """The delivery as the interface takes it."""
        return ContentPackage(key=content.message_id, document=describe_content(content))

    @asynccontextmanager
    async def connect(self, configuration: JsonDspSettings) -> AsyncIterator[JsonDspSession]:
        """A conversation."""
        # aiohttp takes 8 MB: only those who use it have it.
        await asyncio.to_thread(import_module, "distro_plugins.json_dsp.session")
        from distro_plugins.json_dsp.session import open_session  # noqa: PLC0415

        async with open_session(configuration, self._addresses) as session:
            yield session
