"""The plugin: which hooks it has, and what may be set."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from distro_sdk import Plugin, PluginContext
from distro_sdk.models.base import Model
from distro_sdk.models.events import Event
from distro_sdk.transports import Transport
from hello_plugin.outbox import OutboxTransport


class HelloSettings(Model):
    """What the operator sets in `DISTRO_PLUGINS`.

    `folder`: where all outboxes lie; `journal`: the file in which each event becomes a line, none unless set.
    """

    folder: Path | None = None
    journal: Path | None = None


class HelloConfiguration(Model):
    """What a tenant configures. `greeting`: how its lines in the journal begin."""

    greeting: str = "Hello"


class HelloPlugin(Plugin):
    """Adds the transport `hello-outbox` and writes a journal of events."""

    id: ClassVar[str] = "hello-plugin"
    configuration: ClassVar[type[BaseModel] | None] = HelloConfiguration

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._settings = HelloSettings.model_validate(self.settings)
        self._writing = asyncio.Lock()

    def register_transports(self) -> Sequence[Transport]:
        """Return the outbox."""
        return (OutboxTransport(self._settings.folder),)

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Write one line; an event that is told twice stands there twice, with the same id."""
        if self._settings.journal is None:
            return
        configuration = HelloConfiguration.model_validate(context.configuration)
        line = {"greeting": f"{configuration.greeting}, {event.type}", **event.model_dump(mode="json")}
        async with self._writing:
            await asyncio.to_thread(_append, self._settings.journal, json.dumps(line, ensure_ascii=False))


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as journal:
        journal.write(f"{line}\n")
