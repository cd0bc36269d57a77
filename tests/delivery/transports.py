"""A real transport into a folder whose connection does what a test wants: break, stall, or lose an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from pydantic import BaseModel

from distro_core.plugins.port import TenantPlugins
from distro_core.scope import Scope
from distro_plugins.local_folder import LocalFolderSettings, LocalFolderTransport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.transports import FileSource, Progress, RemoteFile, Transport, TransportCapabilities, TransportSession

Hook = Callable[[str], Awaitable[None]]


async def pass_on(path: str) -> None:
    """Let a file go its way."""


def cut(message: str = "the line was cut", *, retryable: bool = True, after: float | None = None) -> TransportError:
    """What a transport raises when its connection breaks."""
    return TransportError(
        ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", message, retryable=retryable, retry_after=after
    )


class HookedSession:
    """A session into a folder, with a test's hands on it."""

    def __init__(self, session: TransportSession, line: HookedTransport) -> None:
        self._session = session
        self._line = line

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a file, asking the test before and after."""
        await self._line.before(path)
        self._line.put.append(path)
        await self._session.put(path, source, progress)
        await self._line.after(path)

    async def stat(self, path: str) -> RemoteFile | None:
        """Pass on."""
        return await self._session.stat(path)

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """Pass on."""
        return await self._session.list(folder)

    async def read(self, path: str, *, max_size: int) -> bytes:
        """Pass on."""
        return await self._session.read(path, max_size=max_size)

    async def delete(self, path: str) -> None:
        """Pass on."""
        await self._session.delete(path)

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """Pass on."""
        return await self._session.remote_hash(path, algorithm)


class HookedTransport:
    """Writes into a folder; `before` and `after` see each path, `put` remembers what was begun, in order."""

    key: str = "hooked"
    title: str = "Local folder with hooks"
    configuration: type[BaseModel] = LocalFolderSettings
    capabilities: TransportCapabilities = LocalFolderTransport.capabilities

    def __init__(self, *, before: Hook = pass_on, after: Hook = pass_on, connecting: Hook = pass_on) -> None:
        self.before = before
        self.after = after
        self.connecting = connecting
        self.put: list[str] = []
        self.connections = 0

    def once_before(self, ending: str, change: Callable[[], Awaitable[object]]) -> None:
        """Do something before the first file of that ending goes, and let all others go their way."""

        async def change_meanwhile(path: str) -> None:
            if path.endswith(ending):
                self.before = pass_on
                await change()

        self.before = change_meanwhile

    @asynccontextmanager
    async def connect(self, configuration: LocalFolderSettings) -> AsyncIterator[HookedSession]:
        """Open the folder."""
        self.connections += 1
        await self.connecting("")
        async with LocalFolderTransport().connect(configuration) as session:
            yield HookedSession(session, self)


class _OtherPlugins:
    def __init__(self, plugins: TenantPlugins, registries: dict[str, Any]) -> None:
        self._plugins = plugins
        self._registries = registries

    def __getattr__(self, name: str) -> Any:
        return self._registries[name] if name in self._registries else getattr(self._plugins, name)


def with_registry(scope: Scope, **registries: Any) -> Scope:
    """The scope of a tenant that has other plugins enabled: registries by name."""
    return replace(scope, plugins=cast(TenantPlugins, _OtherPlugins(scope.plugins, registries)))


def with_transport(scope: Scope, transport: Transport) -> Scope:
    """The scope of a tenant that has one more transport enabled."""
    return with_registry(scope, transports={**scope.plugins.transports, transport.key: transport})
