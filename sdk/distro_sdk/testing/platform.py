"""What the fixture `running_platform` hands to a plugin's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from distro_sdk.collections import OwnCollection
from distro_sdk.models.assets import Asset
from distro_sdk.models.events import Event
from distro_sdk.testing.clock import SettableClock


class RunningPlatform(Protocol):
    """A platform on servers of its own with two fresh tenants, of which one has switched the plugin on.

    `tenant_id`: the tenant that has the plugin; `other_tenant_id`: one that does not.
    """

    tenant_id: str
    other_tenant_id: str
    clock: SettableClock

    @property
    def events(self) -> Sequence[Event]:
        """The events that the first tenant's plugins were told, in order."""
        ...

    async def plugins(self, tenant_id: str) -> Any:
        """What a tenant has of plugins: `transports`, `genre_mappers` and so on by key, and the flow hooks."""
        ...

    async def add_release(self, tenant_id: str, title: str) -> str:
        """Store a draft release in a tenant's catalogue and return its id."""
        ...

    async def add_audio(self, tenant_id: str, file_name: str, content: bytes) -> Asset:
        """Upload an audio file into a tenant's catalogue; raises `DomainError` where it is refused."""
        ...

    async def configure(self, tenant_id: str, configuration: Mapping[str, Any]) -> None:
        """Set a tenant's configuration of the plugin under test; raises `DomainErrors` where it is wrong."""
        ...

    async def license(self, *features: str) -> None:
        """Give the first tenant a licence with these features; it has one without any from the start."""
        ...

    def collection(self, name: str) -> OwnCollection:
        """What the plugin under test keeps for the first tenant."""
        ...

    async def run_due_tasks(self) -> int:
        """Run every task of the first tenant's plugins that is due by the clock; how many."""
        ...

    async def keep_as_of_version(self, version: int, collection: str, key: str, content: Mapping[str, Any]) -> None:
        """Keep a document for the first tenant as an earlier version of the plugin under test did.

        It comes into this version's form before the plugin's next hook. `version`: of the documents then.
        """
        ...

    async def settle(self) -> None:
        """Tell every event that has happened so far to the plugins."""
        ...
