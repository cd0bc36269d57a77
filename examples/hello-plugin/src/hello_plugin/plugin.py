"""The plugin: which hooks it has, and what may be set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from distro_sdk import Plugin, PluginContext
from distro_sdk.graphql import GraphQLApi
from distro_sdk.models.assets import Asset
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Release
from distro_sdk.models.events import Event
from distro_sdk.transports import Transport
from distro_sdk.ui import UIComponent, UISlot
from hello_plugin.api import journal_api
from hello_plugin.journal import Journal
from hello_plugin.outbox import OutboxTransport


class HelloSettings(Model):
    """What the operator sets in `DISTRO_PLUGINS`.

    `folder`: where all outboxes lie; `journal`: the file that the journal is written to, none unless set.
    """

    folder: Path | None = None
    journal: Path | None = None


class HelloConfiguration(Model):
    """What a tenant configures. `greeting`: how its lines in the journal begin."""

    greeting: str = "Hello"


class HelloPlugin(Plugin):
    """Adds the transport `hello-outbox`, and keeps a journal of what happens that GraphQL shows."""

    id: ClassVar[str] = "hello-plugin"
    configuration: ClassVar[type[BaseModel] | None] = HelloConfiguration

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        set_by_operator = HelloSettings.model_validate(self.settings)
        self._folder = set_by_operator.folder
        self._journal = Journal(set_by_operator.journal)

    def register_transports(self) -> Sequence[Transport]:
        """Return the outbox."""
        return (OutboxTransport(self._folder),)

    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the journal, for who calls the API."""
        return (journal_api(self._journal),)

    def register_ui_slots(self) -> Sequence[UISlot]:
        """Return a table with the journal and a form for notes, for the page of the plugin."""
        journal = "{ hello { entries { at what greeting } } }"
        note = "mutation($input: HelloNoteInput!) { helloNote(input: $input) { errors { code message path } } }"
        return (
            UISlot(
                key="hello-journal", slot="plugin-page", component=UIComponent.TABLE, title="Journal", document=journal
            ),
            UISlot(key="hello-note", slot="plugin-page", component=UIComponent.FORM, title="New note", document=note),
        )

    async def startup(self) -> None:
        """Open the journal; a plugin whose startup fails takes no part."""
        await self._journal.open()
        await self._journal.write("startup")

    async def shutdown(self) -> None:
        """Write the last line."""
        await self._journal.write("shutdown")

    async def tenant_enabled(self, context: PluginContext) -> None:
        """Welcome a tenant."""
        await self._note(context, "tenant_enabled")

    async def tenant_disabled(self, context: PluginContext) -> None:
        """Say goodbye to a tenant."""
        await self._note(context, "tenant_disabled")

    async def after_release(self, context: PluginContext, release: Release) -> None:
        """Note a release as it was stored."""
        await self._note(context, "release", release_id=release.id, title=release.title)

    async def after_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """Note a file as it was stored."""
        await self._note(context, "asset", asset_id=asset.id, size=asset.size)

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Note an event; one that is told twice stands there twice, with the same id."""
        await self._note(context, event.type, event=event.model_dump(mode="json"))

    async def _note(self, context: PluginContext, what: str, **details: Any) -> None:
        configured = HelloConfiguration.model_validate(context.configuration)
        greeting = f"{configured.greeting}, {what}"
        await self._journal.write(what, tenant_id=context.tenant_id, greeting=greeting, **details)
