"""Somebody who writes a plugin: from the template of the SDK, packed and signed with the SDK's own commands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from distro_sdk.projects.commands import app

CODE = '''
"""A transport, and notes on what became of deliveries in words that each tenant chooses."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, Field, SecretStr

from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.models.base import Model
from distro_sdk.models.events import DeliveryStatusChanged, Event
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.transports import Transport
from distro_sdk.ui import UIComponent, UISlot

from night_box.transport import NightBoxTransport


class Day(StrEnum):
    """When somebody is there."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"


class Window(Model):
    """From when to when. `opens`, `closes`: hours."""

    opens: int = Field(default=8, ge=0, le=23)
    closes: int = Field(default=20, ge=1, le=24)


class Person(Model):
    """Somebody to be told."""

    name: str = Field(min_length=1)
    days: list[Day] = []


class BoxConfiguration(Model):
    """What a tenant configures."""

    greeting: str = Field(default="Hello", max_length=100, description="How notes begin.")
    day: Day = Day.WEEKDAY
    notes: int = Field(default=20, ge=1, le=50, description="How many notes are shown.")
    window: Window = Window()
    people: list[Person] = Field(default=[], max_length=3)
    token: SecretStr | None = Field(default=None, description="For the pager.")


class Note(BaseModel):
    """A note."""

    said: str = Field(description="What was noted.")
    paged: bool = Field(description="Whether the pager was told.")


class NoteText(BaseModel):
    """What is to be noted."""

    text: str = Field(min_length=1, max_length=40, description="What is to be noted.")
    day: Day = Field(default=Day.WEEKDAY, description="For which days.")


class NightBoxPlugin(Plugin):
    """Adds the transport `night-box`, and keeps notes."""

    id: ClassVar[str] = "night-box"
    configuration: ClassVar[type[BaseModel] | None] = BoxConfiguration

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._folder = Path(self.settings["folder"]) if "folder" in self.settings else None

    def register_transports(self) -> Sequence[Transport]:
        """Return the transport."""
        return (NightBoxTransport(self._folder),)

    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the notes."""
        notes = GraphQLField("notes", "Notes on deliveries.", "delivery:read", list[Note], _notes)
        note = GraphQLField("note", "Note something.", "catalogue:write", Note, _note, NoteText)
        return (GraphQLApi("nightBox", "Notes on deliveries.", (notes,), (note,)),)

    def register_ui_slots(self) -> Sequence[UISlot]:
        """Return the notes beside each delivery, what a release holds beside each release, and one that is wrong."""
        theft = "mutation($input: UserCreateInput!) { userCreate(input: $input) { errors { code } } }"
        form = "mutation($input: NightBoxNoteInput!) { nightBoxNote(input: $input) { errors { code message path } } }"
        tracks = "query($id: ID!) { release(id: $id) { tracks { title isrc } } }"
        return (
            _slot("notes", "delivery-page", UIComponent.TABLE, "<b>Notes</b>", "{ nightBox { notes { said paged } } }"),
            _slot("taken", "plugin-page", UIComponent.TABLE, "Notes", "{ nightBox { notes { said } } }"),
            _slot("take", "plugin-page", UIComponent.FORM, "New note", form),
            _slot("tracks", "release-page", UIComponent.TABLE, "In the box", tracks),
            _slot("thief", "target-page", UIComponent.FORM, "Free gifts", theft),
        )

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Note what became of a delivery."""
        if isinstance(event, DeliveryStatusChanged) and not event.in_passing:
            configured = BoxConfiguration.model_validate(context.configuration)
            said = f"{configured.greeting}: {event.status}"
            paged = configured.token is not None
            await context.collection("notes").put(event.id, {"said": said, "paged": paged}, revision=None)


def _slot(key: str, slot: str, component: UIComponent, title: str, document: str) -> UISlot:
    return UISlot(key=f"night-{key}", slot=slot, component=component, title=title, document=document)


async def _note(context: PluginContext, arguments: NoteText) -> Note:
    note = Note(said=f"{arguments.text} ({arguments.day})", paged=False)
    await context.collection("notes").put(f"0-{arguments.text}", note.model_dump())
    return note


async def _notes(context: PluginContext, arguments: None) -> list[Note]:
    configured = BoxConfiguration.model_validate(context.configuration)
    kept = await context.collection("notes").list(first=configured.notes)
    return [Note.model_validate(document.content) for document in kept]
'''
HOOKS = ["register_transports", "register_graphql", "register_ui_slots", "on_event"]


@dataclass(frozen=True)
class Signed:
    """A wheel and what lies beside it."""

    wheel: Path
    signature: Path


class Stranger:
    """Who writes the plugin `night-box`. `folder`: where they work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "night-box"
        self.key = folder / "publisher.key.json"
        self.printed_key = ""

    def write(self) -> None:
        """Begin with the template, add to it, and make a key."""
        self.folder.mkdir()
        self._type("create", "night-box", "--folder", str(self.project), "--publisher", "Night Owls")
        package = self.project / "src" / "night_box"
        (package / "plugin.py").write_text(CODE)
        manifest = json.loads((package / "plugin.json").read_text())
        manifest |= {"name": "Night box", "hooks": HOOKS, "graphql_namespace": "nightBox"}
        (package / "plugin.json").write_text(json.dumps(manifest))
        self.printed_key = self._type("key", str(self.key), "--kid", "night-owls-2026")

    def pack(self, name: str, key: Path | None = None) -> Signed:
        """Pack and sign it. `key`: another than their own."""
        self._type("pack", str(self.project), "-o", str(self.folder / name))
        (wheel,) = (self.folder / name).glob("*.whl")
        self._type("sign", str(wheel), "--key", str(key or self.key))
        return Signed(wheel, wheel.with_name(f"{wheel.name}.signature.json"))

    def next_key(self) -> str:
        """The public part of a key for the year to come."""
        return self._type("key", str(self.folder / "next.key.json"), "--kid", "night-owls-2027")

    def other_key(self) -> Path:
        """A key that nobody knows."""
        self._type("key", str(self.folder / "other.key.json"), "--kid", "night-owls-2026")
        return self.folder / "other.key.json"

    def _type(self, *arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output
