"""What the plugin adds to GraphQL: the journal of the caller's tenant, and a way to write into it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from distro_sdk import PluginContext
from distro_sdk.graphql import GraphQLApi, GraphQLField
from hello_plugin.journal import Journal

MOST_ENTRIES = 100


class JournalEntry(BaseModel):
    """A line of the journal."""

    at: Annotated[datetime, Field(description="When it was written.")]
    what: Annotated[str, Field(description="What happened, such as `release`.")]
    greeting: Annotated[str, Field(description="The greeting of your tenant.")]


class JournalSearch(BaseModel):
    """Which lines of the journal are wanted."""

    what: Annotated[str | None, Field(description="Only these; null for all.")] = None
    last: Annotated[int, Field(ge=1, le=MOST_ENTRIES, description="How many, 1 to 100.")] = 20


class JournalNote(BaseModel):
    """A note for the journal."""

    text: Annotated[str, Field(min_length=1, max_length=200, description="What is to be noted.")]


def journal_api(journal: Journal) -> GraphQLApi:
    """The fields that read and write a journal, each for one tenant alone."""

    async def entries(context: PluginContext, search: JournalSearch) -> list[JournalEntry]:
        lines = await journal.read(context.tenant_id)
        found = [line for line in lines if search.what in {None, line["what"]}]
        return [JournalEntry.model_validate(line) for line in found[-search.last :]]

    async def note(context: PluginContext, note: JournalNote) -> JournalEntry:
        line = await journal.write(note.text, tenant_id=context.tenant_id, greeting=f"Noted: {note.text}")
        return JournalEntry.model_validate(line)

    return GraphQLApi(
        namespace="hello",
        description="The journal of the plugin Hello.",
        queries=(
            GraphQLField(
                "entries",
                "Lines of the journal, the oldest first.",
                permission="catalogue:read",
                returns=list[JournalEntry],
                resolve=entries,
                arguments=JournalSearch,
            ),
        ),
        mutations=(
            GraphQLField(
                "note",
                "Write a note into the journal.",
                permission="catalogue:write",
                returns=JournalEntry,
                resolve=note,
                arguments=JournalNote,
            ),
        ),
    )
