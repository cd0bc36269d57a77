"""Parties: artists, writers, publishers, labels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

import strawberry
from strawberry import UNSET

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.inputs import fields_of
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.structure import ProprietaryId
from distro_api.graphql.structure_inputs import ProprietaryIdInput
from distro_core.catalogue.documents import PartyDocument
from distro_core.catalogue.drafts import PartyChanges, PartyDraft, read_draft
from distro_core.catalogue.parties import PartyService
from distro_core.identity.permissions import Permission


@strawberry.type(description="A person or an organisation: an artist, a writer, a publisher, a label.")
class Party(Node):
    """A person or an organisation."""

    model: ClassVar[type] = PartyDocument

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes; give it to an update to refuse a stale one.")
    name: str = strawberry.field(description="The name as it is shown.")
    name_indexed: str | None = strawberry.field(description="The name as it is sorted, such as `Beatles, The`.")
    isni: str | None = strawberry.field(description="ISNI, 16 characters without blanks.")
    ipi: str | None = strawberry.field(description="IPI name number, 11 digits.")
    ipn: str | None = strawberry.field(description="International performer number.")
    dpid: str | None = strawberry.field(description="DDEX party id, `PADPIDA…`.")
    proprietary_ids: list[ProprietaryId] = strawberry.field(description="What services call it.")
    created_at: datetime = strawberry.field(description="When it was stored.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")


@strawberry.input(description="A new party.")
class PartyCreateInput:
    """A new party."""

    name: str = strawberry.field(description="The name as it is shown, at most 255 characters.")
    name_indexed: str | None = strawberry.field(default=UNSET, description="The name as it is sorted.")
    isni: str | None = strawberry.field(default=UNSET, description="ISNI, with or without blanks; checked.")
    ipi: str | None = strawberry.field(default=UNSET, description="IPI name number; checked.")
    ipn: str | None = strawberry.field(default=UNSET, description="International performer number, digits.")
    dpid: str | None = strawberry.field(default=UNSET, description="DDEX party id, `PADPIDA…`; checked.")
    proprietary_ids: list[ProprietaryIdInput] | None = strawberry.field(
        default=UNSET, description="What services call it, at most 20."
    )


@strawberry.input(description="Changes of a party: what is left out stays, null clears.")
class PartyUpdateInput:
    """Changes of a party."""

    id: strawberry.ID = strawberry.field(description="The party.")
    revision: int | None = strawberry.field(
        default=None, description="The revision that the change is based on; a newer one refuses it."
    )
    name: str | None = strawberry.field(default=UNSET, description="The name as it is shown.")
    name_indexed: str | None = strawberry.field(default=UNSET, description="The name as it is sorted.")
    isni: str | None = strawberry.field(default=UNSET, description="ISNI; checked.")
    ipi: str | None = strawberry.field(default=UNSET, description="IPI name number; checked.")
    ipn: str | None = strawberry.field(default=UNSET, description="International performer number.")
    dpid: str | None = strawberry.field(default=UNSET, description="DDEX party id; checked.")
    proprietary_ids: list[ProprietaryIdInput] | None = strawberry.field(
        default=UNSET, description="What services call it, at most 20; a list replaces the whole list."
    )


@strawberry.input(description="Which party to delete.")
class PartyDeleteInput:
    """Which party to delete."""

    id: strawberry.ID = strawberry.field(description="The party.")


@strawberry.type(description="What partyCreate answers.")
class PartyCreatePayload(Payload):
    """What partyCreate answers."""

    party: PartyDocument | None = strawberry.field(
        default=None, graphql_type=Party | None, description="The stored party."
    )


@strawberry.type(description="What partyUpdate answers.")
class PartyUpdatePayload(Payload):
    """What partyUpdate answers."""

    party: PartyDocument | None = strawberry.field(
        default=None, graphql_type=Party | None, description="The party as it now is."
    )


@strawberry.type(description="What partyDelete answers.")
class PartyDeletePayload(Payload):
    """What partyDelete answers."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of what was deleted.")


@strawberry.type
class PartyQueries:
    """Fields of Query."""

    @query(Permission.CATALOGUE_READ, "One party.", returns=Party)
    @staticmethod
    async def party(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The party.")]
    ) -> PartyDocument:
        """One party."""
        return await PartyService(await info.context.scope()).get(local_id("Party", id))

    @query(Permission.CATALOGUE_READ, "Parties by name.", returns=Connection[Party])
    @staticmethod
    async def parties(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        text: Annotated[
            str | None, strawberry.argument(description="Only parties whose name begins with this, in any case.")
        ] = None,
    ) -> Connection[PartyDocument]:
        """Parties by name."""
        service = PartyService(await info.context.scope())
        return connection(await service.page(text=text, first=first, after=after))


@strawberry.type
class PartyMutations:
    """Fields of Mutation."""

    @mutation(Permission.CATALOGUE_WRITE, PartyCreatePayload, "Store a party.")
    @staticmethod
    async def party_create(info: Info, input: PartyCreateInput) -> PartyCreatePayload:
        """Store a party."""
        service = PartyService(await info.context.scope())
        return PartyCreatePayload(party=await service.create(read_draft(PartyDraft, fields_of(input))))

    @mutation(Permission.CATALOGUE_WRITE, PartyUpdatePayload, "Change a party.")
    @staticmethod
    async def party_update(info: Info, input: PartyUpdateInput) -> PartyUpdatePayload:
        """Change a party."""
        changes = read_draft(PartyChanges, fields_of(input, without=("id", "revision")))
        service = PartyService(await info.context.scope())
        return PartyUpdatePayload(
            party=await service.update(local_id("Party", input.id, ("id",)), changes, input.revision)
        )

    @mutation(Permission.CATALOGUE_WRITE, PartyDeletePayload, "Delete a party that no release names.")
    @staticmethod
    async def party_delete(info: Info, input: PartyDeleteInput) -> PartyDeletePayload:
        """Delete a party."""
        await PartyService(await info.context.scope()).delete(local_id("Party", input.id, ("id",)))
        return PartyDeletePayload(deleted_id=input.id)
